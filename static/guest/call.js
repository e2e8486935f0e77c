// The call as a guest has it: everybody's picture, what can be pressed, and what is said in the thread meanwhile.

import { html, nothing, repeat } from "../vendor/lit.js";
import { played } from "../calls/played.js";
import { icon } from "../console/icons.js";
import { stopwatch } from "../console/times.js";
import { threadView } from "./shown.js";

/** @typedef {import("./page.js").GuestPage} GuestPage */

/** @param {GuestPage} page */
export function callView(page) {
  const { guest, words } = page;
  const phone = /** @type {import("../calls/phone.js").Phone} */ (guest.phone);
  const { stage, peers, local, fact } = phone;
  const shown = local?.picture || peers.some((it) => it.shows.video || it.shows.screen);
  return html`<section class="call" aria-label=${words.say("call")}>
      <h1 class="unseen">${words.say("call")}</h1>
      <div class="stage ${shown ? "" : "bare"}">
        ${repeat(peers, (it) => it.party, (it) => far(page, it))}
        ${local?.picture ? html`<video class="own ${local.screen ? "screen" : ""}" playsinline autoplay aria-label=${words.say("own")} .muted=${true} .srcObject=${played(local.stream)}></video>` : nothing}
        ${page.silent ? html`<button type="button" class="hear" @click=${() => hear(page)}>${words.say("hear")}</button>` : nothing}
      </div>
      <p class="says"><span role="status">${words.say(`stage.${stage}`)}</span>${stage === "live" ? html` · <span class="tabular">${stopwatch(phone.seconds * 1_000)}</span>` : nothing}</p>
      ${guest.listening ? html`<p class="note">${words.say("supervised")}</p>` : nothing}
      ${phone.consentAsked ? consent(page) : nothing}
      ${fact?.recording ? html`<p class="recorded"><span>${words.say("recorded")}</span><button type="button" @click=${() => phone.consent("withdraw")}>${words.say("recorded.stop")}</button></p>` : nothing}
      ${problem(page)}
      ${stage === "elsewhere" ? html`<div class="choices"><button type="button" class="yes" @click=${() => phone.take()}>${words.say("take")}</button></div>` : controls(page)}
    </section>
    <section class="card beside">${guest.lines.length ? threadView(words, guest) : html`<p class="muted">${words.say("thread.empty")}</p>`}</section>`;
}

/** @param {GuestPage} page @param {import("../calls/peer.js").Peer} peer */
function far(page, peer) {
  const { video, screen, audio } = peer.shows;
  const name = peer.name || page.guest.customer || page.words.say("customer");
  const play = (/** @type {any} */ { target }) => target.play().catch(() => (page.silent = true));
  return html`<figure class="far ${screen ? "screen" : ""}">
    <video class=${video || screen ? "" : "unseen"} playsinline autoplay aria-label=${page.words.say("picture", { name })} .srcObject=${played(peer.stream)} @loadedmetadata=${play}></video>
    <figcaption><span dir="auto">${name}</span>${audio ? nothing : html` <span role="img" aria-label=${page.words.say("muted")}>${icon("muted")}</span>`}</figcaption>
  </figure>`;
}

/** @param {GuestPage} page */
function controls({ guest, words }) {
  const phone = /** @type {import("../calls/phone.js").Phone} */ (guest.phone);
  const { local } = phone;
  const films = !!local?.camera;
  const button = (/** @type {string} */ name, /** @type {any} */ sign, /** @type {() => unknown} */ run, kind = "") =>
    html`<button type="button" class=${kind} aria-label=${words.say(name)} title=${words.say(name)} @click=${run}>${icon(sign)}</button>`;
  return html`<div class="controls" role="group" aria-label=${words.say("controls")}>
    ${button(local?.muted ? "unmute" : "mute", local?.muted ? "muted" : "microphone", () => phone.mute(!local?.muted), local?.muted ? "off" : "")}
    ${button(films ? "unfilm" : "film", films ? "video" : "dark", () => phone.film(!films), films ? "" : "off")}
    ${navigator.mediaDevices?.getDisplayMedia ? button(local?.screen ? "unshare" : "share", "share", () => phone.share(!local?.screen), local?.screen ? "off" : "") : nothing}
    ${button("hangup", "hangup", () => phone.hangup(), "no")}
  </div>`;
}

/** @param {GuestPage} page */
function consent({ guest, words }) {
  return html`<div class="note" role="alertdialog" aria-labelledby="consent-ask" aria-describedby="consent-text">
    <b id="consent-ask">${words.say("consent.ask")}</b>
    <p id="consent-text">${words.say("consent.text")}</p>
    <div class="choices"><button type="button" class="yes" @click=${() => guest.phone?.consent("grant")}>${words.say("consent.yes")}</button>
      <button type="button" @click=${() => guest.phone?.consent("refuse")}>${words.say("consent.no")}</button></div>
  </div>`;
}

/** @param {GuestPage} page */
function problem({ guest, words }) {
  const why = guest.phone?.problem;
  if (!why) return nothing;
  const key = why.device ? `problem.${why.device}.${why.reason}` : "problem.other";
  return html`<p class="problem" role="alert">${words.say(words.has(key) ? key : "problem.other")}</p>`;
}

/** The touch that a browser wants before it plays. @param {GuestPage} page */
function hear(page) {
  page.silent = false;
  for (const video of page.querySelectorAll("video")) video.play().catch(() => (page.silent = true));
}
