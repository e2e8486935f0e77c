/** What a message says in one line: its words, without the marks of its Markdown. Pure. */
import { parse } from "../sdk/markdown.js";

/** @param {any} inline @returns {string} */
const words = ({ text, parts }) => text ?? parts.map(words).join("");

/** @param {string} text @returns {string} */
export function plain(text) {
  const lines = parse(text).flatMap((/** @type {any} */ it) => (it.text ? [it.text] : (it.lines ?? it.items).map((/** @type {any} */ line) => line.map(words).join(""))));
  return lines.join(" ");
}
