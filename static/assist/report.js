/** What the page around is told: where the panel stands, what calls for the agent, and whom they turned to instead. */
import { shortValue } from "../console/people.js";

/**
 * Tells each thing when it changed, and all of them to a page that begins to listen.
 * @param {import("../widget/host.js").Host} host
 * @returns {(more: Record<string, unknown>) => void}
 */
export function reporter(host) {
  /** @type {Record<string, unknown>} */
  let all = {};
  /** @type {Record<string, string>} */
  let told = {};
  const tell = (/** @type {Record<string, unknown>} */ more) => {
    all = { ...all, ...more };
    for (const [type, value] of Object.entries(all)) {
      if (told[type] === JSON.stringify(value)) continue;
      told[type] = JSON.stringify(value);
      host.tell(type, value);
    }
  };
  host.on("state", () => {
    told = {};
    tell({});
  });
  return tell;
}

/** @param {any} desk @param {(more: Record<string, unknown>) => void} tell @returns {() => void} how to stop */
export function follow(desk, tell) {
  const { named, inbox, place } = desk;
  const say = () => tell({ state: named.state, calling: inbox.calling, customer: named.elsewhere ? idOf(desk) : "" });
  const stops = [named, inbox, place].map((it) => it.watch(say));
  say();
  return () => stops.forEach((stop) => stop());
}

/** The open customer's id where the page around knows them by one. @param {any} desk @returns {string} */
function idOf({ inbox, place }) {
  const identities = inbox.row(place.conversation)?.identities ?? [];
  const account = identities.find((/** @type {any} */ it) => it.kind === "account" || it.kind === "crm");
  return account ? shortValue(account) : "";
}
