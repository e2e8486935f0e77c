/** The bar that asks me to accept a conversation: what it is about, how long I have, yes or no. It blocks nothing. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { crmName, customerName } from "../people.js";
import { stopwatch } from "../times.js";
import { briefBody } from "./brief.js";
import "./menu.js";
import { channelIcon, lastLine, tierMark } from "./row.js";

const REASONS = /** @type {const} */ (["busy", "language", "skill", "break"]);

export class ReservationBar extends Part {
  static properties = { busy: { state: true }, folded: { state: true } };

  constructor() {
    super();
    this.busy = false;
    this.folded = false;
    /** Which reservation the line drains for. */
    this.drained = "";
  }

  watches() {
    const [asked] = this.app.inbox.reservations();
    return [this.app.inbox, this.app.presence, this.app.line, this.app.place, asked && this.app.conversations.get(asked.conversation), asked ? this.app.clock.seconds : null];
  }

  render() {
    const [row, ...more] = this.app.inbox.reservations();
    return html`<div role="status" class="unseen">${row ? this.t("reservation.heard", { name: customerName(this.app.words, row.customer) }) : ""}</div>
      ${row ? this.#bar(row, more.length) : this.#missed()}`;
  }

  /** Why nobody asks me any more. */
  #missed() {
    const { missed } = this.app.presence;
    if (!missed) return "";
    return html`<section class="reservation missed" role="alert" aria-label=${this.t("presence.away")}>
      <p>${this.t("presence.missed", { n: missed })}</p>
      <div class="reservation-buttons">
        <button type="button" class="button primary" ?disabled=${this.app.line.state !== "open"} @click=${() => this.app.actions.setPresence("available")}>${this.t("presence.go")}</button>
      </div>
    </section>`;
  }

  updated() {
    const line = /** @type {HTMLElement | null} */ (this.querySelector(".drain"));
    const [row] = this.app.inbox.reservations();
    const until = row?.reservation?.until ?? 0;
    const drained = line ? `${row?.conversation}:${until}` : "";
    if (!line || this.drained === drained) return void (this.drained = drained);
    this.drained = drained;
    const left = until - this.app.clock.now();
    // A line that shrinks is what the time is made of here, not decoration: it stays with reduced motion, in steps.
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    line.getAnimations().forEach((it) => it.cancel());
    line.animate([{ transform: "scaleX(1)" }, { transform: "scaleX(0)" }], { duration: Math.max(1, left), easing: still ? "steps(10)" : "linear", fill: "forwards" });
  }

  /** @param {import("../order.js").Row} row @param {number} more */
  #bar(row, more) {
    const left = (row.reservation?.until ?? 0) - this.app.clock.now();
    const name = customerName(this.app.words, row.customer);
    return html`<section class="reservation" aria-label=${this.t("reservation.label")}>
      <div class="drain" aria-hidden="true"></div>
      <header>
        <span class="channel" role="img" aria-label=${this.t(`channel.${row.channel || "web"}`)}>${icon(channelIcon(row.channel))}</span>
        <strong class="clip" dir="auto">${name}</strong>
        ${tierMark(this.app, row.customer.tier)}
        ${more ? html`<span class="muted">${this.t("reservation.more", { n: more })}</span>` : ""}
        <span class="grow"></span>
        <span class="tabular muted" aria-hidden="true">${stopwatch(left)}</span>
        <button type="button" class="button bare quiet ${this.folded ? "" : "turned"}" aria-expanded=${!this.folded} aria-label=${this.t("reservation.details")} @click=${() => (this.folded = !this.folded)}>${icon("down")}</button>
      </header>
      ${this.folded ? "" : this.#about(row)}
      <div class="reservation-buttons">
        <button type="button" class="button primary" aria-keyshortcuts="a" ?disabled=${this.busy} @click=${() => this.#answer(() => this.app.actions.accept(row.conversation))}>${this.t("command.accept")} <kbd>A</kbd></button>
        <ot-menu .app=${this.app} id="menu-decline" icon="close" key="d" label=${this.t("command.decline")} .items=${() => this.#declines(row.conversation)}></ot-menu>
        <span class="grow"></span>
        <button type="button" class="button quiet" @click=${() => this.app.place.go({ conversation: row.conversation })}>${this.t("reservation.look")}</button>
      </div>
    </section>`;
  }

  /** @param {import("../order.js").Row} row */
  #about(row) {
    const conversation = this.app.conversations.get(row.conversation);
    const brief = conversation?.brief?.d;
    return html`<div class="reservation-about">
      ${brief ? briefBody(this.app, brief) : html`<p dir="auto">${lastLine(this.app, row)}</p>`}
      ${this.#known(conversation?.context)}
    </div>`;
  }

  /** @param {any} context */
  #known(context) {
    if (context?.outcome !== "found") return "";
    const order = context.orders?.[0];
    const shipment = order?.shipments?.[0];
    const open = (context.tickets ?? []).filter((/** @type {any} */ it) => it.status === "open" || it.status === "pending").length;
    const facts = [
      order ? this.t("reservation.order", { number: order.number, status: this.t(shipment ? `shipment.${shipment.status}` : `order.${order.status}`) }) : "",
      open ? this.t("reservation.tickets", { n: open }) : "",
      context.customer?.points == null ? "" : this.t("reservation.points", { n: context.customer.points }),
    ].filter(Boolean);
    return facts.length ? html`<p class="muted">${crmName(this.app.words, context.crm)} · ${facts.join(" · ")}</p>` : "";
  }

  /** @param {string} conversation @returns {import("./menu.js").Item[]} */
  #declines(conversation) {
    return REASONS.map((reason) => {
      const label = this.t(`decline.${reason}`);
      return { label, run: () => this.#answer(() => this.app.actions.decline(conversation, label)) };
    });
  }

  /** @param {() => Promise<void>} act */
  async #answer(act) {
    this.busy = true;
    await act();
    this.busy = false;
  }
}

customElements.define("ot-reservation", ReservationBar);
