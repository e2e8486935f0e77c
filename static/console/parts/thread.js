/** The middle pane: who it is, whose it is, what can be done; the timeline; what is being typed; the composer. */
import { html } from "../../vendor/lit.js";
import { canMove, canTake, commandNamed, isMine, openRow, possible } from "../commands.js";
import { icon } from "../icons.js";
import { partyName } from "../lines.js";
import { Part } from "../part.js";
import { customerName } from "../people.js";
import { moment } from "../times.js";
import "./action.js";
import "./composer.js";
import { askLoads, giveItems, snoozeItems } from "../menus.js";
import { skeleton } from "./inbox.js";
import "./log.js";
import "./menu.js";
import { tierMark } from "./row.js";

const CALLS = /** @type {const} */ (["call", "video"]);

/** Can it be done now, on this page? @param {import("../main.js").App} app @param {string} name */
const offered = (app, name) => app.commands.some((it) => it.name === name && possible(app, it));

export class ThreadPane extends Part {
  static properties = { slow: { state: true } };

  constructor() {
    super();
    this.slow = false;
    this.shown = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  get conversation() {
    return this.app.conversations.get(this.app.place.conversation);
  }

  watches() {
    return [this.app.place, this.app.session, this.app.presence, this.app.calls, this.conversation];
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (this.app.place.conversation === this.shown) return;
    this.shown = this.app.place.conversation;
    this.slow = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.slow = true), 200);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  render() {
    const conversation = this.conversation;
    if (!conversation) return html`<div class="empty middle"><p>${this.t("thread.none")}</p><p class="muted">${this.t("thread.none.hint")}</p></div>`;
    if (conversation.state === "failed") return this.#failed(conversation);
    const row = conversation.row;
    if (!row) return html`${this.#bare()}${this.slow ? skeleton(this.t("loading")) : ""}`;
    return html`${this.#head(row)}${this.#strip(row)}
      <ot-log .app=${this.app} .conversation=${conversation}></ot-log>
      <div class="typing" role="status">${this.#typing(conversation)}</div>
      <ot-composer .app=${this.app} .conversation=${conversation}></ot-composer>`;
  }

  /** @param {import("../order.js").Row} row */
  #head(row) {
    return html`<header class="pane-head thread-head">
      ${this.#back()}
      <div class="grow clip">
        <h1 class="clip"><bdi>${customerName(this.app.words, row.customer)}</bdi></h1>
        <p class="muted clip">
          ${tierMark(this.app, row.customer.tier)}
          <span class="clip">${this.#owner(row)}</span>
        </p>
      </div>
      <div class="actions">${this.#actions(row)}${this.#panelButton()}</div>
    </header>`;
  }

  /** @param {import("../order.js").Row} row */
  #actions(row) {
    const { app } = this;
    const take = canTake(app);
    return html`
      ${possible(app, commandNamed("reopen")) ? html`<ot-action .app=${app} command="reopen" icon="reopen" kind="primary"></ot-action>` : ""}
      ${take && row.status !== "resolved" ? html`<ot-action .app=${app} command="take" icon="take" kind="primary"></ot-action>` : ""}
      ${CALLS.filter((name) => offered(app, name)).map((name) => html`<ot-action .app=${app} command=${name} icon=${name} bare></ot-action>`)}
      ${isMine(app) && row.status === "open"
        ? html`<ot-menu .app=${app} id="menu-snooze" bare icon="snooze" key="z" label=${this.t("command.snooze")} .items=${() => snoozeItems(app)}></ot-menu>`
        : ""}
      ${canMove(app)
        ? html`<ot-menu .app=${app} id="menu-give" bare icon="assign" key="g" label=${this.t("command.give")} .items=${() => giveItems(app)} .opening=${() => askLoads(app)}></ot-menu>
            <ot-action .app=${app} command="resolve" icon="resolve" kind=${isMine(app) ? "primary" : ""} ?bare=${!isMine(app)}></ot-action>`
        : ""}
    `;
  }

  #panelButton() {
    return html`<span class="panel-button"><ot-action .app=${this.app} command="panel" icon="customer" bare></ot-action></span>`;
  }

  #back() {
    return html`<button type="button" class="button bare back" aria-label=${this.t("back")}
      @click=${() => this.app.place.go({ conversation: "" })}>${icon("back")}</button>`;
  }

  #bare() {
    return html`<header class="pane-head thread-head">${this.#back()}</header>`;
  }

  /** @param {import("../order.js").Row} row */
  #owner(row) {
    if (row.status === "snoozed") return this.t("owner.now.snoozed", { until: moment(this.app.words, row.snoozed_until) });
    if (row.status === "resolved") return this.t("owner.now.none");
    const team = row.owner.kind === "queue" ? row.owner.id : "";
    if (row.owner.kind !== "agent") return this.t(`owner.now.${row.owner.kind}${team && ".team"}`, { team });
    return isMine(this.app) ? this.t("owner.now.me") : this.t("owner.now.agent", { name: row.owner.name });
  }

  /** A line above the thread, when there is something to know before reading. @param {import("../order.js").Row} row */
  #strip(row) {
    if (!row.merged_into) return "";
    return html`<p class="strip">${this.t("thread.merged")}
      <button type="button" class="button quiet" @click=${() => this.app.place.go({ view: "all", conversation: String(row.merged_into) })}>${this.t("thread.merged.go")}</button></p>`;
  }

  /** @param {import("../conversation.js").Conversation} conversation */
  #typing(conversation) {
    const parties = (conversation.thread?.typing.parties ?? []).filter((it) => !(it.kind === "agent" && it.id === this.app.agent.id));
    if (!parties.length) return "";
    const row = openRow(this.app);
    const names = parties.map((it) => (it.kind === "customer" ? customerName(this.app.words, row?.customer) : partyName(this.app, it)));
    return html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${this.t("thread.typing", { names: names.join(this.t("and")), n: names.length })}`;
  }

  /** @param {import("../conversation.js").Conversation} conversation */
  #failed(conversation) {
    const why = /** @type {import("../../sdk/failure.js").Failure} */ (conversation.problem);
    return html`${this.#bare()}
      <div class="empty middle" role="alert">
        <p>${this.app.errors.sentence(why)}</p>
        <p class="muted">${this.t("error.code", { code: why.code })}</p>
        <button type="button" class="button" @click=${() => conversation.open()}>${this.t("retry")}</button>
      </div>`;
  }
}

customElements.define("ot-thread", ThreadPane);
