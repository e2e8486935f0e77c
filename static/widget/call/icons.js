// The icons of the call part, drawn as the widget's others are.

import { html } from "../../vendor/lit.js";

const PATHS = {
  microphone: "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4zM6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3",
  camera: "M4 7h10v10H4zM14 11l6-3v8l-6-3",
  choose: "M4 8h9M17 8h3M4 16h3M11 16h9M13 6h4v4h-4zM7 14h4v4H7z",
  turn: "M5 9a7.5 7.5 0 0 1 13-1M19 15a7.5 7.5 0 0 1-13 1M18 4v4h-4M6 20v-4h4",
  share: "M3 5h18v11H3zM9 20h6M12 13V8M9.5 10.5L12 8l2.5 2.5",
  large: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  hangup: "M3 14c5-5 13-5 18 0l-2 3-4-1.5V13c-2-.6-4-.6-6 0v2.5L5 17z",
};

/** What is off is what it is when on, struck out. */
const STRUCK = "M5 4l14 16";

/** @param {keyof typeof PATHS} name @param {boolean} [off] */
export const icon = (name, off) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name] + (off ? STRUCK : "")}></path></svg>`;
