/** What a page for agents has before anybody signed in, and the desk it opens for whoever does. */
import { Clock } from "./clock.js";
import { Errors } from "./errors.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { Toasts } from "./toasts.js";
import { Words } from "./words.js";

/** @typedef {ReturnType<typeof openShell>} Shell */

/**
 * @param {import("./place.js").Place} place
 * @param {import("../sdk/storage.js").Memory} memory what this computer remembers, whoever signs in
 */
export function openShell(place, memory) {
  const words = new Words();
  return {
    clock: new Clock(),
    words,
    settings: new Settings(memory),
    session: new Session(),
    place,
    toasts: new Toasts(),
    errors: new Errors(words),
  };
}

/**
 * Draws the page in the agent's language, and keeps it in the one they choose.
 * @param {Shell} shell
 */
export async function speak({ settings, words }) {
  settings.apply();
  settings.watch(() => void words.use(settings.wishes.language));
  await words.use(settings.wishes.language);
}

/**
 * Opens a desk for whoever signs in, keeps it over an expired session, closes it on leaving.
 * @param {Shell} shell
 * @param {{app: unknown}} page
 * @param {(shell: any, agent: import("./session.js").Agent) => any} open
 */
export function deskFollowsSession(shell, page, open) {
  /** @type {any} */
  let desk = null;
  const follow = () => {
    const { state, agent } = shell.session;
    if (desk && (state === "out" || (state === "in" && desk.agent.id !== agent?.id))) {
      desk.end();
      desk = null;
    }
    if (state === "in" && agent) {
      if (desk) desk.resume();
      else desk = open(shell, agent);
    }
    page.app = desk ?? shell;
  };
  shell.session.watch(follow);
  follow();
}
