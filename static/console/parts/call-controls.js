/** What can be done in a call: microphone, camera, screen, record, ask an expert in, float, devices, hang up. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";

/** @typedef {import("../../calls/phone.js").Phone} Phone */

/**
 * @param {import("../main.js").App} app @param {Phone} phone
 * @param {{devices: boolean, turn: () => void, float: () => void, invite: () => void}} pane the devices shown or not, and what the pane can do
 */
export function controls(app, phone, { devices, turn, float, invite }) {
  const { local, fact } = phone;
  const films = !!local?.camera;
  const live = phone.stage === "live";
  const records = live && app.calls.recordable && !fact?.recording && !fact?.consent;
  const floats = document.pictureInPictureEnabled && phone.peers.some((it) => it.shows.video || it.shows.screen);
  return html`<div class="call-controls" role="group" aria-label=${app.words.t("call.controls")}>
    ${button(app, local?.muted ? "unmute" : "mute", local?.muted ? "muted" : "microphone", () => phone.mute(!local?.muted), { off: local?.muted, key: "q" })}
    ${button(app, films ? "unfilm" : fact?.media === "video" ? "film" : "upgrade", films ? "video" : "dark", () => phone.film(!films), { off: !films })}
    ${navigator.mediaDevices?.getDisplayMedia ? button(app, local?.screen ? "unshare" : "share", "share", () => phone.share(!local?.screen), { off: !!local?.screen }) : ""}
    ${floats ? button(app, "float", "float", float) : ""}
    ${button(app, "devices", "settings", turn, { pressed: devices })}
    ${records ? button(app, "record", "record", () => phone.consent("request"), { words: true }) : ""}
    ${live ? button(app, "invite", "lead", invite) : ""}
    <span class="grow"></span>
    ${button(app, "hangup", "hangup", () => phone.hangup(), { kind: "danger", words: true, key: "x" })}
  </div>`;
}

/**
 * The label says what a press does.
 * @param {import("../main.js").App} app @param {string} name @param {any} sign @param {() => void} run
 * @param {{off?: boolean, pressed?: boolean, kind?: string, words?: boolean, key?: string}} [more]
 */
function button(app, name, sign, run, { off, pressed, kind = "", words, key } = {}) {
  const label = app.words.t(`call.${name}`);
  return html`<button type="button" class="button ${kind} ${words ? "" : "bare"} ${off ? "off" : ""}" aria-label=${label} data-tip=${key ? `${label}  ${key.toUpperCase()}` : label}
    aria-keyshortcuts=${key ?? ""} aria-expanded=${pressed === undefined ? null : String(pressed)} @click=${run}>${icon(sign)}${words ? html`<span>${label}</span>` : ""}</button>`;
}
