/** What a supervisor hears and sees of a call, above whatever they look at: whisper, come in, or stop. */
import { html, repeat } from "../../vendor/lit.js";
import { played } from "../../calls/played.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { customerName } from "../people.js";
import { stopwatch } from "../times.js";

export class SupervisionPane extends Part {
  static properties = { silent: { state: true } };

  constructor() {
    super();
    this.silent = false;
  }

  watches() {
    const { supervision, clock } = this.app;
    return [supervision, supervision.current ? clock.seconds : null];
  }

  render() {
    const { current, call, mode } = this.app.supervision;
    const said = current ? this.t(mode === "whisper" ? "live.said.whisper" : "live.said.listen", this.#names()) : "";
    return html`<div role="status" class="unseen">${said}</div>
      ${current ? html`<section class="call-pane" aria-label=${this.t("live.label")}>${this.#stage(call?.parties ?? [])}${this.#side(said)}</section>` : ""}`;
  }

  #names() {
    const { current } = this.app.supervision;
    const agents = current?.call.parties.filter((it) => it.party !== "customer").map((it) => it.name) ?? [];
    return { customer: customerName(this.app.words, current?.customer), agent: agents.join(", ") };
  }

  /** @param {import("../../calls/peer.js").Peer[]} peers */
  #stage(peers) {
    const seen = peers.some((it) => it.shows.video || it.shows.screen);
    return html`<div class="call-stage ${seen ? "" : "bare"}">
      ${repeat(peers, (it) => it.party, (it) => html`<figure class="far ${it.shows.screen ? "screen" : ""}">
        <video class=${it.shows.video || it.shows.screen ? "" : "unseen"} playsinline autoplay aria-label=${this.t("call.picture", { name: it.name })} .srcObject=${played(it.stream)} @loadedmetadata=${this.#play}></video>
        <figcaption><span dir="auto">${it.name}</span></figcaption>
      </figure>`)}
      ${this.silent ? html`<button type="button" class="button hear" @click=${this.#hear}>${this.t("call.hear")}</button>` : ""}
    </div>`;
  }

  /** @param {string} said */
  #side(said) {
    const { supervision, clock, place } = this.app;
    const { current, mode, call, problem, unusable } = supervision;
    const whispers = mode === "whisper";
    const conversation = current?.conversation ?? "";
    return html`<div class="call-side">
      <header class="call-head"><div class="grow clip">
        <h2 class="clip">${said}</h2>
        <p class="muted">${this.t(call?.state === "live" ? (whispers ? "live.hears.whisper" : "live.hears.listen") : "call.stage.connecting")} · <span class="tabular">${stopwatch(clock.now() - (current?.call.accepted_at ?? 0))}</span></p>
      </div></header>
      ${problem ? html`<p class="problem" role="alert">${this.app.errors.sentence(problem)}</p>` : ""}
      ${unusable ? html`<p class="problem" role="alert">${this.t(`call.problem.microphone.${unusable.reason}`)}</p>` : ""}
      <div class="call-controls" role="group" aria-label=${this.t("live.label")}>
        <button type="button" class="button" aria-pressed=${String(whispers)} @click=${() => supervision.whisper(!whispers)}>${icon("whisper")}${this.t("live.whisper")}</button>
        <button type="button" class="button" @click=${this.#join}>${icon("lead")}${this.t("live.join")}</button>
        ${place.conversation === conversation && !place.page ? "" : html`<button type="button" class="button quiet" @click=${() => place.go({ view: "all", conversation })}>${this.t("call.go")}</button>`}
        <span class="grow"></span>
        <button type="button" class="button danger" @click=${() => supervision.stop()}>${this.t("live.stop")}</button>
      </div>
    </div>`;
  }

  #join = async () => {
    const { supervision, place } = this.app;
    const conversation = supervision.current?.conversation ?? "";
    if (await supervision.join()) place.go({ view: "all", conversation });
  };

  /** @param {{target: HTMLVideoElement}} event */
  #play = ({ target }) => {
    target.play().catch(() => (this.silent = true));
  };

  #hear() {
    this.silent = false;
    for (const video of this.querySelectorAll("video")) video.play().catch(() => (this.silent = true));
  }
}

customElements.define("ot-supervision", SupervisionPane);
