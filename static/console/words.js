/** The catalogue in use: texts by key, with {places} and plurals, and the language's numbers. */
import { isolated } from "../sdk/bidi.js";
import { Watched } from "./watched.js";

export const LANGUAGES = /** @type {const} */ ({ "zh-CN": "简体中文", en: "English" });

/** @typedef {string | Record<string, string>} Text a plain text, or one per plural category of `n` */

/** @param {string} wanted a BCP 47 tag, or "" for the browser's @returns {keyof typeof LANGUAGES} */
export function closest(wanted) {
  const tags = wanted ? [wanted] : [...navigator.languages];
  for (const tag of tags) {
    if (tag.toLowerCase().startsWith("zh")) return "zh-CN";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

export class Words extends Watched {
  language = "en";
  /** The reader's own kind of it, for dates: "en-GB". */
  variety = "en";
  /** @type {Record<string, Text>} */
  #texts = {};
  #plural = new Intl.PluralRules("en");
  #number = new Intl.NumberFormat("en");

  /** Loads a catalogue. Rejects when the file can't be fetched; the old one stays. @param {string} language */
  async use(language) {
    const tag = closest(language);
    // Whole, since the packed scripts of two pages stand in two places.
    const { default: texts } = await import(`/static/console/locales/${tag}.js`);
    this.#texts = texts;
    this.language = tag;
    this.variety = navigator.languages.find((it) => it.toLowerCase().startsWith(tag.slice(0, 2))) ?? tag;
    this.#plural = new Intl.PluralRules(tag);
    this.#number = new Intl.NumberFormat(tag);
    document.documentElement.lang = tag;
    this.changed();
  }

  /** @param {string} key */
  has(key) {
    return key in this.#texts;
  }

  /**
   * The text of `key`. A missing key is shown as itself, so that it is seen and reported.
   * @param {string} key
   * @param {Record<string, unknown>} [values]
   * @returns {string}
   */
  t(key, values = {}) {
    const text = this.#texts[key] ?? key;
    const chosen = typeof text === "string" ? text : (text[this.#plural.select(Number(values.n))] ?? text.other);
    return chosen.replace(/\{(\w+)\}/g, (_, name) => this.#value(values[name]));
  }

  /** @param {number} n */
  number(n) {
    return this.#number.format(n);
  }

  /** @param {unknown} value */
  #value(value) {
    return typeof value === "number" ? this.number(value) : isolated(value ?? "");
  }
}
