/** The call, docked above the thread and the customer, who both stay: pictures, how it goes, what can be done, the note. */
import { html, nothing, repeat } from "../../vendor/lit.js";
import { played } from "../../calls/played.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { customerName } from "../people.js";
import { stopwatch } from "../times.js";
import "./call-devices.js";
import "./call-note.js";
import { invitedTo, supervisedBy } from "./call-experts.js";
import { controls } from "./call-controls.js";
import "./expert.js";

/** @typedef {import("../../calls/phone.js").Phone} Phone */
/** @typedef {import("../../calls/peer.js").Peer} Peer */

const TALKING = ["joining", "connecting", "live", "reconnecting"];
/** Ends of which the words say why; others are simply the end. */
const ENDS = ["abandoned", "cancelled", "declined", "busy", "timeout", "nobody", "resolved"];

/** Is anybody seen, and be it ourselves? @param {Phone} phone */
const pictured = ({ peers, local }) => !!local?.picture || peers.some((it) => it.shows.video || it.shows.screen);

/** Do, or did, the others go on without us? @param {Phone} phone */
const left = ({ fact, me }) => !!(/** @type {import("../call-fold.js").StaffFact | null} */ (fact)?.left?.includes(me));

export class CallPane extends Part {
  static properties = { devices: { state: true }, silent: { state: true } };

  constructor() {
    super();
    this.devices = false;
    /** The browser plays nothing before a touch. */
    this.silent = false;
  }

  watches() {
    const { calls, place, clock } = this.app;
    return [calls, place, calls.current?.stage === "live" ? clock.seconds : null];
  }

  render() {
    const phone = this.app.calls.current ?? this.#elsewhere;
    const said = phone ? this.#said(phone) : "";
    return html`<div role="status" class="unseen">${said}</div>
      ${phone ? html`<section class="call-pane" aria-label=${this.t("call.label")} data-stage=${phone.stage}>${this.#body(phone, said)}</section>` : ""}`;
  }

  /** The open conversation's call, when it is mine in another tab. */
  get #elsewhere() {
    const phone = this.app.place.conversation ? this.app.calls.of(this.app.place.conversation) : null;
    return phone?.stage === "elsewhere" ? phone : null;
  }

  /** @param {Phone} phone @param {string} said */
  #body(phone, said) {
    const { stage } = phone;
    if (TALKING.includes(stage)) return html`${this.#stage(phone)}${this.#side(phone, said)}`;
    const talked = stage === "over" && phone.last?.seconds;
    return html`<div class="call-side">
      ${this.#head(phone, said)}${this.#problem(phone)}
      ${talked ? html`<ot-call-note .app=${this.app} .phone=${phone} ?hidden=${this.#away(phone)}></ot-call-note>` : html`<div class="call-controls">${this.#choices(phone)}</div>`}
    </div>`;
  }

  /** @param {Phone} phone */
  #choices(phone) {
    if (phone.stage === "elsewhere") return this.#choice("take", () => phone.take(), "primary");
    if (phone.stage === "asking" || phone.stage === "calling") return this.#choice("cancel", () => phone.cancel());
    const again = phone.problem?.device && !phone.local && phone.free;
    return html`${again ? this.#choice("again", () => phone.begin(phone.wished), "primary") : ""}${this.#choice("dismiss", () => phone.dismiss())}`;
  }

  /** @param {string} name @param {() => void} run */
  #choice(name, run, kind = "") {
    return html`<button type="button" class="button ${kind}" @click=${run}>${this.t(`call.${name}`)}</button>`;
  }

