/** One line of truth about the connection: nothing while all is well. */
import { html, nothing } from "../../vendor/lit.js";
import { Part } from "../part.js";

export class ConnectionLine extends Part {
  watches() {
    const { line } = this.app;
    return [line, line.state === "waiting" ? this.app.clock.seconds : null];
  }

  render() {
    const sentence = this.#sentence();
    return html`<p class="connection" role="status">${sentence
      ? html`<span class="dot ${this.app.line.offline ? "danger" : "warn"}"></span>${sentence}`
      : nothing}</p>`;
  }

  #sentence() {
    const { line } = this.app;
    if (line.state === "open" || !line.troubled) return "";
    const rest = line.queued ? " " + this.t("line.queued", { n: line.queued }) : "";
    if (line.offline) return this.t("line.offline") + rest;
    if (line.state === "closed") return this.t(line.reason === "replaced" ? "line.replaced" : "line.closed") + rest;
    return this.t("line.reconnecting") + rest;
  }
}

customElements.define("ot-connection", ConnectionLine);
