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
}
