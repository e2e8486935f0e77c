/** The assist panel's composition root: a desk for one customer, whom the page around it names. */
import { IN_PANEL } from "../console/commands.js";
import { openDesk } from "../console/desk.js";
import { Place } from "../console/place.js";
import { deskFollowsSession, openShell, speak } from "../console/shell.js";
import { Memory } from "../sdk/storage.js";
import { Host } from "../widget/host.js";
import { keysOf, written } from "./keys.js";
import { Named } from "./named.js";
import "./panel.js";
import { follow, reporter } from "./report.js";

const host = new Host(window);
const tell = reporter(host);
const shell = openShell(new Place(), new Memory("onethread.assist"));

/**
 * What the page around wishes. Whom it names is written into our own address, which goes to no server: a reload, or a
 * tab of its own, knows them too.
 * @param {{now: any, before: any}} wish
 */
function told({ now, before }) {
  const { lang = "", theme = "system" } = now;
  if (lang !== before?.lang || theme !== before?.theme) shell.settings.set({ language: lang, theme });
  history.replaceState(null, "", written(keysOf(now)));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** @param {unknown} _ @param {import("../console/session.js").Agent} agent */
function open(_, agent) {
  const named = new Named(shell.place);
  const followers = [(/** @type {any} */ desk) => named.follow(desk), (/** @type {any} */ desk) => follow(desk, tell)];
  return openDesk(/** @type {any} */ ({ ...shell, named }), agent, IN_PANEL, followers);
}

/** Until somebody is signed in, that is all there is to tell. */
function tellOfSession() {
  const { state } = shell.session;
  if (state === "out" || state === "expired") tell({ state: "signed_out", calling: 0 });
}

async function start() {
  host.on("state", told);
  shell.session.watch(tellOfSession);
  await speak(shell);
  const page = /** @type {import("./panel.js").Panel} */ (document.querySelector("ot-assist"));
  deskFollowsSession(shell, page, open);
  await page.restore();
}

await start();
