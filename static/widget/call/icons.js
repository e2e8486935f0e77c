// The icons of the call part, drawn as the widget's others are.

import { html } from "../../vendor/lit.js";

const PATHS = {
  microphone: "M12 4a2.500 2.500 0 0 1 2.500 2.500v5a2.500 2.500 0 0 1-5 0v-5A2.500 2.500 0 0 1 12 4zM6.500 11.500a5.500 5.500 0 0 0 11 0M12 17v3",
  camera: "M4 7h10v10H4zM14 11l6-3v8l-6-3",
  turn: "M5 9a7.500 7.500 0 0 1 13-1M19 15a7.500 7.500 0 0 1-13 1M18 4v4h-4M6 20v-4h4",
  share: "M3 5h18v11H3zM9 20h6M12 13V8M9.500 10.500L12 8l2.500 2.500",
  large: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  hangup: "M3 14c5-5 13-5 18 0l-2 3-4-1.500V13c-2-.600-4-.600-6 0v2.500L5 17z",
  answer: "M5 4h3l2 5-2.500 1.500a11 11 0 0 0 5 5L14 13l5 2v3c0 1-1 2-2 2C10 20 4 14 4 6c0-1 0-2 1-2z",
  close: "M6 6l12 12M18 6L6 18",
};

/** What is off is what it is when on, struck out. */
const STRUCK = "M5 4l14 16";

/** @param {keyof typeof PATHS} name @param {boolean} [off] */
export const icon = (name, off) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name] + (off ? STRUCK : "")}></path></svg>`;
