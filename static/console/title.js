/** The document's title: how much calls for me, and where I am. */

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function follow(app) {
  const write = () => {
    const n = app.inbox.calling + app.calls.incoming.length;
    const name = `${app.words.t(app.place.page ? (app.place.page === "calls" ? "live.title" : "integrations.title") : `view.${app.place.view}`)} · OneThread`;
    document.title = n ? `(${n > 99 ? "99+" : n}) ${name}` : name;
  };
  const stops = [app.inbox, app.calls, app.place, app.words].map((it) => it.watch(write));
  write();
  return () => stops.forEach((stop) => stop());
}
