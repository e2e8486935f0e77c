// The Markdown that messages may use, as a tree: **bold**, *italic*, `code`, lists, https links. Never HTML. Pure.

/**
 * @typedef {{kind: "text" | "code", text: string}
 *   | {kind: "bold" | "italic", parts: Inline[]}
 *   | {kind: "link", href: string, parts: Inline[]}} Inline
 * @typedef {{kind: "paragraph", lines: Inline[][]}
 *   | {kind: "list", ordered: boolean, start: number, items: Inline[][]}
 *   | {kind: "code", text: string}} Block
 */

const BULLET = /^ {0,3}[-*•] +(?=\S)/;
const NUMBER = /^ {0,3}(\d{1,4})[.)] +(?=\S)/;
const FENCE = /^ {0,3}```/;

// One alternative for each thing; no repetition inside a repetition, so that no text can make it slow.
const TOKEN = /`([^`\n]+)`|\*\*(?=\S)([^*\n]*[^*\s])\*\*|\*(?=\S)([^*\n]*[^*\s])\*(?!\*)|\[([^\[\]\n]+)\]\((https:\/\/[^\s()<>]+)\)|https:\/\/[^\s<>"`*]+/g;

/** Punctuation after a bare link belongs to the sentence, in Chinese as well. */
const TRAILING = /[.,:;!?'")\]}。，、：；！？）】》」』”’]+$/;
const CJK_PUNCTUATION = /[。，、：；！？（）【】《》「」『』“”]/;

/** @param {string} text @returns {Block[]} */
export function parse(text) {
  /** @type {Block[]} */
  const blocks = [];
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let i = 0; i < lines.length; ) i += block(lines, i, blocks);
  return blocks;
}

/** Reads one block at `from` into `blocks`; returns how many lines it took. */
function block(lines, from, blocks) {
  const line = lines[from];
  if (!line.trim()) return 1;
  if (FENCE.test(line)) return fence(lines, from, blocks);
  if (BULLET.test(line)) return list(lines, from, blocks, BULLET, false);
  if (NUMBER.test(line)) return list(lines, from, blocks, NUMBER, true);
  const until = end(lines, from, (next) => next.trim() && ![FENCE, BULLET, NUMBER].some((mark) => mark.test(next)));
  blocks.push({ kind: "paragraph", lines: lines.slice(from, until).map((one) => inline(one)) });
  return until - from;
}

function list(lines, from, blocks, mark, ordered) {
  const until = end(lines, from, (next) => mark.test(next));
  const items = lines.slice(from, until).map((one) => inline(one.replace(mark, "")));
  blocks.push({ kind: "list", ordered, start: ordered ? Number(mark.exec(lines[from])[1]) : 1, items });
  return until - from;
}

function fence(lines, from, blocks) {
  const until = end(lines, from, (next) => !FENCE.test(next));
  blocks.push({ kind: "code", text: lines.slice(from + 1, until).join("\n") });
  return until - from + 1;
}

/** The first line after `from` for which `goesOn` no longer holds. */
function end(lines, from, goesOn) {
  let at = from + 1;
  while (at < lines.length && goesOn(lines[at])) at++;
  return at;
}

/** @param {string} text @returns {Inline[]} */
function inline(text, links = true) {
  /** @type {Inline[]} */
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    const part = token(found, links);
    if (!part || found.index < at || glued(text, found)) continue;
    push(parts, text.slice(at, found.index));
    parts.push(part.inline);
    at = found.index + part.length;
  }
  push(parts, text.slice(at));
  return parts;
}

/** Stars with a letter or digit at both ends are stars: "20*30*40 cm" are three figures. Chinese, without spaces, is not meant. */
const glued = (text, { 0: whole, index }) => whole[0] === "*" && /\w\w/.test(text.charAt(index - 1) + text.charAt(index + whole.length));

/** @param {any} found a match of TOKEN @returns {{inline: Inline, length: number} | null} */
function token([whole, code, bold, italic, label, href], links) {
  if (code) return { inline: { kind: "code", text: code }, length: whole.length };
  if (bold) return { inline: { kind: "bold", parts: inline(bold, links) }, length: whole.length };
  if (italic) return { inline: { kind: "italic", parts: inline(italic, links) }, length: whole.length };
  if (!links) return null;
  if (href) return { inline: { kind: "link", href, parts: honest(label, href) }, length: whole.length };
  const bare = whole.split(CJK_PUNCTUATION)[0].replace(TRAILING, "");
  return { inline: { kind: "link", href: bare, parts: [{ kind: "text", text: bare }] }, length: bare.length };
}

/** A label that reads like one address must not lead to another. @returns {Inline[]} */
function honest(label, href) {
  const claims = /([a-z0-9-]+\.)+[a-z]{2,}/i.exec(label)?.[0].toLowerCase();
  const host = href.slice(8).split(/[/?#:]/)[0].toLowerCase();
  if (!claims || host === claims || host.endsWith("." + claims)) return inline(label, false);
  return [{ kind: "text", text: href }];
}

function push(parts, text) {
  if (text) parts.push({ kind: "text", text });
}
