// <ot-preview>: one's own picture and the microphone's level, before anybody else sees or hears them.

import { LitElement, html, nothing } from "../vendor/lit.js";
import { named } from "../calls/devices.js";
import { listen } from "../calls/meter.js";
import { played } from "../calls/played.js";

const KINDS = /** @type {const} */ ([
  ["microphone", "audioinput"],
  ["camera", "videoinput"],
]);

/** Give it `guest`, `words` and `media`. Asks the browser for nothing before it is pressed. */
class Preview extends LitElement {
  static properties = { guest: { attribute: false }, words: { attribute: false }, media: { type: String }, found: { state: true } };

  constructor() {
    super();
    /** @type {import("./guest.js").Guest} */
    this.guest = /** @type {any} */ (undefined);
    /** @type {import("./words.js").Words} */
    this.words = /** @type {any} */ (undefined);
    /** @type {"audio" | "video"} */
    this.media = "audio";
    /** @type {MediaDeviceInfo[]} */
    this.found = [];
    /** @type {MediaStreamTrack | null} */
    this.heard = null;
    this.quiet = () => {};
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.stop = this.guest.on("change", () => this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stop?.();
    this.quiet();
    this.heard = null;
  }

  render() {
    const { guest, words } = this;
    const { preview, unusable } = guest;
    const told = unusable ? html`<p class="problem" role="alert">${words.say(`problem.${unusable.device}.${unusable.reason}`)}</p>` : nothing;
    if (!preview?.microphone) return html`${told}<button type="button" @click=${() => this.#try()}>${words.say("try")}</button>`;
    return html`${told}
      ${preview.camera ? html`<video class="own" playsinline autoplay aria-label=${words.say("own")} .muted=${true} .srcObject=${played(preview.stream)}></video>` : nothing}
      <label>${words.say("level")}<meter min="0" max="1" low="0.1" value="0"></meter></label>
      ${KINDS.map(([device, kind]) => this.#choice(device, this.found.filter((it) => it.kind === kind)))}`;
  }

  updated() {
    const microphone = this.guest.preview?.microphone ?? null;
    if (microphone === this.heard) return;
    this.heard = microphone;
    this.quiet();
    const meter = /** @type {HTMLMeterElement | null} */ (this.querySelector("meter"));
    this.quiet = microphone && meter ? listen(microphone, (level) => (meter.value = level)) : () => {};
  }

  async #try() {
    await this.guest.try(this.media);
    this.found = this.guest.preview ? await named(this.guest.preview) : [];
  }

  /** @param {"microphone" | "camera"} device @param {MediaDeviceInfo[]} found */
  #choice(device, found) {
    const { preview } = this.guest;
    const now = preview?.[device]?.getSettings().deviceId ?? preview?.chosen[device] ?? "";
    if (found.length < 2) return nothing;
    return html`<label>${this.words.say(device)}
      <select @change=${(/** @type {any} */ { target }) => this.guest.use(device, target.value)}>
        ${found.map((it) => html`<option value=${it.deviceId} ?selected=${it.deviceId === now}>${it.label}</option>`)}
      </select>
    </label>`;
  }
}

customElements.define("ot-preview", Preview);
