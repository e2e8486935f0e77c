// What a <video> or <audio> plays: for its property srcObject.

import { live } from "../vendor/lit.js";

/**
 * Set once: Lit sets a property that is an object each time that it draws, and a browser begins anew then, with a black
 * moment and a gap in the sound. And only when there is something: Chromium does not hear what comes into an empty stream.
 * @param {MediaStream | undefined} stream
 */
export const played = (stream) => live(stream?.getTracks().length ? stream : null);
