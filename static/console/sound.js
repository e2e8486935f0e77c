/** Two soft notes when something calls for the agent, while they wish for them. */

import { RINGS, tone } from "../calls/tone.js";

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function follow(app) {
  const stops = [followInbox(app), followCalls(app)];
  return () => stops.forEach((stop) => stop());
}

/** Once for what is new: an offer, or a message elsewhere than under the agent's eyes. @param {import("./main.js").App} app */
function followInbox(app) {
  let before = app.inbox.callers;
  return app.inbox.watch(() => {
    const now = app.inbox.callers;
    const seen = document.hidden ? "" : app.place.conversation;
    const more = [...now].some(([what, newest]) => what !== seen && newest > (before.get(what) ?? 0));
    before = now;
    if (more && app.settings.wishes.sound) play();
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
