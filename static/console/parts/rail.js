/** The left rail: views with their counts, colleagues, and me. */
import { html } from "../../vendor/lit.js";
import { overrules } from "../commands.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { VIEWS } from "../place.js";
import { of } from "../presence.js";
import "./me.js";

export class Rail extends Part {
  watches() {
    return [this.app.place, this.app.inbox, this.app.presence, this.app.session, this.app.integrations];
  }

  render() {
    return html`<nav class="views" aria-label=${this.t("views.label")}>
        <ul>${VIEWS.map((view, i) => this.#view(view, String(i + 1)))}${overrules(this.app) ? html`${this.#integrations()}${this.#calls()}` : ""}</ul>
      </nav>
      <section class="team" aria-label=${this.t("team.label")}>
        <h2>${this.t("team.label")}</h2>
        <ul>${this.app.presence.colleagues.map((it) => this.#colleague(it))}</ul>
        ${this.app.presence.colleagues.length ? "" : html`<p class="muted">${this.t("team.empty")}</p>`}
      </section>
      <ot-me .app=${this.app} up></ot-me>`;
  }

  /** @param {import("../place.js").View} view @param {string} key */
  #view(view, key) {
    const { place, inbox } = this.app;
    const n = inbox.counts[view] ?? 0;
    return html`<li>
      <a href="#/${view}" data-tip="${this.t(`command.view.${view}`)}  ${key}" aria-keyshortcuts=${key}
        aria-current=${place.view === view && !place.page ? "page" : "false"}
        >${icon(view === "resolved" ? "resolve" : view)}<span class="grow">${this.t(`view.${view}`)}</span
        >${view === "mine" ? this.#unread() : ""}<span class="count tabular" ?hidden=${!n} aria-label=${this.t("count.conversations", { n })}>${n > 99 ? "99+" : n}</span></a
      >
    </li>`;
  }

  #integrations() {
    const n = this.app.integrations.ailing;
    return html`<li class="apart">
      <a href="#/integrations" data-tip="${this.t("command.integrations")}  6" aria-keyshortcuts="6" aria-current=${this.app.place.page === "integrations" ? "page" : "false"}
        >${icon("integrations")}<span class="grow">${this.t("integrations.title")}</span
        >${n ? html`<span class="badge danger tabular" role="img" aria-label=${this.t("integrations.ailing", { n })}>${n}</span>` : ""}</a>
    </li>`;
  }

  #calls() {
    return html`<li>
      <a href="#/calls" data-tip="${this.t("command.calls")}  7" aria-keyshortcuts="7" aria-current=${this.app.place.page === "calls" ? "page" : "false"}
        >${icon("listen")}<span class="grow">${this.t("live.title")}</span></a>
    </li>`;
  }

  #unread() {
    const n = this.app.inbox.unread;
    return n ? html`<span class="badge tabular" role="img" aria-label=${this.t("count.unread", { n })}>${n > 99 ? "99+" : n}</span>` : "";
  }

  /** @param {import("../session.js").Colleague} it */
  #colleague(it) {
    const status = of(it.status);
    return html`<li class="colleague">
      <span class="dot ${status}"></span><span class="grow clip"><bdi>${it.name}</bdi></span>
      <span class="unseen">${this.t(`presence.${status}`)}</span>
      ${status === "offline" || it.capacity === undefined
        ? ""
        : html`<span class="muted tabular" title=${this.t("team.load", { n: it.load ?? 0, of: it.capacity })}>${it.load ?? 0}/${it.capacity}</span>`}
    </li>`;
  }
}

customElements.define("ot-rail", Rail);
