// Is the other side still there? A ping each interval; two without any frame in between, and it is not.

/** How long (ms) a probe after sleep or a network change may take. */
const PROBE = 5_000;
/** How long (ms) nothing may be heard while an answer is owed. Then a probe: TCP by itself would try for minutes. */
const OWED = 4_000;

export class Heartbeat {
  #missed = 0;
  /** @type {any} */
  #timer;
  /** @type {any} since the last frame (or the question after it), while an answer is owed */
  #silent;

  /**
   * @param {import("./platform.js").Platform} platform
   * @param {number} seconds the interval that `welcome` named
   * @param {import("./requests.js").Requests} requests
   * @param {() => void} ping
   * @param {() => void} dead
   */
  constructor(platform, seconds, requests, ping, dead) {
    this.platform = platform;
    this.interval = seconds * 1000;
    this.requests = requests;
    this.ping = ping;
    this.dead = dead;
    this.#wait();
  }

  /** Any frame is a sign of life: silence that follows is counted anew, and only where one more is due. */
  heard() {
    this.#missed = 0;
    this.platform.cancel(this.#silent);
    this.#silent = null;
    if (this.requests.open.size) this.asked();
  }

  /** Something was asked that must be answered: silence from now on is suspicious. */
  asked() {
    this.#silent ??= this.platform.after(() => this.probe(), OWED);
  }

  /** The machine slept or changed networks: find out now, not in a minute. */
  probe() {
    this.#missed = 1;
    this.ping();
    this.#wait(PROBE, 1);
  }

  stop() {
    this.platform.cancel(this.#timer);
    this.platform.cancel(this.#silent);
  }

  // Jittered, so that the clients of a restarted hub do not ping in step.
  #wait(ms = this.interval * (0.9 + 0.2 * this.platform.random()), allowed = 2) {
    this.platform.cancel(this.#timer);
    this.#timer = this.platform.after(() => this.#tick(allowed), ms);
  }

  /** @param {number} allowed */
  #tick(allowed) {
    if (this.#missed >= allowed) return this.dead();
    this.#missed++;
    this.ping();
    this.#wait();
  }
}
