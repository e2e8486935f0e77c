/** The left rail: views with their counts, colleagues, my presence, the connection, the menu of settings. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { VIEWS } from "../place.js";
import { of } from "../presence.js";
import "./connection.js";
import "./menu.js";
import { settingsItems } from "../settings-menu.js";

export class Rail extends Part {
  watches() {
    return [this.app.place, this.app.inbox, this.app.presence, this.app.settings, this.app.session];
  }

  render() {
    return html`<nav class="views" aria-label=${this.t("views.label")}>
        <ul>${VIEWS.map((view, i) => this.#view(view, String(i + 1)))}</ul>
      </nav>
      <section class="team" aria-label=${this.t("team.label")}>
        <h2>${this.t("team.label")}</h2>
        <ul>${this.app.presence.colleagues.map((it) => this.#colleague(it))}</ul>
        ${this.app.presence.colleagues.length ? "" : html`<p class="muted">${this.t("team.empty")}</p>`}
      </section>
      <footer class="me">
        <ot-connection .app=${this.app}></ot-connection>
        ${this.#presence()}
        <ot-menu .app=${this.app} bare up icon="settings" label=${this.t("settings.label")}
          .items=${() => settingsItems(this.app)}></ot-menu>
      </footer>`;
  }

  /** @param {import("../place.js").View} view @param {string} key */
  #view(view, key) {
    const { place, inbox } = this.app;
    const n = inbox.counts[view] ?? 0;
    return html`<li>
      <a href="#/${view}" data-tip="${this.t(`command.view.${view}`)}  ${key}" aria-keyshortcuts=${key}
        aria-current=${place.view === view ? "page" : "false"}
        >${icon(view === "resolved" ? "resolve" : view)}<span class="grow">${this.t(`view.${view}`)}</span
        >${view === "mine" ? this.#unread() : ""}<span class="count tabular" ?hidden=${!n} aria-label=${this.t("count.conversations", { n })}>${n > 99 ? "99+" : n}</span></a
      >
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
      <span class="dot ${status}"></span><span class="grow clip" dir="auto">${it.name}</span>
      <span class="unseen">${this.t(`presence.${status}`)}</span>
      ${status === "offline" || it.capacity === undefined
        ? ""
        : html`<span class="muted tabular" title=${this.t("team.load", { n: it.load ?? 0, of: it.capacity })}>${it.load ?? 0}/${it.capacity}</span>`}
    </li>`;
  }

  #presence() {
    const status = this.app.presence.status;
    const on = status === "available";
    return html`<button type="button" class="button presence" role="switch" aria-checked=${on}
      aria-label=${this.t("presence.switch")} aria-keyshortcuts="p" data-tip="${this.t("presence.switch")}  P"
      ?disabled=${this.app.line.state !== "open"}
      @click=${() => this.app.actions.setPresence(on ? "away" : "available")}>
      <span class="dot ${status}"></span>
      <span class="clip grow"><span class="clip" dir="auto">${this.app.session.agent?.name}</span><span class="muted">${this.t(`presence.${status}`)}</span></span>
    </button>`;
  }
}

customElements.define("ot-rail", Rail);
