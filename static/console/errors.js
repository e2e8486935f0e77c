/** Error codes as sentences in the agent's language. */

export class Errors {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
  }

  /** What happened, what is safe, what to do. @param {{code?: string, message?: string}} why */
  sentence({ code = "internal", message }) {
    const key = `error.${code}`;
    return this.words.has(key) ? this.words.t(key) : message || this.words.t("error.internal");
  }
}
