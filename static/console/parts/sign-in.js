/** The sign-in page, also shown over a session that ended: errors by name, and a wait when there were too many tries. */
import { Failure } from "../../sdk/failure.js";
import { html, nothing } from "../../vendor/lit.js";
import { Part } from "../part.js";
import { LANGUAGES } from "../words.js";

export class SignIn extends Part {
  static properties = { busy: { state: true }, problem: { state: true }, until: { state: true } };

  constructor() {
    super();
    this.busy = false;
    /** @type {Failure | null} */
    this.problem = null;
    /** Until when the hub wants no further try, epoch ms. */
    this.until = 0;
  }

  watches() {
    return [this.app.session, this.app.settings, this.until ? this.app.clock.seconds : null];
  }

  firstUpdated() {
    const first = this.app.session.agent ? "password" : "email";
    /** @type {HTMLInputElement | null} */ (this.querySelector(`[name=${first}]`))?.focus();
  }

  get seconds() {
    return Math.max(0, Math.ceil((this.until - this.app.clock.now()) / 1_000));
  }

  render() {
    const expired = this.app.session.state === "expired";
    const wait = this.seconds;
    return html`<main class="sign-in">
      <form @submit=${this.#submit} aria-labelledby="sign-in-title">
        <p class="brand"><span class="brand-mark" aria-hidden="true"></span>OneThread</p>
        <h1 id="sign-in-title">${this.t(expired ? "signin.again" : "signin.title")}</h1>
        ${expired ? html`<p class="muted">${this.t("signin.expired")}</p>` : ""}
        <label>${this.t("signin.email")}
          <input name="email" type="email" autocomplete="username" required
            .value=${this.app.session.agent?.email ?? ""} aria-describedby="sign-in-problem" />
        </label>
        <label>${this.t("signin.password")}
          <input name="password" type="password" autocomplete="current-password" required aria-describedby="sign-in-problem" />
        </label>
        <p id="sign-in-problem" class="problem" role="alert">${this.#sentence(wait)}</p>
        ${this.problem?.code === "kept_out"
          ? html`<a class="button wide" href=${location.href} target="_blank" rel="noopener">${this.t("signin.own_tab")}</a>`
          : ""}
        <button class="button primary wide" ?disabled=${this.busy || wait > 0}>
          ${this.t(this.busy ? "signin.busy" : "signin.submit")}
        </button>
      </form>
      <nav class="languages" aria-label=${this.t("settings.language")}>
        ${Object.entries(LANGUAGES).map(([tag, name]) => this.#language(tag, name))}
      </nav>
    </main>`;
  }

  /** @param {string} tag @param {string} name */
  #language(tag, name) {
    const chosen = this.app.words.language === tag;
    return html`<button type="button" lang=${tag} class="button quiet" aria-pressed=${chosen}
      @click=${() => this.app.settings.set({ language: tag })}>${name}</button>`;
  }

  /** @param {number} wait */
  #sentence(wait) {
    if (!this.problem) return nothing;
    if (wait > 0) return this.t("signin.throttled", { n: wait });
    if (this.problem.code === "login_throttled") return this.t("signin.throttle_over");
    if (this.problem.code === "auth_failed") return this.t("signin.wrong");
    return this.app.errors.sentence(this.problem);
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    this.busy = true;
    this.problem = null;
    try {
      await this.app.session.login(String(form.get("email")), String(form.get("password")));
    } catch (error) {
      this.#failed(error instanceof Failure ? error : new Failure("internal"));
    }
    this.busy = false;
  }

  /** @param {Failure} problem */
  #failed(problem) {
    this.problem = problem;
    if (problem.code === "login_throttled") this.until = this.app.clock.now() + (problem.retryAfter || 30) * 1_000;
    const input = /** @type {HTMLInputElement | null} */ (this.querySelector("[name=password]"));
    input?.focus();
    input?.select();
  }
}

customElements.define("ot-sign-in", SignIn);
