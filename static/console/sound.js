/** Two soft notes when something calls for the agent, while they wish for them. */

import { RINGS, tone } from "../calls/tone.js";

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function follow(app) {
  const stops = [followInbox(app), followCalls(app)];
  return () => stops.forEach((stop) => stop());
}

/** Once for what is new: an offer, or a message elsewhere than under the agent's eyes. @param {import("./main.js").App} app */
function followInbox(app) {
  const calling = () => app.inbox.callingBut(document.hidden ? "" : app.place.conversation);
  let before = calling();
  return app.inbox.watch(() => {
    const now = calling();
    if (now > before && app.settings.wishes.sound) play();
    before = now;
  });
}

/** As long as a call rings. @param {import("./main.js").App} app @returns {() => void} how to stop */
function followCalls(app) {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  const ring = () => app.settings.wishes.sound && play();
  const still = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const stop = app.calls.watch(() => {
    if (!app.calls.incoming.length) return still();
    if (timer) return;
    ring();
    timer = setInterval(ring, RINGS);
  });
  return () => {
    stop();
    still();
  };
}

const play = () => tone([660, 880]);
