// What is heard while somebody waits, here or there. Loaded when a call begins to do anything.

import { RINGS, tone } from "../../calls/tone.js";

/** In Hz, one after the other. @type {Record<string, number[]>} */
const TONES = { incoming: [660, 880], calling: [440] };

/** @type {any} */
let ringing;

/** As long as a call is in this stage; any other one is silent. @param {string} stage */
export function ring(stage) {
  clearInterval(ringing);
  const pitches = TONES[stage];
  if (!pitches) return;
  tone(pitches);
  ringing = setInterval(() => tone(pitches), RINGS);
}
