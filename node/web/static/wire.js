// The operator's line to the node: the view of the show comes in, orders go out.

const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 5000;
const SILENCE_MS = 4000; // the node pushes each second
const ANSWER_MS = 5000;

/** Events: `show` (detail: the view), `link` (detail: "live" or "lost"). */
export class Wire extends EventTarget {
  #socket = null;
  #delayMs = FIRST_DELAY_MS;
  #silence = 0;
  #waiting = new Set();

  /** Watches for ever. */
  open() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/watch`);
    this.#socket = socket;
    this.#listen();
    socket.onmessage = ({ data }) => {
      this.#delayMs = FIRST_DELAY_MS;
      this.#listen();
      this.#tell("link", "live");
      this.#tell("show", JSON.parse(data));
    };
    socket.onclose = () => this.#again(socket);
  }

  /** Sends a command; resolves to the node's answer {ok, result} or {ok, code, message}. */
  command(order) {
    return this.#post("/api/command", order);
  }

  /** Breaks or mends a part of the demo. */
  fault(order) {
    return this.#post("/api/fault", order);
  }

  /** Whether this page may command: {ok} or {ok, code, message}. */
  async access() {
    try {
      return await (await fetch("/api/access")).json();
    } catch {
      return { ok: true };
    }
  }

  /** The same order again, while the first is on its way, is the same order. */
  async #post(path, order) {
    const body = JSON.stringify(order);
    if (this.#waiting.has(body)) return null;
    this.#waiting.add(body);
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return await answer.json();
    } catch {
      return { ok: false, code: "no_answer", message: "" };
    } finally {
      this.#waiting.delete(body);
    }
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#again(this.#socket), SILENCE_MS);
  }

  #again(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#silence);
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.#tell("link", "lost");
    setTimeout(() => this.open(), this.#delayMs);
    this.#delayMs = Math.min(LAST_DELAY_MS, this.#delayMs * 2);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
