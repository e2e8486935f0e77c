/** Unsent texts, per conversation, kept on the device: a reload or a lost session loses no sentence. */

/** @typedef {"reply" | "note"} Tab */

export class Drafts {
  /** @param {import("../sdk/storage.js").Memory} memory this agent's, so that another one here doesn't see them */
  constructor(memory) {
    this.memory = memory;
  }

  /** @param {string} conversation @param {Tab} tab @returns {string} */
  get(conversation, tab) {
    return this.memory.get(`draft:${tab}:${conversation}`) ?? "";
  }

  /** @param {string} conversation @param {Tab} tab @param {string} text */
  set(conversation, tab, text) {
    const key = `draft:${tab}:${conversation}`;
    if (text.trim()) this.memory.set(key, text);
    else this.memory.remove(key);
  }
}
