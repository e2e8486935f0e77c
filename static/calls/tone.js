// Soft notes, one after the other; no sound file to load.

/** A call rings again after so long, in ms. */
export const RINGS = 3_000;

/** Where a browser plays nothing before a touch, it is silent. @param {number[]} pitches in Hz */
export function tone(pitches) {
  const context = new AudioContext();
  const loudness = context.createGain();
  loudness.gain.setValueAtTime(0.06, context.currentTime);
  loudness.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 0.5);
  loudness.connect(context.destination);
  pitches.forEach((pitch, i) => {
    const note = context.createOscillator();
    note.frequency.value = pitch;
    note.connect(loudness);
    note.start(context.currentTime + i * 0.12);
    note.stop(context.currentTime + i * 0.12 + 0.3);
  });
  setTimeout(() => void context.close(), 1_000);
}
