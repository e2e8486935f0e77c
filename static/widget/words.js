// What the widget says: one catalogue per language, loaded when it is needed, and how times are told in it.

import { isolated } from "../sdk/bidi.js";

const CATALOGUES = {
  en: () => import("./locales/en.js"),
  "zh-CN": () => import("./locales/zh-CN.js"),
};
const MINUTE = 60_000;
const DAY = 86_400_000;

/** The catalogue for `wanted` (a BCP 47 tag), among those that the site offers. @param {string} wanted */
export function pick(wanted, offered = Object.keys(CATALOGUES)) {
  const ours = Object.keys(CATALOGUES).filter((tag) => match(offered, tag));
  return match(ours, wanted) ?? ours[0] ?? "en";
}

/** The tag of the same language. @param {string[]} tags @param {string} wanted */
export const match = (tags, wanted) => tags.find((tag) => language(tag) === language(wanted));

const language = (/** @type {string} */ tag) => tag.toLowerCase().split("-")[0];

/** @param {string} locale one that `pick` gave @param {() => number} now the time, epoch ms */
export async function load(locale, now) {
  return new Words(locale, (await CATALOGUES[locale]()).words, now);
}

const midnight = (/** @type {number} */ at) => new Date(at).setHours(0, 0, 0, 0);

/** The year is only told when it is not this one. */
const sameYear = (at, now) => (new Date(at).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric");

export class Words {
  /** @param {string} locale @param {Record<string, string>} catalogue @param {() => number} now */
  constructor(locale, catalogue, now) {
    this.locale = locale;
    this.catalogue = catalogue;
    this.now = now;
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  say(key, values = {}) {
    return this.catalogue[key].replace(/\{(\w+)\}/g, (_, name) => isolated(values[name]));
  }

  /** "3 min" within a day, then the time of day. @param {number} at epoch ms */
  ago(at, now = this.now()) {
    const minutes = Math.floor((now - at) / MINUTE);
    if (minutes < 1) return this.say("now");
    if (minutes < 60) return this.say("minutes", { n: minutes });
    if (now - at < DAY) return this.say("hours", { n: Math.floor(minutes / 60) });
    return this.#format(at, { hour: "2-digit", minute: "2-digit" });
  }

  /** @param {number} at */
  exact(at) {
    return this.#format(at, { dateStyle: "medium", timeStyle: "short" });
  }

  /** Day and time, for a list of them. @param {number} at */
  when(at, now = this.now()) {
    return this.#format(at, { year: sameYear(at, now), month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  }

  /** The heading over a day's messages. @param {number} at */
  day(at, now = this.now()) {
    const days = Math.round((midnight(now) - midnight(at)) / DAY);
    if (days < 2) return this.say(days < 1 ? "today" : "yesterday");
    return this.#format(at, { year: sameYear(at, now), month: "long", day: "numeric", weekday: "short" });
  }

  /** @param {number} at @param {Intl.DateTimeFormatOptions} how */
  #format(at, how) {
    // English as the bot writes it: the day first, 24 hours.
    return new Intl.DateTimeFormat(this.locale === "en" ? "en-GB" : this.locale, how).format(at);
  }
}
