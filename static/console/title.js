/** The document's title: who calls, or how much calls for me, and where I am. */
import { customerName } from "./people.js";

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function follow(app) {
  const write = () => {
    const n = app.inbox.calling + app.calls.incoming.length;
    const name = `${ringing(app) || here(app)} · OneThread`;
    document.title = n ? `(${n > 99 ? "99+" : n}) ${name}` : name;
  };
  const stops = [app.inbox, app.calls, app.place, app.words].map((it) => it.watch(write));
  write();
  return () => stops.forEach((stop) => stop());
}

/** Where the sound is off, or the page is behind another one, this is what tells of a call. @param {import("./main.js").App} app */
function ringing({ calls, conversations, inbox, words }) {
  const [phone] = calls.incoming;
  if (!phone) return "";
  const row = conversations.get(phone.conversation)?.row ?? inbox.row(phone.conversation);
  return `☎ ${customerName(words, row?.customer)}`;
}

/** @param {import("./main.js").App} app */
function here({ place, words }) {
  if (!place.page) return words.t(`view.${place.view}`);
  return words.t(place.page === "calls" ? "live.title" : "integrations.title");
}
