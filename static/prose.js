// A message's text on the screen, in the widget and in the console: the Markdown tree as templates. Text stays text; there is no way to markup from it.

import { html } from "./vendor/lit.js";
import { parse } from "./sdk/markdown.js";

/** @param {string} text */
export const prose = (text) => parse(text).map(block);

/** @param {import("./sdk/markdown.js").Block} it */
function block(it) {
  if (it.kind === "code") return html`<pre tabindex="0"><code>${it.text}</code></pre>`;
  if (it.kind === "paragraph") return html`<p>${it.lines.map((line, i) => [i ? html`<br>` : "", line.map(inline)])}</p>`;
  const entries = it.items.map((one) => html`<li>${one.map(inline)}</li>`);
  return it.ordered ? html`<ol start=${it.start}>${entries}</ol>` : html`<ul>${entries}</ul>`;
}

/** @param {import("./sdk/markdown.js").Inline} it @returns {unknown} */
function inline(it) {
  switch (it.kind) {
    case "bold":
      return html`<strong>${it.parts.map(inline)}</strong>`;
    case "italic":
      return html`<em>${it.parts.map(inline)}</em>`;
    case "code":
      return html`<code>${it.text}</code>`;
    case "link":
      return html`<a href=${it.href} target="_blank" rel="noopener noreferrer nofollow">${it.parts.map(inline)}</a>`;
    default:
      return it.text;
  }
}
