/** Quick Markdown: puts marks around a selection, or takes them off again. Pure. */

const AROUND = { bold: "**", italic: "*", code: "`" };

/**
 * @param {string} text @param {number} from @param {number} to the selection
 * @param {"bold" | "italic" | "code" | "list" | "link"} mark
 * @returns {{text: string, from: number, to: number}} the new text and selection
 */
export function marked(text, from, to, mark) {
  if (mark === "list") return listed(text, from, to);
  if (mark === "link") return linked(text, from, to);
  return around(text, from, to, AROUND[mark]);
}

/** @param {string} text @param {number} from @param {number} to @param {string} mark */
function around(text, from, to, mark) {
  const n = mark.length;
  const [before, chosen, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  if (before.endsWith(mark) && after.startsWith(mark))
    return { text: before.slice(0, -n) + chosen + after.slice(n), from: from - n, to: to - n };
  return { text: before + mark + chosen + mark + after, from: from + n, to: to + n };
}

/** @param {string} text @param {number} from @param {number} to */
function listed(text, from, to) {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const lines = text.slice(start, to).split("\n");
  const off = lines.every((it) => it.startsWith("- "));
  const changed = lines.map((it) => (off ? it.slice(2) : `- ${it}`)).join("\n");
  const end = start + changed.length;
  return { text: text.slice(0, start) + changed + text.slice(to), from: from === to ? end : start, to: end };
}

/** @param {string} text @param {number} from @param {number} to */
function linked(text, from, to) {
  const chosen = text.slice(from, to);
  const isAddress = /^https?:\/\//.test(chosen);
  const [label, address] = isAddress ? ["", chosen] : [chosen, "https://"];
  const at = from + (isAddress ? 1 : label.length + 3);
  return {
    text: `${text.slice(0, from)}[${label}](${address})${text.slice(to)}`,
    from: at,
    to: isAddress ? at : at + address.length,
  };
}
