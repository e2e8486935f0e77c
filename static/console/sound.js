/** Two soft notes when something calls for the agent. Off unless wished for; no sound file to load. */

/** A call rings again after so long, in ms. */
const RINGS = 3_000;

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

function play() {
  const context = new AudioContext();
  const loudness = context.createGain();
  loudness.gain.setValueAtTime(0.06, context.currentTime);
  loudness.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 0.5);
  loudness.connect(context.destination);
  [660, 880].forEach((pitch, i) => {
    const note = context.createOscillator();
    note.frequency.value = pitch;
    note.connect(loudness);
    note.start(context.currentTime + i * 0.12);
    note.stop(context.currentTime + i * 0.12 + 0.3);
  });
  setTimeout(() => void context.close(), 1_000);
}
