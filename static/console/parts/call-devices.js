/** Which microphone and camera a call uses, and whether the microphone hears anything. */
import { named, use } from "../../calls/devices.js";
import { listen } from "../../calls/meter.js";
import { html } from "../../vendor/lit.js";
import { Part } from "../part.js";

const KINDS = /** @type {const} */ ([
  ["microphone", "audioinput"],
  ["camera", "videoinput"],
]);

export class CallDevices extends Part {
  static properties = { phone: { attribute: false }, local: { attribute: false }, found: { state: true } };

  constructor() {
    super();
    /** @type {import("../../calls/phone.js").Phone} */
    this.phone = /** @type {any} */ (undefined);
    /** @type {import("../../calls/local.js").Local} */
    this.local = /** @type {any} */ (undefined);
    /** @type {MediaDeviceInfo[]} */
    this.found = [];
    /** @type {MediaStreamTrack | null} */
    this.heard = null;
    this.stops = [() => {}];
  }

  connectedCallback() {
    super.connectedCallback();
    // Plugged in, unplugged, switched: all of it is a change of what this device gives.
    this.stops.push(this.local.on("change", () => void this.#look()));
    void this.#look();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stops.splice(0).forEach((stop) => stop());
    this.heard = null;
  }

  render() {
    return html`<div class="call-devices">
      ${KINDS.map(([device, kind]) => this.#choice(device, this.found.filter((it) => it.kind === kind)))}
      <label class="level">${this.t("call.level")}<meter min="0" max="1" low="0.1" value="0"></meter></label>
    </div>`;
  }

  updated() {
    this.#listen();
  }

  /** @param {"microphone" | "camera"} device @param {MediaDeviceInfo[]} found */
  #choice(device, found) {
    const now = this.local[device]?.getSettings().deviceId ?? this.local.chosen[device] ?? "";
    return html`<label>${this.t(`call.${device}`)}
      <select ?disabled=${!found.length} @change=${(/** @type {any} */ { target }) => void this.phone.give((local) => use(local, device, target.value))}>
        ${found.length ? "" : html`<option>${this.t("call.device.none")}</option>`}
        ${found.map((it, i) => html`<option value=${it.deviceId} ?selected=${it.deviceId === now}>${it.label || this.t("call.device.nth", { n: i + 1 })}</option>`)}
      </select>
    </label>`;
  }

  /** The meter follows the microphone in use. */
  #listen() {
    const { microphone } = this.local;
    if (microphone === this.heard) return;
    this.heard = microphone;
    this.quiet?.();
    const meter = /** @type {HTMLMeterElement} */ (this.querySelector("meter"));
    this.quiet = microphone ? listen(microphone, (level) => (meter.value = level)) : undefined;
    this.stops.push(() => this.quiet?.());
  }

  async #look() {
    this.found = await named(this.local);
  }
}

customElements.define("ot-call-devices", CallDevices);
