/** Which of the dialogs is open: the palette, the list of keys, or none. */
import { Watched } from "./watched.js";

export class Overlay extends Watched {
  /** @type {"" | "palette" | "keys"} */
  shown = "";

  /** @param {"" | "palette" | "keys"} name */
  show(name) {
    this.shown = name;
    this.changed();
  }

  /**
   * A dialog says so a moment after it closed; it may be open again by then, or another one.
   * @param {"palette" | "keys"} name @param {Event} event
   */
  closed(name, { target }) {
    if (this.shown === name && !(/** @type {HTMLDialogElement} */ (target).open)) this.show("");
  }
}
