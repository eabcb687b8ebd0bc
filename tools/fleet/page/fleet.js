// The fleet as the controller knows it: a snapshot, then numbered differences; and orders to it.

const FIRST_DELAY_MS = 300;
const LAST_DELAY_MS = 8000;
const FLAT = ["node", "batch", "rollout", "claim"];

/** Events: `change` (detail: kinds and keys), `link` (detail: "live" or "lost"), `stranger`. */
export class Fleet extends EventTarget {
  nodes = new Map();
  batches = new Map();
  rollouts = new Map();
  claims = new Map();
  line = { is_up: false, org: "", broker: "" };
  me = { name: "", role: "viewer" };
  isLinked = false;
  #n = 0;
  #skewMs = 0;
  #delayMs = FIRST_DELAY_MS;
  #socket = null;
  #seen = [];

  /** The controller's clock, Unix ms. */
  now() {
    return Date.now() + this.#skewMs;
  }

  /** Whether this person may do what needs `role`. */
  may(role) {
    const order = ["viewer", "operator", "admin"];
    return order.indexOf(this.me.role) >= order.indexOf(role);
  }

  /** Watches for ever, once there is a token. */
  async open() {
    const me = await fetch("/v1/me").catch(() => null);
    if (me?.status === 401) return this.#tell("stranger");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/v1/watch`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(new TextDecoder().decode(data)));
    socket.onclose = () => this.#again(socket);
  }

  /** Says whose picture is looked at. */
  see(names) {
    this.#seen = names;
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ see: names }));
    }
  }

  /** Asks; throws a `Refused`. */
  get(path) {
    return this.#ask("GET", path);
  }

  /** Orders; throws a `Refused`. */
  post(path, content = {}) {
    return this.#ask("POST", path, content);
  }

  /** Commands some nodes; the action's name. */
  async command(type, data, select, extra = {}) {
    return (await this.post("/v1/commands", { type, data, select, ...extra })).batch;
  }

  async #ask(method, path, content) {
    const answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: content === undefined ? undefined : JSON.stringify(content),
    }).catch(() => null);
    if (!answer) throw new Refused("unreachable", "");
    const found = await answer.json().catch(() => ({}));
    if (answer.status === 401) this.#tell("stranger");
    if (!answer.ok) throw new Refused(found.error?.code ?? "internal", found.error?.message ?? "");
    return found;
  }

  #take(message) {
    this.#skewMs = message.now - Date.now();
    this.#delayMs = FIRST_DELAY_MS;
    if (message.snapshot) {
      this.#begin(message);
    } else if (message.n === this.#n + 1) {
      this.#n = message.n;
      this.#apply(message.changes);
    } else {
      this.#socket.close(); // a step is missing: begin again
    }
  }

  #begin({ n, me, snapshot }) {
    this.#n = n;
    this.me = me;
    this.line = snapshot.line;
    this.nodes = new Map(snapshot.nodes.map((one) => [one.id, one]));
    this.batches = new Map(snapshot.batches.map((one) => [one.batch, one]));
    this.rollouts = new Map(snapshot.rollouts.map((one) => [one.id, one]));
    this.claims = new Map(snapshot.claims.map((one) => [one.id, one]));
    this.isLinked = true;
    this.see(this.#seen);
    this.#tell("link", "live");
    this.#tell("change", null);
  }

  #apply(changes) {
    for (const { kind, key, value } of changes) {
      if (kind === "line") this.line = value;
      if (!FLAT.includes(kind)) continue;
      const all = { node: this.nodes, batch: this.batches, rollout: this.rollouts, claim: this.claims }[kind];
      if (value === null) all.delete(key);
      else all.set(key, value);
    }
    this.#tell("change", changes);
  }

  #again(socket) {
    if (socket !== this.#socket) return;
    this.isLinked = false;
    this.#tell("link", "lost");
    setTimeout(() => this.open(), this.#delayMs);
    this.#delayMs = Math.min(LAST_DELAY_MS, this.#delayMs * 2);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** What the controller refuses; `code` is translated for people. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
