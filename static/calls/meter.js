/** How loud a microphone is, 0..1, for as long as somebody looks. Nothing of it is kept. */

const EVERY_MS = 100;

/**
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} told
 * @returns {() => void} how to stop
 */
export function listen(track, told) {
  const context = new AudioContext();
  const heard = context.createAnalyser();
  heard.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(heard);
  const samples = new Float32Array(heard.fftSize);
  const timer = setInterval(() => {
    heard.getFloatTimeDomainData(samples);
    told(level(samples));
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    context.close().catch(() => {}); // it was closed already
  };
}

/** Loudness as ears take it: -60 dB and less is nothing, 0 dB is all. @param {Float32Array} samples */
export function level(samples) {
  const power = samples.reduce((sum, it) => sum + it * it, 0) / samples.length;
  return power ? Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60)) : 0;
}
