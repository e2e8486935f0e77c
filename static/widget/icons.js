// The widget's icons: one stroke width, the colour of the text around them, nothing for a screen reader.

import { html } from "../vendor/lit.js";

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  person: "M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v5H5a1 1 0 0 1-1-1zM20 14h-3v5h2a1 1 0 0 0 1-1zM19 19a3 3 0 0 1-3 2h-3",
  audio: "M5 4h3l2 5-2.5 1.5a11 11 0 0 0 5 5L14 13l5 2v3c0 1-1 2-2 2C10 20 4 14 4 6c0-1 0-2 1-2z",
  video: "M4 7h10v10H4zM14 11l6-3v8l-6-3",
  send: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  bot: "M6 9h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM12 9V5M9.5 13v2M14.5 13v2",
  order: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  shipment: "M3 7h11v9H3zM14 10h4l3 3v3h-7M7 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  ticket: "M5 4h14v16l-3-2-2 2-2-2-2 2-2-2-3 2zM9 9h6M9 13h4",
  points: "M12 4l2.5 5 5.5.8-4 3.9 1 5.5-5-2.7-5 2.7 1-5.5-4-3.9 5.5-.8z",
  article: "M6 4h9l4 4v12H6zM15 4v4h4M9 12h6M9 16h6",
  sending: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  sent: "M6 12l4 4 8-9",
  delivered: "M2 12l4 4 8-9M11 15l1 1 8-9",
  failed: "M12 8v5M12 16v0M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
};
const SAME = { queued: "sending", read: "delivered" };

/** @param {string} name */
export const icon = (name) =>
  html`<svg class="icon ${name}" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[SAME[name] ?? name]}></path></svg>`;
