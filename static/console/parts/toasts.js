/** The corner where the console says what was done, with Undo. Errors carry their code for support. */
import { html, repeat } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";

export class ToastList extends Part {
  watches() {
    return [this.app.toasts];
  }

  render() {
    const { toasts } = this.app;
    return html`<div class="toasts" role="status" aria-live="polite"
      @pointerenter=${() => toasts.hold()} @pointerleave=${() => toasts.release()}
      @focusin=${() => toasts.hold()} @focusout=${() => toasts.release()}>
      ${repeat(toasts.shown, (it) => it.id, (it) => this.#toast(it))}
    </div>`;
  }

  /** @param {import("../toasts.js").Toast} it */
  #toast(it) {
    const { toasts } = this.app;
    const undo = () => {
      toasts.drop(it.id);
      it.undo?.();
    };
    return html`<div class="toast ${it.tone}">
      <span class="grow">${it.text}${it.code ? html` <code class="muted">${it.code}</code>` : ""}</span>
      ${it.undo ? html`<button type="button" class="button quiet" aria-keyshortcuts="u" @click=${undo}>${this.t("undo")} <kbd>U</kbd></button>` : ""}
      <button type="button" class="button bare quiet" aria-label=${this.t("close")} @click=${() => toasts.drop(it.id)}>${icon("close")}</button>
    </div>`;
  }
}

customElements.define("ot-toasts", ToastList);
