// What the SDK needs of the browser, as one value, so that tests bring their own time, chance and sockets.

/**
 * @typedef {object} Platform
 * @property {(url: string, protocol: string) => WebSocket} socket
 * @property {(run: () => void, ms: number) => any} after runs once, later; returns what `cancel` takes
 * @property {(timer: any) => void} cancel
 * @property {() => number} now epoch milliseconds
 * @property {() => number} random in [0, 1)
 * @property {(changed: (key: string | null) => void) => void} onStored another page of this browser wrote to the storage
 * @property {(wake: () => void) => (() => void)} onWake the network or the page came back; returns how to stop
 */

/** @type {Platform} */
export const browser = {
  socket: (url, protocol) => new WebSocket(url, protocol),
  after: (run, ms) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  now: Date.now,
  random: Math.random,
  onStored: (changed) => addEventListener("storage", ({ key }) => changed(key)),
  onWake(wake) {
    const visible = () => document.hidden || wake();
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", visible);
    return () => {
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", visible);
    };
  },
};
