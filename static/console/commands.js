/** Everything that can be done by key, by button or from the palette: one list, so that they always agree. */
import { VIEWS } from "./place.js";

/** @typedef {import("./form.js").Kind} Kind */

/** @typedef {import("./main.js").App} App */
/**
 * @typedef {object} Command
 * @property {string} name `command.NAME` is its text
 * @property {"go" | "conversation" | "desk" | "call"} group
 * @property {string} [key]
 * @property {boolean} [hidden] not offered in the palette
 * @property {(app: App) => boolean} [when] can it be done now?
 * @property {(app: App) => void} run
 */

const OVERRULING = ["admin", "supervisor"];

/** @param {App} app */
export const openRow = (app) => (app.place.conversation ? (app.conversations.get(app.place.conversation)?.row ?? null) : null);

/** @param {App} app */
const me = (app) => app.session.agent?.id ?? "";

/** @param {App} app */
export function isMine(app) {
  const owner = openRow(app)?.owner;
  return owner?.kind === "agent" && owner.id === me(app);
}

/** May I take it? Not from a colleague, unless my role overrules. @param {App} app */
export function canTake(app) {
  const row = openRow(app);
  if (!row || row.merged_into || isMine(app)) return false;
  return row.owner.kind !== "agent" || overrules(app);
}

/** @param {App} app */
export function overrules(app) {
  return OVERRULING.includes(app.session.agent?.role ?? "");
}

/** @param {App} app May I move, snooze or end it? */
export function canMove(app) {
  const row = openRow(app);
  if (!row || row.merged_into || row.status === "resolved") return false;
  return row.owner.kind !== "agent" || isMine(app) || overrules(app);
}

/** A resolved session goes on with whoever reopens it; a snoozed one is woken by its owner. @param {App} app */
function canReopen(app) {
  const row = openRow(app);
  if (!row || row.merged_into) return false;
  return row.status === "snoozed" ? isMine(app) : row.status === "resolved" && row.session > 0;
}

/** @param {App} app */
const asked = (app) => app.inbox.reservations()[0];

/** A form for the CRM, beside the thread. @param {Kind} name @param {string} key @returns {Command} */
const ask = (name, key) => ({
  name,
  group: "conversation",
  key,
  when: (app) => app.actions.takes(name),
  run: (app) => {
    app.place.go({ panel: true });
    app.form.open(name, app.actions.here);
  },
});

/** May I call the customer of the open conversation? Whoever has it may. @param {App} app */
const mayCall = (app) => isMine(app) && openRow(app)?.status !== "resolved" && app.calls.free(app.place.conversation);

/** The call that my voice is in, or that rings. @param {App} app */
const talking = (app) => (app.calls.current?.call ? app.calls.current : null);

/** How a conversation may end but solved, which a key is for. @type {Command[]} */
const OUTCOMES = /** @type {const} */ (["unsolved", "no_reply", "spam"]).map((outcome) => ({
  name: `resolve.${outcome}`,
  group: "conversation",
  when: canMove,
  run: (app) => app.actions.resolve(app.actions.here, outcome),
}));

/** @type {Command[]} */
const CALLS = [
  { name: "call", group: "call", key: "b", when: mayCall, run: (app) => app.calls.of(app.place.conversation).begin("audio") },
  { name: "video", group: "call", key: "v", when: mayCall, run: (app) => app.calls.of(app.place.conversation).begin("video") },
  { name: "answer", group: "call", key: "y", when: (app) => app.calls.incoming.length > 0, run: answer },
  { name: "hangup", group: "call", key: "x", when: (app) => !!talking(app) || app.calls.incoming.length > 0, run: hangUp },
  { name: "mute", group: "call", key: "q", when: (app) => !!talking(app), run: (app) => talking(app)?.mute(!talking(app)?.local?.muted) },
];

/** @param {App} app */
function answer(app) {
  const [phone] = app.calls.incoming;
  app.place.go({ view: "mine", conversation: phone.conversation });
  void phone.accept(phone.fact?.media ?? "audio");
}

/** What rings is declined before what goes on is ended. @param {App} app */
function hangUp(app) {
  const [rings] = app.calls.incoming;
  void (rings ? rings.decline() : talking(app)?.hangup());
}

