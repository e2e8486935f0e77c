// What is said about one conversation's calls over the ordinary socket: asked (and answered), told, heard.

/** Requests that may be in flight when the connection breaks are asked again by whoever asked: ids are made there. */
export class Signals {
  /**
   * @param {import("../sdk/socket.js").Socket} socket
   * @param {string} [conversation] an agent's socket carries many; a customer's carries one and need not say which
   */
  constructor(socket, conversation = "") {
    this.socket = socket;
    this.about = conversation ? { conversation } : {};
  }

  /** A fresh id, of a request or of our part in a call. */
  id() {
    return this.socket.id();
  }

  get open() {
    return this.socket.state === "open";
  }

  /** @param {string} type @param {object} d @param {string} [id] @returns {Promise<any>} the ack's `d`; rejects with a Failure */
  async ask(type, d, id) {
    return (await this.socket.request(type, { ...this.about, ...d }, id)).d ?? {};
  }

  /** Ephemeral: lost without a connection. @param {string} type @param {object} d */
  tell(type, d) {
    this.socket.send({ t: type, ...this.about, ...d });
  }

  /** @param {string} type of a frame, or `state` @param {(frame: any) => void} react @returns {() => void} how to stop */
  on(type, react) {
    return this.socket.on(type, react);
  }
}
