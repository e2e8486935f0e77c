/** Me at this desk: my presence, whether it rings here, the connection, the menu of settings. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { settingsItems } from "../settings-menu.js";
import "./connection.js";
import "./menu.js";

export class Me extends Part {
  static properties = { up: { type: Boolean } };

  constructor() {
    super();
    /** Its menu opens upwards. */
    this.up = false;
  }

  watches() {
    return [this.app.presence, this.app.settings, this.app.session, this.app.line];
  }

  render() {
    return html`<footer class="me">
      <ot-connection .app=${this.app}></ot-connection>
      ${this.#presence()}
      ${this.#sound()}
      <ot-menu .app=${this.app} bare ?up=${this.up} icon="settings" label=${this.t("settings.label")}
        .items=${() => settingsItems(this.app)}></ot-menu>
    </footer>`;
  }

  #sound() {
    const command = this.app.commands.find((it) => it.name === "sound");
    if (!command) return "";
    const on = this.app.settings.wishes.sound;
    return html`<button type="button" class="button bare" role="switch" aria-checked=${on}
      aria-label=${this.t("sound.switch")} aria-keyshortcuts=${command.key ?? ""} data-tip="${this.t(on ? "sound.on" : "sound.off")}  ${command.key}"
      @click=${() => command.run(this.app)}>${icon(on ? "sound" : "silent")}</button>`;
  }

  #presence() {
    const status = this.app.presence.status;
    const on = status === "available";
    return html`<button type="button" class="button presence" role="switch" aria-checked=${on}
      aria-label=${this.t("presence.switch")} aria-keyshortcuts="p" data-tip="${this.t("presence.switch")}  P"
      ?disabled=${this.app.line.state !== "open"}
      @click=${() => this.app.actions.setPresence(on ? "away" : "available")}>
      <span class="dot ${status}"></span>
      <span class="clip grow"><span class="clip"><bdi>${this.app.session.agent?.name}</bdi></span><span class="muted">${this.t(`presence.${status}`)}</span></span>
    </button>`;
  }
}

customElements.define("ot-me", Me);
