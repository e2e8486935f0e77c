/** Two soft notes when something calls for the agent. Off unless wished for. */

import { RINGS, tone } from "../calls/tone.js";

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function follow(app) {
  let before = app.inbox.calling;
  const stops = [
    app.inbox.watch(() => {
      const now = app.inbox.calling;
      if (now > before && app.settings.wishes.sound) play();
      before = now;
    }),
    followCalls(app),
  ];
  return () => stops.forEach((stop) => stop());
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
