/** A whole page for agents: who is signed in is asked, the sign-in shown, then the desk that the page itself draws. */
import { html } from "../../vendor/lit.js";
import { Part } from "../part.js";
import "./sign-in.js";
import "./toasts.js";

export class Page extends Part {
  static properties = { problem: { state: true } };

  constructor() {
    super();
    /** @type {import("../../sdk/failure.js").Failure | null} */
    this.problem = null;
  }

  watches() {
    return [this.app.session, this.app.place, this.app.toasts];
  }

  /** Asks who is signed in. */
  async restore() {
    this.problem = null;
    try {
      await this.app.session.restore();
    } catch (why) {
      this.problem = /** @type {any} */ (why);
    }
  }

  shouldUpdate() {
    return !!this.app;
  }

  render() {
    const { state } = this.app.session;
    if (state === "asking") return this.problem ? this.#unreachable(this.problem) : html`<main class="sign-in" aria-busy="true"></main>`;
    if (state !== "in") return html`<ot-sign-in .app=${this.app}></ot-sign-in><ot-toasts .app=${this.app}></ot-toasts>`;
    return this.desk();
  }

  /** What a signed-in agent sees. @returns {unknown} */
  desk() {
    return "";
  }

  /** @param {import("../../sdk/failure.js").Failure} problem */
  #unreachable(problem) {
    return html`<main class="sign-in">
      <div class="empty" role="alert">
        <p>${this.app.errors.sentence(problem)}</p>
        <p class="muted">${this.t("error.code", { code: problem.code })}</p>
        <button type="button" class="button primary" @click=${this.restore}>${this.t("retry")}</button>
      </div>
    </main>`;
  }
}
