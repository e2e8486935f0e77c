/** How times are written: relative under a day, a date after it, exact on hover. All arguments are epoch ms. */
import { formatter } from "./formats.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A running wait, "0:42", "12:05", "1:02:11": digits only, so it is the same in every language. @param {number} ms */
export function stopwatch(ms) {
  const all = Math.max(0, Math.floor(ms / SECOND));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A wait in words for a screen reader or a sentence. @param {import("./words.js").Words} words @param {number} ms */
export function span(words, ms) {
  if (ms < MINUTE) return words.t("time.seconds", { n: Math.max(0, Math.floor(ms / SECOND)) });
  if (ms < HOUR) return words.t("time.minutes", { n: Math.floor(ms / MINUTE) });
  if (ms < DAY) return words.t("time.hours", { n: Math.floor(ms / HOUR) });
  return words.t("time.days", { n: Math.floor(ms / DAY) });
}

/** @param {import("./words.js").Words} words @param {number} at @param {number} now */
export function ago(words, at, now) {
  const passed = now - at;
  if (passed < 10 * SECOND) return words.t("time.now");
  if (passed < DAY) return words.t("time.ago", { span: span(words, passed) });
  return date(words, at, now);
}

/** Of something said, under its day's name: "3 min ago", after a day the time of day. @param {import("./words.js").Words} words @param {number} at @param {number} now */
export function said(words, at, now) {
  return now - at < DAY ? ago(words, at, now) : clockTime(words, at);
}

/** Short, for a list: "3 min", then "21 Nov". @param {import("./words.js").Words} words @param {number} at @param {number} now */
export function brief(words, at, now) {
  const passed = now - at;
  if (passed < MINUTE) return words.t("time.now");
  return passed < DAY ? span(words, passed) : date(words, at, now);
}

/** @param {import("./words.js").Words} words @param {number} at @param {number} now */
export function date(words, at, now) {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return formatter(Intl.DateTimeFormat, words.variety, {
    month: "short",
    day: "numeric",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** @param {import("./words.js").Words} words @param {number} at */
export function clockTime(words, at) {
  return formatter(Intl.DateTimeFormat, words.variety, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** A step on the way: the day and the time of day. @param {import("./words.js").Words} words @param {number} at */
export function moment(words, at) {
  return formatter(Intl.DateTimeFormat, words.variety, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** @param {import("./words.js").Words} words @param {number} at */
export function exact(words, at) {
  return formatter(Intl.DateTimeFormat, words.variety, { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

/** "Today", "Yesterday", or the date with its weekday. @param {import("./words.js").Words} words @param {number} at @param {number} now */
export function dayName(words, at, now) {
  const days = Math.round((midnight(now) - midnight(at)) / DAY);
  if (days === 0) return words.t("time.today");
  if (days === 1) return words.t("time.yesterday");
  return formatter(Intl.DateTimeFormat, words.variety, {
    weekday: "short",
    month: "short",
    day: "numeric",
    ...(days < 300 ? {} : { year: "numeric" }),
  }).format(at);
}

/** The start of `at`'s day, here. @param {number} at */
export function midnight(at) {
  return new Date(at).setHours(0, 0, 0, 0);
}
