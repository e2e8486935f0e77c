// One conversation's log as far as this page has it: the newest stretch, in order, without repeats.

/**
 * @typedef {object} EventFrame
 * @property {string} conversation
 * @property {number} seq
 * @property {number} at epoch milliseconds
 * @property {string} type
 * @property {string} id the ULID of the request that caused it
 * @property {{kind: string, id: string, name: string}} by
 * @property {string} channel
 * @property {any} d
 */

export class Log {
  /** @type {EventFrame[]} rising by seq */
  events = [];
  epoch = "";
  /** Everything visible up to here is held or older than what is held: the place to resume from. */
  seq = 0;
  /** The highest seq heard of; beyond `seq` while something in between is missing. */
  tip = 0;
  live = false;
  /** From here on every visible event is held: the next older page ends here. 0 = nothing was heard yet. */
  start = 0;
  /** There are older events that are not held. */
  more = false;

  /** @param {string} conversation @param {number} [upto] an absorbed log ends here */
  constructor(conversation, upto = Infinity) {
    this.conversation = conversation;
    this.upto = upto;
  }

  /** What `hello.resume` says of it; null when the newest page is wanted. */
  get point() {
    return this.epoch && this.seq ? { epoch: this.epoch, seq: this.seq } : null;
  }

  /** A live or replayed event. @param {EventFrame} event @returns {"new" | "dup" | "gap"} */
  take(event) {
    const isNew = this.#insert(event);
    const gap = this.live && event.seq > this.tip + 1;
    this.tip = Math.max(this.tip, event.seq);
    // While replaying, the hub sends in order and hidden events leave holes that are none.
    if (!this.live || event.seq === this.seq + 1) this.seq = Math.max(this.seq, event.seq);
    return gap ? "gap" : isNew ? "new" : "dup";
  }

  /** Nothing for this reader up to `seq`. @param {number} seq */
  next(seq) {
    if (this.seq === this.tip) this.seq = Math.max(this.seq, seq);
    this.tip = Math.max(this.tip, seq);
  }

  /** The replay is over. @param {{seq: number, oldest: number}} frame */
  wentLive({ seq, oldest }) {
    this.live = true;
    this.seq = this.tip = Math.max(this.seq, seq);
    if (this.start) return;
    this.start = oldest;
    this.more = oldest > 1;
  }

  /** The connection is gone: the next one replays. */
  interrupted() {
    this.live = false;
    this.tip = this.seq;
  }

  /** Its life changed, or too much was missed: start with the newest page again. @param {string} [epoch] */
  reset(epoch = this.epoch) {
    Object.assign(this, { events: [], epoch, seq: 0, tip: 0, live: false, start: 0, more: false });
  }

  /**
   * A page of history before `before` (0 = from the newest). `oldest` may lie before its first visible event.
   * @param {number} before @param {{events: EventFrame[], more: boolean, oldest: number}} page
   */
  page(before, { events, more, oldest }) {
    for (const event of events) this.#insert(event);
    if (this.start && before > this.start) return; // it filled a hole
    this.start = oldest;
    this.more = more;
  }

  /** What was missing before `tip` has been read. */
  filled() {
    this.seq = this.tip;
  }

  /** @param {EventFrame} event @returns {boolean} whether it was new */
  #insert(event) {
    if (event.seq > this.upto) return false;
    let at = this.events.length;
    while (at && this.events[at - 1].seq > event.seq) at--;
    if (this.events[at - 1]?.seq === event.seq) return false;
    this.events.splice(at, 0, event);
    return true;
  }
}
