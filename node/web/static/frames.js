// Holds what the node says of a picture until that very picture is on screen.

const HALF = 0x80000000;
const PATIENCE_MS = 3000; // a frame that was lost on the way is waited for no longer

/** Whether RTP time `a` is at or after `b`; both uint32, the nearer way round the wrap counts. */
export function hasReached(a, b) {
  return (a - b) >>> 0 < HALF;
}

/** Messages in the order in which they came, each with the RTP time of its frame as `rtp`. */
export class CueQueue {
  #waiting = [];

  /** Keeps a message; `now` in ms. */
  push(message, now) {
    this.#waiting.push({ message, since: now });
  }

  /** The messages due with the frame `rtp` (undefined: the browser does not say), oldest first. */
  due(rtp, now) {
    const isDue = ({ message, since }) =>
      rtp === undefined || hasReached(rtp, message.rtp) || now - since > PATIENCE_MS;
    const last = this.#waiting.findLastIndex(isDue);
    return this.#waiting.splice(0, last + 1).map(({ message }) => message);
  }

  /** Forgets all: another session counts RTP time from elsewhere. */
  clear() {
    this.#waiting = [];
  }
}
