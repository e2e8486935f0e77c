// What a guest's page says: one catalogue per language, loaded when it is needed.

import { isolated } from "../sdk/bidi.js";

const CATALOGUES = {
  en: () => import("./locales/en.js"),
  zh: () => import("./locales/zh-CN.js"),
};

/** @param {string} wanted a BCP 47 tag */
export async function load(wanted) {
  const language = wanted.toLowerCase().split("-")[0];
  const { words } = await (CATALOGUES[language] ?? CATALOGUES.en)();
  return new Words(language === "zh" ? "zh-CN" : "en", words);
}

export class Words {
  /** @param {string} locale @param {Record<string, string>} catalogue */
  constructor(locale, catalogue) {
    this.locale = locale;
    this.catalogue = catalogue;
  }

  /** @param {string} key */
  has(key) {
    return key in this.catalogue;
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  say(key, values = {}) {
    return this.catalogue[key].replace(/\{(\w+)\}/g, (_, name) => isolated(values[name]));
  }

  /** @param {number} at epoch ms */
  day(at) {
    return new Intl.DateTimeFormat(this.locale === "en" ? "en-GB" : this.locale, { dateStyle: "medium" }).format(at);
  }
}