  /** What happens now, in one sentence. @param {Phone} phone */
  #said(phone) {
    const name = this.#name(phone);
    const { stage, last } = phone;
    if (stage === "over" && left(phone)) return this.t("call.over.left");
    if (stage === "over") return this.t(ENDS.includes(last?.reason ?? "") ? `call.over.${last?.reason}` : "call.over", { name });
    if (stage === "reconnecting") return this.t(phone.peers.some((it) => it.away) ? "call.stage.away" : "call.stage.reconnecting", { name });
    return stage === "none" ? "" : this.t(`call.stage.${stage === "joining" ? "connecting" : stage}`, { name });
  }

  /** @param {Phone} phone */
  #name({ conversation }) {
    const row = this.app.conversations.get(conversation)?.row ?? this.app.inbox.row(conversation);
    return customerName(this.app.words, row?.customer);
  }

  /** @param {Phone} phone */
  #stage(phone) {
    const { peers, local } = phone;
    // With many there is a tile for each, seen or not: who is here matters.
    const many = phone.call?.topology === "room";
    const seen = many || pictured(phone);
    return html`<div class="call-stage ${many ? "many" : seen ? "" : "bare"}" data-n=${peers.length + (local?.picture ? 1 : 0)}>
      ${repeat(peers, (it) => it.party, (it) => this.#far(it, seen))}
      ${local?.picture
        ? html`<figure class="own ${local.screen ? "screen" : ""}">
            <video playsinline autoplay aria-label=${this.t("call.own")} .muted=${true} .srcObject=${played(local.stream)}></video>
            ${local.screen || many ? html`<figcaption>${this.t(local.screen ? "call.seen" : "call.own")}</figcaption>` : ""}
          </figure>`
        : ""}
      ${this.silent ? html`<button type="button" class="button hear" @click=${this.#hear}>${this.t("call.hear")}</button>` : ""}
    </div>`;
  }

  /** @param {Peer} peer @param {boolean} seen is anybody? Who is not has a letter then. */
  #far(peer, seen) {
    const { video, screen, audio } = peer.shows;
    const picture = (video || screen) && !peer.away && peer.stream.getVideoTracks().length;
    const name = peer.party === "customer" ? this.t("call.customer") : peer.name;
    return html`<figure class="far ${screen ? "screen" : ""}" ?hidden=${!seen}>
      <video class=${picture ? "" : "unseen"} playsinline autoplay aria-label=${this.t("call.picture", { name })}
        .srcObject=${played(peer.stream)} @loadedmetadata=${this.#play}></video>
      ${picture ? "" : html`<b class="initial" aria-hidden="true">${[...(peer.name || name)][0]}</b>`}
      <figcaption><span class="clip" dir="auto">${peer.name || name}</span>${peer.away ? html` <i>${this.t("call.tile.away")}</i>` : ""}${audio ? "" : html` <span role="img" aria-label=${this.t("call.muted")}>${icon("muted")}</span>`}</figcaption>
    </figure>`;
  }

  /** @param {Phone} phone @param {string} said */
  #side(phone, said) {
    const { local } = phone;
    return html`<div class="call-side">
      ${this.#head(phone, said)}
      ${local?.screen ? html`<p class="call-warning">${icon("share")}<span>${this.t("call.sharing")}</span></p>` : ""}
      ${supervisedBy(this.app, phone)}
      ${this.#recording(phone)}
      ${invitedTo(this.app, phone)}
      ${this.#problem(phone)}
      ${controls(this.app, phone, { devices: this.devices, turn: () => (this.devices = !this.devices), float: this.#float, invite: this.#invite })}
      <ot-expert .app=${this.app} .phone=${phone}></ot-expert>
      ${this.devices && local ? html`<ot-call-devices .app=${this.app} .phone=${phone} .local=${local}></ot-call-devices>` : ""}
    </div>`;
  }

  /** Is another conversation looked at, or none? The note then waits, with the words that it has. @param {Phone} phone */
  #away({ conversation }) {
    return this.app.place.conversation !== conversation;
  }

  /** @param {Phone} phone @param {string} said */
  #head(phone, said) {
    const live = phone.stage === "live";
    // Of who left before the others, nobody has counted.
    const lasted = phone.stage === "over" && !left(phone) ? (phone.last?.seconds ?? 0) : 0;
    const seconds = live ? phone.seconds : lasted;
    return html`<header class="call-head">
      <div class="grow clip">
        <h2 class="clip" dir="auto">${this.#name(phone)}</h2>
        <p class="muted">${said}${seconds ? html` · <span class="tabular">${stopwatch(seconds * 1_000)}</span>` : ""}</p>
        ${live ? html`${this.#muted(phone)}${this.#quality(phone)}` : ""}
      </div>
      ${this.#away(phone) ? html`<button type="button" class="button quiet" @click=${() => this.app.place.go({ view: "mine", conversation: phone.conversation })}>${this.t("call.go")}</button>` : ""}
    </header>`;
  }

  /** Where there is no picture to mark. @param {Phone} phone */
  #muted(phone) {
    const silent = phone.call?.topology === "room" || pictured(phone) ? [] : phone.peers.filter((it) => !it.shows.audio);
    if (!silent.length) return "";
    const said = (/** @type {Peer} */ it) => this.t("call.quality.of", { name: it.name || this.t("call.customer"), word: this.t("call.muted") });
    return html`<p class="call-quality">${silent.map((it) => html`<span class="status" dir="auto">${said(it)}</span>`)}</p>`;
  }

  /** Of both sides: who asks "can you hear me" should know whose line it is. @param {any} phone of console/calls.js */
  #quality({ call, far }) {
    const others = far.of(call).map(([party, it]) => [party === "customer" ? "theirs" : "of", it, call?.peers.get(party)?.name ?? ""]);
    const sides = [["mine", call?.quality, ""], ...others].filter(([, it]) => it);
    if (!sides.length) return "";
    return html`<p class="call-quality">${sides.map(([side, it, name]) => {
      const { word, figures } = /** @type {any} */ (it);
      const n = (/** @type {number} */ it) => this.app.words.number(Math.round(it));
      const plain = this.t("call.figures", { loss: n(figures.loss * 100), rtt: n(figures.rtt_ms), jitter: n(figures.jitter_ms), kbps: n(figures.kbps) });
      const title = figures.mos ? this.t("call.mos", { figures: plain, mos: this.app.words.number(Math.round(figures.mos * 10) / 10) }) : plain;
      return html`<span class="status ${{ good: "ok", fair: "warn" }[/** @type {string} */ (word)] ?? "danger"}" title=${title}>${this.t(`call.quality.${side}`, { name, word: this.t(`call.quality.${word}`) })}</span>`;
    })}</p>`;
  }

  /** @param {Phone} phone */
  #recording(phone) {
    const { fact } = phone;
    if (phone.consentAsked) {
      return html`<div class="call-warning" role="alert"><span>${this.t("call.consent.asked")}</span>
        ${this.#choice("consent.grant", () => phone.consent("grant"), "primary")}${this.#choice("consent.refuse", () => phone.consent("refuse"))}</div>`;
    }
    if (fact?.recording) return html`<p class="call-warning danger"><span>${this.t("call.recording")}</span>${this.#choice("recording.stop", () => phone.ask("recording.stop"))}</p>`;
    return fact?.consent ? html`<p class="call-warning"><span>${this.t("call.consent.waits")}</span></p>` : "";
  }

  /** @param {Phone} phone */
  #problem({ problem }) {
    if (!problem) return nothing;
    const sentence = problem.device ? this.t(`call.problem.${problem.device}.${problem.reason}`) : this.app.errors.sentence({ code: problem.reason });
    return html`<p class="problem" role="alert">${sentence}</p>`;
  }

  /** @param {{target: HTMLVideoElement}} event */
  #play = ({ target }) => {
    target.play().catch(() => (this.silent = true));
  };

  #hear() {
    this.silent = false;
    for (const video of this.querySelectorAll(".far video")) /** @type {HTMLVideoElement} */ (video).play().catch(() => (this.silent = true));
  }

  #invite = () => /** @type {import("./expert.js").Expert | null} */ (this.querySelector("ot-expert"))?.show();

  /** The customer's picture over everything, other programs too; once more, and it is back. */
  #float = () => {
    const video = /** @type {HTMLVideoElement | null} */ (this.querySelector(".far video"));
    if (document.pictureInPictureElement) void document.exitPictureInPicture();
    else video?.requestPictureInPicture().catch(() => this.app.toasts.fail(this.t("call.float.failed")));
  };
}

customElements.define("ot-call", CallPane);
