/** What this agent likes on this computer: language, theme, sound, single-key shortcuts. */
import { Watched } from "./watched.js";

/**
 * @typedef {object} Wishes
 * @property {string} language BCP 47, "" = the browser's
 * @property {"system" | "light" | "dark"} theme
 * @property {boolean} sound calls ring, and whoever waits is heard
 * @property {boolean} keys single-key shortcuts (WCAG 2.1.4: they can be switched off)
 */

/** @type {Wishes} */
const DEFAULTS = { language: "", theme: "system", sound: true, keys: true };

export class Settings extends Watched {
  /** @param {import("../sdk/storage.js").Memory} memory */
  constructor(memory) {
    super();
    this.memory = memory;
    /** @type {Wishes} */
    this.wishes = { ...DEFAULTS, ...memory.get("settings") };
  }

  /** @param {Partial<Wishes>} wishes */
  set(wishes) {
    this.wishes = { ...this.wishes, ...wishes };
    this.memory.set("settings", this.wishes);
    this.apply();
    this.changed();
  }

  apply() {
    const root = document.documentElement;
    if (this.wishes.theme === "system") delete root.dataset.theme;
    else root.dataset.theme = this.wishes.theme;
  }
}
