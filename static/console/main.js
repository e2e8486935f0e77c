/** The console's composition root: the only file that knows everyone. */
import { Memory } from "../sdk/storage.js";
import { Clock } from "./clock.js";
import { openDesk } from "./desk.js";
import { Errors } from "./errors.js";
import "./parts/console.js";
import { Place } from "./place.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { Toasts } from "./toasts.js";
import { Words } from "./words.js";

/** @typedef {ReturnType<typeof openShell>} Shell what is there before anybody signed in */
/** @typedef {ReturnType<typeof openDesk>} App what a signed-in agent works with */

function openShell() {
  const words = new Words();
  return {
    clock: new Clock(),
    words,
    settings: new Settings(new Memory("onethread.console")),
    session: new Session(),
    place: new Place(),
    toasts: new Toasts(),
    errors: new Errors(words),
  };
}

/** Opens a desk for whoever signs in, keeps it over an expired session, closes it on leaving. @param {Shell} shell @param {{app: unknown}} page */
function deskFollowsSession(shell, page) {
  /** @type {App | null} */
  let desk = null;
  const follow = () => {
    const { state, agent } = shell.session;
    if (desk && (state === "out" || (state === "in" && desk.agent.id !== agent?.id))) {
      desk.end();
      desk = null;
    }
    if (state === "in" && agent) {
      if (desk) desk.resume();
      else desk = openDesk(shell, agent);
    }
    page.app = desk ?? shell;
  };
  shell.session.watch(follow);
  follow();
}

async function start() {
  const shell = openShell();
  const { settings, words } = shell;
  settings.apply();
  settings.watch(() => void words.use(settings.wishes.language));
  await words.use(settings.wishes.language);
  const page = /** @type {import("./parts/console.js").Console} */ (document.querySelector("ot-console"));
  deskFollowsSession(shell, page);
  await page.restore();
}

await start();