/** @param {App} app */
function turnSound(app) {
  const sound = !app.settings.wishes.sound;
  app.settings.set({ sound });
  app.toasts.say(app.words.t(`said.sound.${sound ? "on" : "off"}`));
}

/** @type {Command[]} */
export const COMMANDS = [
  ...VIEWS.map((view, i) => ({
    name: `view.${view}`,
    group: /** @type {const} */ ("go"),
    key: String(i + 1),
    run: (/** @type {App} */ app) => app.place.go({ view, conversation: "" }),
  })),
  { name: "integrations", group: "go", key: "6", run: (app) => app.place.go({ page: "integrations" }) },
  { name: "calls", group: "go", key: "7", run: (app) => app.place.go({ page: "calls" }) },
  { name: "next", group: "go", key: "j", hidden: true, run: (app) => app.step(1) },
  { name: "previous", group: "go", key: "k", hidden: true, run: (app) => app.step(-1) },
  { name: "palette", group: "go", key: "/", hidden: true, run: (app) => app.open("palette") },
  { name: "panel", group: "go", key: "i", when: (app) => !!openRow(app), run: (app) => app.place.go({ panel: !app.place.panel }) },
  { name: "accept", group: "conversation", key: "a", when: (app) => !!asked(app), run: (app) => app.actions.accept(asked(app).conversation) },
  { name: "decline", group: "conversation", key: "d", when: (app) => !!asked(app), run: (app) => app.open("decline") },
  { name: "take", group: "conversation", key: "t", when: canTake, run: (app) => app.actions.take(app.actions.here) },
  { name: "give", group: "conversation", key: "g", when: canMove, run: (app) => app.open("give") },
  { name: "resolve", group: "conversation", key: "e", when: canMove, run: (app) => app.actions.resolve(app.actions.here) },
  ...OUTCOMES,
  { name: "reopen", group: "conversation", key: "o", when: canReopen, run: (app) => app.actions.reopen(app.actions.here) },
  { name: "snooze", group: "conversation", key: "z", when: (app) => isMine(app) && openRow(app)?.status === "open", run: (app) => app.open("snooze") },
  { name: "reply", group: "conversation", key: "r", when: (app) => !!openRow(app), run: (app) => app.focusComposer("reply") },
  { name: "note", group: "conversation", key: "n", when: (app) => !!openRow(app), run: (app) => app.focusComposer("note") },
  ask("ticket", "w"),
  ask("task", "f"),
  ask("lead", "l"),
  ask("edit", "m"),
  { name: "suggest", group: "conversation", key: "s", when: (app) => !!openRow(app), run: (app) => app.hints.turn("suggest", app.place.conversation) },
  { name: "knowledge", group: "conversation", key: "h", when: (app) => !!openRow(app), run: (app) => app.hints.turn("knowledge", app.place.conversation) },
  { name: "refresh", group: "conversation", key: "c", when: (app) => !!openRow(app), run: (app) => app.actions.refresh(app.actions.here) },
  ...CALLS,
  { name: "undo", group: "desk", key: "u", when: (app) => app.toasts.shown.some((it) => it.undo), run: (app) => app.toasts.undo() },
  {
    name: "presence",
    group: "desk",
    key: "p",
    run: (app) => app.actions.setPresence(app.presence.status === "available" ? "away" : "available"),
  },
  { name: "sound", group: "desk", key: "0", run: turnSound },
  { name: "keys", group: "desk", key: "?", run: (app) => app.open("keys") },
  { name: "signout", group: "desk", run: (app) => app.actions.signOut() },
];

/** What the console offers. @param {string} role */
export const inConsole = (role) => COMMANDS.filter((it) => !["integrations", "calls"].includes(it.name) || OVERRULING.includes(role));

/** What concerns one open conversation, wherever it is shown. There nothing rings: the page around is told instead. */
export const IN_PANEL = COMMANDS.filter((it) => it.name === "panel" || (!["call", "go"].includes(it.group) && it.name !== "sound"));

/** @param {string} name @returns {Command} */
export function commandNamed(name) {
  const found = COMMANDS.find((it) => it.name === name);
  if (!found) throw new Error(`no command ${name}`);
  return found;
}

/** @param {App} app @param {Command} command */
export const possible = (app, command) => !command.when || command.when(app);
