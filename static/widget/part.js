// Base of the widget's elements: plain DOM (one style sheet for all), and subscriptions that end with the element.

import { LitElement } from "../vendor/lit.js";

export class Part extends LitElement {
  /** @type {(() => void)[]} */
  #ends = [];

  createRenderRoot() {
    return this;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#ends.splice(0).forEach((end) => end());
  }

  /** Draws again when `emitter` says so. @param {import("../sdk/emitter.js").Emitter} emitter @param {string} type */
  watch(emitter, type, react = () => this.requestUpdate()) {
    this.until(emitter.on(type, react));
  }

  /** @param {EventTarget} target @param {string} type @param {(event: any) => void} react */
  hear(target, type, react, options = {}) {
    target.addEventListener(type, react, options);
    this.until(() => target.removeEventListener(type, react));
  }

  /** What ends together with the element. @param {() => void} end */
  until(end) {
    this.#ends.push(end);
  }

  /** Tells the element above. @param {string} type @param {any} [detail] */
  say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

/** Properties that are objects, never attributes. @param {string[]} names */
export const properties = (...names) => Object.fromEntries(names.map((name) => [name, { attribute: false }]));
