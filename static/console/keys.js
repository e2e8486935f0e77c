/** Key presses become commands: never while writing or composing, and single keys only while they are wished for. */
import { possible } from "./commands.js";

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function listen(app) {
  const heard = (/** @type {KeyboardEvent} */ event) => {
    const command = commandOf(app, event);
    if (!command) return;
    event.preventDefault();
    command(app);
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}

/** @param {import("./main.js").App} app @param {KeyboardEvent} event @returns {((app: any) => void) | null} */
function commandOf(app, event) {
  if (event.isComposing || event.defaultPrevented) return null;
  const key = keyOf(event);
  if ((event.ctrlKey || event.metaKey) && !event.altKey && key === "k") return app.commands.find((it) => it.name === "palette")?.run ?? null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (document.querySelector("dialog[open]")) return null;
  if (event.key === "Escape") return escape(app, event);
  if (!app.settings.wishes.keys || writing(event.target)) return null;
  return app.commands.find((it) => it.key === key && possible(app, it))?.run ?? null;
}

/** With a Chinese input method on, `key` is "Process"; the place on the keyboard still tells the letter. @param {KeyboardEvent} event */
function keyOf({ key, code }) {
  if (/^[a-z0-9?/]$/i.test(key)) return key.toLowerCase();
  return /^Key([A-Z])$/.exec(code)?.[1].toLowerCase() ?? /^Digit(\d)$/.exec(code)?.[1] ?? key;
}

/** In a text, or where one would be that can't be written now: what is typed is meant for it. @param {EventTarget | null} target */
function writing(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || !!target.closest(".composer-closed");
}

/** One step back: out of the text, out of the panel. @param {import("./main.js").App} app @param {KeyboardEvent} event */
function escape(app, event) {
  if (writing(event.target)) return () => /** @type {HTMLElement} */ (event.target).blur();
  if (app.place.panel) return () => app.place.go({ panel: false });
  return null;
}
