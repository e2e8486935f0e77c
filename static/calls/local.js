// What this device gives to a call: microphone, camera, screen. Ends with every track stopped: no light stays on.

import { Emitter } from "../sdk/emitter.js";

/** What a browser calls a refusal, and what it means to a person. */
const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
  TypeError: "insecure", // a page without TLS has no devices at all
};

const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30, max: 30 } };

/** Why a device can't be used: `denied`, `none`, `busy`, `insecure`; `device` is `microphone`, `camera` or `screen`. */
export class Unusable extends Error {
  /** @param {any} cause @param {"microphone" | "camera" | "screen"} device */
  constructor(cause, device) {
    super(`${device}: ${cause.name}`, { cause });
    this.reason = REASONS[cause.name] ?? "busy";
    this.device = device;
  }
}

/** Emits `change`, and `track` ({kind, track}) when what is sent is another one. */
export class Local extends Emitter {
  /** All that is sent, as one: the other side plays it in step. */
  stream = new MediaStream();
  muted = false;
  /** @type {MediaStreamTrack | null} */
  microphone = null;
  /** @type {MediaStreamTrack | null} */
  camera = null;
  /** @type {MediaStreamTrack | null} */
  screen = null;
  /** Chosen devices, by kind. @type {Record<string, string>} */
  chosen = {};
  /** Which camera of a phone we would like. */
  facing = "user";

  /** @param {MediaDevices} [devices] */
  constructor(devices = navigator.mediaDevices) {
    super();
    this.devices = devices;
    this.changed = () => this.emit("change");
    devices?.addEventListener?.("devicechange", this.changed);
  }

  /** What is seen of us: the screen before the camera. */
  get picture() {
    return this.screen ?? this.camera;
  }

  /** What the other side is told. */
  get shows() {
    return { audio: !!this.microphone && !this.muted, video: !!this.camera, screen: !!this.screen };
  }

  /**
   * Microphone, and camera when `media` is video. Who has no camera can still talk: that is told by the return value.
   * @param {"audio" | "video"} [media] @returns {Promise<Unusable | undefined>} why there is no picture; throws Unusable without a microphone
   */
  async open(media) {
    const film = media === "video" && !this.camera;
    // Both at once: the browser asks one question. If that fails, one by one, to know which of them it is.
    if (film && !this.microphone) await this.take("microphone", "camera").catch(() => {});
    if (!this.microphone) await this.take("microphone");
    if (film && !this.camera) return this.take("camera").catch((why) => why);
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    if (this.microphone) this.microphone.enabled = !muted;
    this.emit("change");
  }

  /** The camera on or off; off means that its light goes out. Throws Unusable. @param {boolean} on */
  async film(on) {
    if (on) await this.take("camera");
    else this.#hold("camera", null);
  }

  /** The screen, until it is ended here or by the browser's own button. Throws Unusable. @param {boolean} on */
  async share(on) {
    const track = on ? await this.#screen() : null;
    this.#hold("screen", track);
  }

  close() {
    this.devices?.removeEventListener?.("devicechange", this.changed);
    for (const device of ["microphone", "camera", "screen"]) this.#hold(/** @type {any} */ (device), null);
  }

  /** Opens them, in the place of those that there are. Throws Unusable, by the name of the first. @param {("microphone" | "camera")[]} devices */
  async take(...devices) {
    const asked = (/** @type {any} */ device, /** @type {object} */ wish) =>
      devices.includes(device) && { ...wish, deviceId: this.chosen[device] && { exact: this.chosen[device] } };
    const wanted = { audio: asked("microphone", {}), video: asked("camera", { ...PICTURE, facingMode: this.facing }) };
    try {
      const stream = await this.devices.getUserMedia(wanted);
      for (const track of stream.getTracks()) this.#hold(track.kind === "audio" ? "microphone" : "camera", track);
    } catch (why) {
      throw new Unusable(why, devices[0]);
    }
  }

  async #screen() {
    try {
      const stream = await this.devices.getDisplayMedia({ video: { frameRate: { max: 15 } } });
      const [track] = stream.getVideoTracks();
      track.contentHint = "detail"; // letters before motion
      return track;
    } catch (why) {
      throw new Unusable(why, "screen");
    }
  }

  /** @param {"microphone" | "camera" | "screen"} device @param {MediaStreamTrack | null} track */
  #hold(device, track) {
    const old = this[device];
    this[device] = track;
    if (old && old !== track) old.stop();
    if (device === "microphone" && track) track.enabled = !this.muted;
    // Unplugged: what is left is silence, and the screen must not say otherwise.
    track?.addEventListener("ended", () => track === this[device] && this.#hold(device, null));
    const kind = device === "microphone" ? "audio" : "video";
    const sent = kind === "audio" ? this.microphone : this.picture;
    for (const one of this.stream.getTracks()) if (one.kind === kind && one !== sent) this.stream.removeTrack(one);
    if (sent) this.stream.addTrack(sent);
    this.emit("track", { kind, track: sent });
    this.emit("change");
  }
}
