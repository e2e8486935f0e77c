/** Two soft notes when something calls for the agent. Off unless wished for; no sound file to load. */

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function follow(app) {
  let before = app.inbox.calling;
  return app.inbox.watch(() => {
    const now = app.inbox.calling;
    if (now > before && app.settings.wishes.sound) play();
    before = now;
  });
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
