// The demo shop's own sign-in: sample customers, one of whom is "signed in" in this browser.

/** @typedef {{key: string, name: string, language: string, note: string}} Customer */

/** @param {string} path @param {any} otherwise */
export const load = (path, otherwise) =>
  fetch(path).then((answer) => (answer.ok ? answer.json() : otherwise), () => otherwise);

/** @returns {Promise<Customer[]>} */
export const customers = () => load("/demo/customers", []);

/** Who is signed in here, by the name of the place (`shop`, `app`): two devices may be two people. */
export class Account {
  /** @param {string} place */
  constructor(place) {
    this.slot = `demo:${place}:customer`;
  }

  /** @returns {string | null} the customer's key */
  get current() {
    return localStorage.getItem(this.slot);
  }

  /** @param {string} key */
  signIn(key) {
    localStorage.setItem(this.slot, key);
  }

  signOut() {
    localStorage.removeItem(this.slot);
  }

  /** A real shop's back end would sign this for the customer of its own session. @returns {Promise<string>} */
  async token() {
    const answer = await fetch(`/demo/token?customer=${encodeURIComponent(this.current ?? "")}`);
    if (!answer.ok) throw new Error(`token: ${answer.status}`);
    return answer.text();
  }
}
