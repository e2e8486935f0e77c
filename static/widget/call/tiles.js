// The pictures of a call of several: a tile for each who is in it, ours the last. Loaded when somebody else comes in.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { played } from "../../calls/played.js";
import { icon } from "./icons.js";
import { wear } from "../sheet.js";

wear("/static/widget/call/tiles.css");

/** @param {{phone: import("../../calls/phone.js").Phone, words: import("../words.js").Words}} pane @param {(event: any) => void} play */
export function tiles({ phone: { peers, local }, words }, play) {
  const own = { name: words.say("call.own"), stream: local?.stream, shows: local?.shows ?? {}, own: true };
  return html`<div class="tiles" data-n=${peers.length + 1}>
    ${repeat(peers, (/** @type {any} */ it) => it.party, (it) => tile(it, words, play))}${tile(/** @type {any} */ (own), words, play)}
  </div>`;
}

const PERSON = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4a4 4 0 0 1 0 8a4 4 0 0 1 0-8zM5 20c0-7 14-7 14 0"></path></svg>`;

/** Who is not seen has a letter, which the words for our own picture have not; of who is away there is no picture that stands still. */
function tile({ name, stream, shows: { video, screen, audio }, away, own }, words, play) {
  const seen = (video || screen) && !away && stream?.getVideoTracks().length;
  const label = own ? name : words.say("call.picture", { name });
  return html`<figure class="tile ${screen ? "screen" : ""}">
    <video class="${own ? "mine" : "far"} ${seen ? "" : "hidden"}" playsinline autoplay aria-label=${label} .muted=${!!own} .srcObject=${played(stream)} @loadedmetadata=${play}></video>
    ${seen ? nothing : html`<b aria-hidden="true">${own ? PERSON : [...name][0]}</b>`}
    <figcaption><span dir="auto">${name}</span>${away ? html` <i>${words.say("call.tile.away")}</i>` : nothing}${audio || own ? nothing : html`${icon("microphone", true)}<span class="hidden">${words.say("call.muted.them", { name })}</span>`}</figcaption>
  </figure>`;
}
