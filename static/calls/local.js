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
  #facing = "user";

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
   * @param {"audio" | "video"} media @returns {Promise<Unusable | null>} why there is no picture; throws Unusable without a microphone
   */
  async open(media) {
    if (!this.microphone) this.#hold("microphone", await this.#get("microphone"));
    if (media !== "video" || this.camera) return null;
    try {
      await this.film(true);
      return null;
    } catch (why) {
      return /** @type {Unusable} */ (why);
    }
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    if (this.microphone) this.microphone.enabled = !muted;
    this.emit("change");
  }

  /** The camera on or off; off means that its light goes out. Throws Unusable. @param {boolean} on */
  async film(on) {
    this.#hold("camera", on ? await this.#get("camera") : null);
  }

  /** The screen, until it is ended here or by the browser's own button. Throws Unusable. @param {boolean} on */
  async share(on) {
    const track = on ? await this.#screen() : null;
    this.#hold("screen", track);
  }

  /** Another device. Throws Unusable, and the old one stays. @param {"microphone" | "camera"} device @param {string} id */
  async use(device, id) {
    const before = this.chosen[device];
    this.chosen[device] = id;
    try {
      if (this[device]) this.#hold(device, await this.#get(device));
    } catch (why) {
      this.chosen[device] = before;
      throw why;
    }
  }

  /** The camera on the other side of a phone; on a computer, the next one. Throws Unusable. */
  async turn() {
    const cameras = (await this.list()).filter((it) => it.kind === "videoinput");
    const now = this.camera?.getSettings() ?? {};
    if (now.facingMode) {
      this.#facing = now.facingMode === "user" ? "environment" : "user";
      delete this.chosen.camera;
    } else {
      const at = cameras.findIndex((it) => it.deviceId === now.deviceId);
      this.chosen.camera = cameras[(at + 1) % cameras.length]?.deviceId;
    }
    // Many phones open one camera at a time.
    this.#hold("camera", null);
    await this.film(true);
  }

  /** @returns {Promise<MediaDeviceInfo[]>} with names only once one of them is in use */
  async list() {
    return (await this.devices?.enumerateDevices()) ?? [];
  }

  close() {
    this.devices?.removeEventListener?.("devicechange", this.changed);
    for (const device of ["microphone", "camera", "screen"]) this.#hold(/** @type {any} */ (device), null);
  }

  /** @param {"microphone" | "camera"} device @returns {Promise<MediaStreamTrack>} */
  async #get(device) {
    const id = this.chosen[device];
    const exact = id ? { deviceId: { exact: id } } : {};
    const wanted = device === "camera" ? { video: { ...PICTURE, ...(id ? {} : { facingMode: this.#facing }), ...exact } } : { audio: id ? exact : true };
    try {
      const stream = await this.devices.getUserMedia(wanted);
      return stream.getTracks()[0];
    } catch (why) {
      throw new Unusable(why, device);
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
