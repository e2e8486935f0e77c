/** A signed-in agent's desk: the connection and all that lives from it. Built at sign-in, ended at sign-out. */
import { connectAgent } from "../sdk/agent.js";
import { Memory } from "../sdk/storage.js";
import { Actions } from "./actions.js";
import { Calls } from "./calls.js";
import { Conversations } from "./conversations.js";
import { Drafts } from "./drafts.js";
import { Form } from "./form.js";
import { Hints } from "./hints.js";
import { Inbox } from "./inbox.js";
import { Integrations } from "./integrations.js";
import * as keys from "./keys.js";
import { Line } from "./line.js";
import { askLoads } from "./menus.js";
import { Overlay } from "./overlay.js";
import { Presence } from "./presence.js";
import { Supervision } from "./supervision.js";

/** A wish to write that can't be met by then is forgotten: a focus that jumps later would surprise. */
const WISH_MS = 2_000;

/** @typedef {import("./main.js").Shell} Shell */
/** @typedef {import("./main.js").App} App */
/** @typedef {import("./place.js").View} View */

/** @typedef {ReturnType<typeof openDesk>} Desk */

/**
 * @param {Shell} shell
 * @param {import("./session.js").Agent} agent
 * @param {import("./commands.js").Command[]} commands what can be done on this page
 * @param {((app: any) => () => void)[]} followers what else goes along with it; each returns how to stop
 */
export function openDesk(shell, agent, commands, followers) {
  const memory = new Memory(`onethread.console.${agent.id}`);
  const { socket, threads } = connectAgent({ host: location.origin, locale: shell.words.language });
  const line = new Line(socket);
  const calls = new Calls(socket, agent);
  const desk = {
    ...shell,
    agent,
    commands,
    memory,
    socket,
    line,
    inbox: new Inbox(agent, shell.clock),
    presence: new Presence(agent),
    calls,
    supervision: new Supervision(socket, calls),
    conversations: new Conversations(socket, threads, memory, (queued) => line.waits(queued)),
    drafts: new Drafts(memory),
    overlay: new Overlay(),
    form: new Form(),
    integrations: new Integrations(shell.session, socket),
    hints: new Hints(shell.session, socket, shell.words),
    actions: /** @type {Actions} */ (/** @type {unknown} */ (null)),
    /** Opens a dialog, or the menu of the open conversation that has this name. @param {string} name */
    open(name) {
      if (name === "palette" || name === "keys") desk.overlay.show(name);
      else /** @type {any} */ (document.getElementById(`menu-${name}`))?.show();
    },
    /** Where the agent wants to write; the composer takes the focus as soon as it can be written in. @type {{tab: "reply" | "note", until: number, soon: boolean} | null} */
    wish: null,
    /** @param {"reply" | "note"} [tab] @param {boolean} [soon] it can't be written in yet, but in a moment */
    focusComposer(tab = "reply", soon = false) {
      desk.wish = { tab, until: Date.now() + WISH_MS, soon };
      /** @type {any} */ (document.querySelector("ot-composer"))?.requestUpdate();
    },
    /** Puts a text where the agent writes, after what stands there. @param {string} conversation @param {string} text */
    offer(conversation, text) {
      const held = desk.drafts.get(conversation, "reply");
      desk.drafts.set(conversation, "reply", held ? `${held}\n${text}` : text);
      desk.focusComposer("reply");
    },
    /** To the next or previous row of the list. @param {1 | -1} by */
    step(by) {
      const rows = desk.inbox.rows(shell.place.view);
      const at = rows.findIndex((row) => row.conversation === shell.place.conversation);
      const to = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
      if (to) shell.place.go({ conversation: to.conversation }, { replace: at >= 0 });
    },
    /** The session was renewed: connect again. */
    resume() {
      socket.open();
    },
    end() {
      for (const stop of stops) stop();
      desk.supervision.end();
      desk.calls.end();
      line.end();
      socket.close();
    },
  };
  desk.actions = new Actions(desk);
  const stops = [...listen(desk), keys.listen(desk), ...followers.map((follow) => follow(desk))];
  return desk;
}

/** Connects the socket's frames and the agent's moves to the models. @param {App} desk @returns {(() => void)[]} */
function listen(desk) {
  const { socket, inbox, presence, place, session } = desk;
  socket.on("welcome", (/** @type {any} */ frame) => void welcomed(desk, frame));
  socket.on("inbox", (/** @type {any} */ frame) => inbox.apply(frame));
  socket.on("presence", (/** @type {any} */ frame) => presence.learn(frame.agents ?? []));
  socket.on("closed", (/** @type {any} */ { code }) => code === 4001 && session.expire());
  let before = { ...place.where };
  moved(desk, { view: "mine", conversation: "", panel: false, page: "" });
  return [
    place.watch(() => {
      moved(desk, before);
      before = { ...place.where };
    }),
    ...underEyes(desk),
    inbox.watch(() => inbox.reservations().forEach((row) => desk.conversations.open(row.conversation))),
    // A call in a conversation of mine rings here, whatever I look at.
    inbox.watch(() => inbox.mine.filter((row) => row.call).forEach((row) => desk.calls.follow(desk.conversations.open(row.conversation)))),
  ];
}

/** What the agent has before them need not call them. @param {App} desk @returns {(() => void)[]} */
function underEyes({ inbox, place }) {
  const look = () => document.hidden || inbox.seen(place.conversation);
  document.addEventListener("visibilitychange", look);
  return [inbox.watch(look), place.watch(look), () => document.removeEventListener("visibilitychange", look)];
}

/** @param {App} desk @param {any} frame */
async function welcomed(desk, { agent, now }) {
  desk.clock.learn(now);
  if (agent) desk.presence.learn([agent]);
  // Mine first: the hub goes on telling of it, whatever is looked at.
  for (const view of new Set(["mine", desk.place.view])) await followView(desk, /** @type {View} */ (view));
  askLoads(desk);
  if (desk.commands.some((it) => it.name === "integrations")) void desk.integrations.load();
}

/** @param {App} desk @param {View} view */
async function followView(desk, view) {
  try {
    const { d } = await desk.socket.request("inbox.follow", { view });
    desk.inbox.load(view, d.rows, d.counts);
  } catch {
    // The connection broke: the next welcome asks again.
  }
}

/** @param {App} desk @param {import("./place.js").Where} before */
function moved(desk, before) {
  const { place, conversations, inbox, socket } = desk;
  if (place.view !== before.view && socket.state === "open") void followView(desk, place.view);
  if (!place.conversation || place.conversation === before.conversation) return;
  const opened = conversations.open(place.conversation);
  opened.mark();
  desk.calls.follow(opened);
  conversations.keepOnly([place.conversation, ...inbox.reservations().map((row) => row.conversation), ...desk.calls.conversations]);
}
