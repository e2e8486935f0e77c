// <ot-choose>: which microphone and camera, and whether the microphone hears anything. Loaded when somebody asks for it.

import { html, nothing } from "../../vendor/lit.js";
import { named, use } from "../../calls/devices.js";
import { listen } from "../../calls/meter.js";
import { Part, properties } from "../part.js";
import { wear } from "../sheet.js";

const KINDS = { microphone: "audioinput", camera: "videoinput" };

wear("/static/widget/call/choose.css");

/** Give it `phone` and `words`. */
class Choose extends Part {
  static properties = { ...properties("phone", "words"), found: { state: true } };

  /** @type {MediaStreamTrack | null} whose level is shown */
  #heard = null;
  #quiet = () => {};

  constructor() {
    super();
    /** @type {MediaDeviceInfo[]} */
    this.found = [];
  }

  // Not when it is connected: what is defined after it was drawn has its properties with the first update only.
  firstUpdated() {
    // Plugged in, unplugged, switched: all of it is a change of what this device gives.
    this.watch(this.phone.local, "change", () => this.#look());
    this.until(() => this.#quiet());
    this.#look();
  }

  render() {
    return html`<div class="choose">
      ${Object.keys(KINDS).map((device) => this.#choice(device))}
      <label>${this.words.say("call.choose.level")}<meter min="0" max="1" low="0.1" value="0"></meter></label>
    </div>`;
  }

  /** The meter follows the microphone in use. */
  updated() {
    const microphone = this.phone.local?.microphone ?? null;
    if (microphone === this.#heard) return;
    this.#heard = microphone;
    this.#quiet();
    const meter = this.querySelector("meter");
    this.#quiet = microphone ? listen(microphone, (level) => (meter.value = level)) : () => {};
  }

  /** @param {"microphone" | "camera"} device */
  #choice(device) {
    const found = this.found.filter((it) => it.kind === KINDS[device]);
    const { local } = this.phone;
    const now = local?.[device]?.getSettings().deviceId ?? local?.chosen[device] ?? "";
    if (!found.length) return nothing;
    const change = ({ target }) => this.phone.give((it) => use(it, device, target.value));
    return html`<label>${this.words.say(`call.choose.${device}`)}
      <select @change=${change}>
        ${found.map((it, i) => html`<option value=${it.deviceId} .selected=${it.deviceId === now}>${it.label || this.words.say("call.choose.nth", { n: i + 1 })}</option>`)}
      </select>
    </label>`;
  }

  async #look() {
    const { local } = this.phone;
    if (local) this.found = await named(local);
  }
}

customElements.define("ot-choose", Choose);
