// Time, chance and sockets for tests of the SDK: nothing happens until the test says so.
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18, which Debian 12 has, keeps it in a module

/** A platform whose clock only moves by `pass(ms)`; `sockets` are those that were opened, newest last. */
export function platform({ random = () => 0.5 } = {}) {
  let now = 1_000_000;
  let timers = [];
  const wakers = new Set();
  const sockets = [];
  return {
    sockets,
    get socketNow() {
      return sockets.at(-1);
    },
    socket(url, protocol) {
      sockets.push(new FakeSocket(url, protocol));
      return sockets.at(-1);
    },
    after(run, ms) {
      const timer = { run, at: now + ms };
      timers.push(timer);
      return timer;
    },
    cancel(timer) {
      timers = timers.filter((one) => one !== timer);
    },
    now: () => now,
    random,
    onStored() {},
    onWake(wake) {
      wakers.add(wake);
      return () => wakers.delete(wake);
    },
    wake: () => wakers.forEach((wake) => wake()),
    /** Lets `ms` go by, running what falls due, in order; promises settle in between. */
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        await settled();
        const due = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = until;
      await settled();
    },
    get waiting() {
      return timers.map((timer) => timer.at - now).sort((a, b) => a - b);
    },
  };
}

/** Of a browser's media: what they say of themselves, and nothing that flows. */
export class FakeStream {
  #tracks = new Set();
  getTracks = () => [...this.#tracks];
  addTrack = (it) => this.#tracks.add(it);
  removeTrack = (it) => this.#tracks.delete(it);
}

export class FakeConnection {
  signalingState = "stable";
  connectionState = "new";
  lines = [];
  addTransceiver(what) {
    this.lines.push(what);
    return { sender: { replaceTrack: async () => {}, getParameters: () => ({ encodings: [{}] }), setParameters: async (it) => (this.sends = it) } };
  }
  addTrack(what) {
    queueMicrotask(() => this.onnegotiationneeded?.());
    return this.addTransceiver(what).sender;
  }
  async setLocalDescription() {
    this.signalingState = this.signalingState === "stable" ? "have-local-offer" : "stable";
    this.localDescription = { type: this.signalingState === "stable" ? "answer" : "offer", sdp: "ours" };
  }
  async setRemoteDescription({ type, sdp }) {
    this.signalingState = type === "offer" ? "have-remote-offer" : "stable";
    this.remote = sdp;
  }
  getTransceivers() {
    return ["0", "1"].map((mid) => ({ mid, receiver: { track: (this[mid] ??= { mid }) } }));
  }
  getReceivers = () => [];
  getStats = async () => new Map();
  setConfiguration() {}
  close() {
    this.signalingState = "closed";
  }
  turns(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

class FakeSocket {
  readyState = 0;
  sent = [];
  closed = null;

  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.closed = code;
    this.readyState = 3;
  }

  /** The hub's side. */
  accept() {
    this.readyState = 1;
    this.onopen();
  }

  says(...frames) {
    for (const frame of frames) this.onmessage({ data: JSON.stringify(frame) });
  }

  breaks(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
}

/** All promises that can settle have settled. */
export async function settled() {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}

/** A Storage in memory, like localStorage to `Object.keys`. */
export function storage() {
  return Object.create({
    getItem(key) {
      return Object.hasOwn(this, key) ? this[key] : null;
    },
    setItem(key, value) {
      this[key] = value;
    },
    removeItem(key) {
      delete this[key];
    },
  });
}

/** A small seeded generator, so that a failing case can be run again. */
export function chance(seed) {
  return () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

export const event = (seq, more = {}) => ({
  t: "event",
  conversation: "c1",
  seq,
  at: 1000 * seq,
  type: "message.created",
  id: `id-${seq}`,
  by: { kind: "bot", id: "bot", name: "" },
  channel: "web",
  d: { id: `id-${seq}`, content: { kind: "text", text: `text ${seq}` } },
  ...more,
});
