// What this device remembers, under one prefix, so that a logout can wipe it. Works without storage, too.

/** @returns {Storage | null} null where the browser forbids it */
function allowed() {
  try {
    localStorage.getItem("");
    return localStorage;
  } catch {
    return null;
  }
}

export class Memory {
  /** @param {string} prefix @param {Storage | null} [backing] */
  constructor(prefix, backing = allowed()) {
    this.prefix = prefix + ":";
    this.backing = backing;
    /** @type {Map<string, string>} what the backing refused to keep */
    this.own = new Map();
  }

  /** @param {string} key @returns {any} null when unknown */
  get(key) {
    const text = this.own.get(key) ?? this.backing?.getItem(this.prefix + key);
    return text ? JSON.parse(text) : null;
  }

  /** @param {string} key @param {any} value */
  set(key, value) {
    const text = JSON.stringify(value);
    try {
      /** @type {Storage} */ (this.backing).setItem(this.prefix + key, text);
    } catch {
      this.own.set(key, text); // full, forbidden or none: it lives as long as the page
    }
  }

  /** @param {string} key */
  remove(key) {
    this.own.delete(key);
    this.backing?.removeItem(this.prefix + key);
  }

  /** Keys that begin so, sorted. @param {string} [start] */
  keys(start = "") {
    const kept = Object.keys(this.backing ?? {}).filter((key) => key.startsWith(this.prefix));
    const all = [...this.own.keys(), ...kept.map((key) => key.slice(this.prefix.length))];
    return all.filter((key) => key.startsWith(start)).sort();
  }

  wipe() {
    for (const key of this.keys()) this.remove(key);
  }
}
