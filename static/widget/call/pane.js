// <ot-call>: the call above the thread. Rings, shows both pictures, says how it goes; the thread below stays usable.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { played } from "../../calls/played.js";
import { stopwatch } from "../../calls/stopwatch.js";
import { Part, properties } from "../part.js";
import { icon } from "./icons.js";

/** After these ends somebody may want to be called back. */
const UNANSWERED = ["declined", "busy", "timeout", "nobody"];
/** A phone turns to its other camera; its system chooses the microphone. */
const TOUCHED = matchMedia("(pointer: coarse)");
/** @param {import("../../calls/local.js").Local} local */
const turn = (local) => import("../../calls/devices.js").then((it) => it.turn(local));
const TALKING = ["joining", "connecting", "live", "reconnecting"];

/**
 * Give it `phone` and `words`. Fires `ring` when a call comes in, `post` with what the customer wishes to say.
 * `hushed` is the call that rings on without a sound; `chooses`: devices are shown to choose from.
 */
class CallPane extends Part {
  static properties = { ...properties("phone", "words"), silent: { state: true }, hushed: { state: true }, tiles: { state: true }, chooses: { state: true } };

  #rang = "";
  #heard = "none";

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.phone, "change");
    const beat = setInterval(() => this.phone.stage === "live" && this.requestUpdate(), 1_000);
    this.until(() => clearInterval(beat));
    this.until(() => this.#ring("none"));
  }

  render() {
    const { stage } = this.phone;
    const shown = stage !== "none" || this.phone.problem;
    return html`<p class="hidden" role="status">${shown ? this.#said(stage) : ""}</p>
      ${shown ? html`<section class="call" aria-label=${this.words.say("call.title")}>${this.#body(stage)}${this.#problem()}</section>` : nothing}`;
  }

  updated() {
    const { fact, stage, peers } = this.phone;
    const rings = stage === "incoming" ? fact.id : "";
    if (rings && rings !== this.#rang) this.say("ring");
    this.#rang = rings;
    this.#ring(rings && rings === this.hushed ? "none" : stage);
    if (peers.length > 1) import("./tiles.js").then(({ tiles }) => (this.tiles = tiles), () => {}); // offline: drawn again, asked again
  }

  #ring(stage) {
    if (stage === this.#heard) return;
    this.#heard = stage;
    import("./ring.js").then(({ ring }) => ring(stage), () => {}); // a sound is no must
  }

  #body(stage) {
    if (TALKING.includes(stage)) return this.#talk(stage);
    if (stage === "none") return nothing;
    return html`<p class="call-says">${this.#said(stage)}</p><div class="call-choices">${this.#choices(stage)}</div>`;
  }

  /** One sentence for what happens now; also what a screen reader hears. */
  #said(stage) {
    const { words, phone } = this;
    const { fact, last, peers, local } = phone;
    const name = this.#name;
    if (stage === "calling") return fact?.to ? words.say("call.ringing", { name }) : words.say(fact ? "call.looking" : "call.ringing.us");
    if (stage === "incoming") return words.say(`call.incoming.${fact.media}`, { name });
    if (stage === "over") return this.#ending(last);
    if (stage === "live") return words.say(local?.screen ? "call.sharing" : "call.live", { name });
    if (stage === "reconnecting" && peers.some((it) => it.away)) return words.say("call.away", { name });
    return stage === "none" ? "" : words.say(`call.${stage === "joining" ? "connecting" : stage}`);
  }

  #ending({ reason, seconds }) {
    const key = `call.over.${reason}`;
    const sentence = this.words.say(key in this.words.catalogue ? key : "call.over.failed");
    return seconds ? `${sentence} · ${stopwatch(seconds)}` : sentence;
  }

  get #name() {
    const { fact, peers } = this.phone;
    return peers[0]?.name || fact?.parties.find((it) => it.party !== "customer")?.name || fact?.name || this.words.say("call.someone");
  }

  #choices(stage) {
    const { phone } = this;
    const video = phone.fact?.media === "video";
    switch (stage) {
      case "incoming":
        return html`${this.#choice(video ? "answer.video" : "answer", () => phone.accept(phone.fact.media), "yes")}
          ${video ? this.#choice("answer.audio", () => phone.accept("audio")) : nothing}
          ${this.#choice("decline", () => phone.decline(), "no")}
          ${this.hushed === phone.fact.id ? nothing : this.#choice("hush", () => (this.hushed = phone.fact.id))}`;
      case "elsewhere":
        return this.#choice("take", () => phone.take(), "yes");
      case "over":
        return html`${UNANSWERED.includes(phone.last.reason) && phone.last.asked ? this.#unanswered() : nothing}
          ${this.#choice("dismiss", () => phone.dismiss())}`;
      default:
        return this.#choice("cancel", () => phone.cancel(), "no");
    }
  }

  #unanswered() {
    const { phone } = this;
    const back = () => {
      this.say("post", this.words.say("call.back"));
      phone.dismiss();
    };
    return html`${this.#choice("back", back, "yes")}${this.#choice("again", () => phone.begin(phone.wished))}`;
  }

  /** @param {string} name @param {() => void} run */
  #choice(name, run, kind = "") {
    return html`<button type="button" class=${kind} @click=${run}>${this.words.say(`call.${name}`)}</button>`;
  }

  /** @param {string} stage */
  #talk(stage) {
    const { phone, words } = this;
    const { peers, local, fact } = phone;
    const seen = peers.some((it) => it.shows.video || it.shows.screen);
    const shown = local?.picture || seen;
    // Of several, each has a name.
    const many = peers.length > 1 && this.tiles;
    return html`<div class="stage ${many ? "many" : shown ? "" : "bare"}">
        ${many ? many(this, this.#play) : repeat(peers, (it) => it.party, (it) => this.#far(it))}
        ${local?.camera && !local.screen ? html`<video class="own" playsinline autoplay aria-label=${words.say("call.own")} .muted=${true} .srcObject=${played(local.stream)}></video>` : nothing}
        <p class="call-says">${seen && stage === "live" && !local?.screen ? html`<b dir="auto">${this.#name}</b>` : this.#said(stage)} ${this.#meta(stage)}</p>
        ${this.silent ? html`<button type="button" class="hear" @click=${this.#hear}>${words.say("call.hear")}</button>` : nothing}
      </div>
      ${fact?.parties.some((it) => it.party === "bot") ? this.#keypad() : nothing}
      ${phone.consentAsked || fact?.recording ? this.#consent() : nothing}
      ${this.#controls(local, fact, shown)}`;
  }

  #consent() {
    import("./consent.js").catch(() => {}); // offline: drawn again, asked again
    return html`<ot-consent .phone=${this.phone} .words=${this.words} .asked=${this.phone.consentAsked}></ot-consent>`;
  }

  #keypad() {
    import("./keypad.js").catch(() => {});
    return html`<ot-keypad .phone=${this.phone} .words=${this.words}></ot-keypad>`;
  }

  /** @param {import("../../calls/peer.js").Peer} peer */
  #far(peer) {
    const { video, screen, audio } = peer.shows;
    const { words } = this;
    return html`<video class="far ${screen ? "screen" : ""} ${video || screen ? "" : "hidden"}" playsinline autoplay aria-label=${words.say("call.picture", { name: peer.name })}
        .srcObject=${played(peer.stream)} @loadedmetadata=${this.#play}></video>
      ${audio ? nothing : html`<p class="far-muted">${icon("microphone", true)}<span class="hidden">${words.say("call.muted.them", { name: peer.name })}</span></p>`}`;
  }

  /** How long, and how well; not for the live region, which would never be quiet. */
  #meta(stage) {
    if (stage !== "live") return nothing;
    const { call, seconds } = this.phone;
    const { word } = call.quality ?? {};
    return html`<span class="tabular">${stopwatch(seconds)}${word ? html` · <i class=${word}>${this.words.say(`call.quality.${word}`)}</i>` : nothing}</span>`;
  }

  #controls(local, fact, shown) {
    const { phone } = this;
    const films = !!local?.camera;
    return html`<div class="call-controls">
      ${this.#control(local?.muted ? "unmute" : "mute", "microphone", () => phone.mute(!local?.muted), local?.muted)}
      ${this.#control(films ? "unfilm" : fact?.media === "video" ? "film" : "upgrade", "camera", () => phone.film(!films), !films)}
      ${TOUCHED.matches ? (films ? this.#control("turn", "turn", () => phone.give(turn)) : nothing) : this.#control("choose", "choose", () => (this.chooses = !this.chooses), false, "", !!this.chooses)}
      ${navigator.mediaDevices?.getDisplayMedia ? this.#control(local?.screen ? "unshare" : "share", "share", () => phone.share(!local?.screen)) : nothing}
      ${shown && document.fullscreenEnabled ? this.#control("large", "large", () => this.#large()) : nothing}
      ${this.#control("hangup", "hangup", () => phone.hangup(), false, "no")}
    </div>
    ${this.chooses ? this.#chooser() : nothing}`;
  }

  #chooser() {
    import("./choose.js").catch(() => {});
    return html`<ot-choose .phone=${this.phone} .words=${this.words}></ot-choose>`;
  }

  /** The label says what a press does; `off` only how it looks. */
  #control(name, sign, run, off = false, kind = "", expanded = nothing) {
    const label = this.words.say(`call.${name}`);
    return html`<button type="button" class="${kind} ${off ? "off" : ""}" aria-label=${label} title=${label} aria-expanded=${expanded} @click=${run}>${icon(sign, off)}</button>`;
  }

  #problem() {
    const { problem } = this.phone;
    if (problem) import("./problem.js").catch(() => {});
    return html`<ot-call-problem .phone=${this.phone} .words=${this.words} .problem=${problem}></ot-call-problem>`;
  }

  /** @param {{target: HTMLVideoElement}} event */
  #play = ({ target: it }) => it.play().catch(() => (this.silent = true));

  /** A browser that plays nothing before a touch: this is the touch. */
  #hear() {
    this.silent = false;
    for (const target of this.querySelectorAll(".far")) this.#play({ target });
  }

  #large() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.querySelector(".call").requestFullscreen().catch(() => {});
  }
}

customElements.define("ot-call", CallPane);
