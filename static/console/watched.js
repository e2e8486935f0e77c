/** A thing that can be watched: whoever watches is told that it changed, and looks for itself. */
export class Watched {
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /** @param {() => void} told @returns {() => void} call it to stop watching */
  watch(told) {
    this.#watchers.add(told);
    return () => this.#watchers.delete(told);
  }

  get watched() {
    return this.#watchers.size > 0;
  }

  changed() {
    for (const told of [...this.#watchers]) told();
  }
}
