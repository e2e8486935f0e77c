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

  /** A dialog says so a moment after it closed; another one may be open by then. @param {"palette" | "keys"} name */
  closed(name) {
    if (this.shown === name) this.show("");
  }
}
