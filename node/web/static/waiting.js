// Viewers' messages that wait for the operator: approved or refused one by one.

import { byTest, make, say } from "./dom.js";
import { onLanguage, t } from "./text.js";

const EVERY_MS = 1000;
const MARKS = { approve: "✓", refuse: "✕" };
const LATER_MS = 15_000; // where nobody may look, or nothing is there to see

/** Polls the waiting messages; `judge(do, id)` resolves once the node has answered. */
export class Waiting {
  #judge;
  #waiting = [];

  constructor(judge) {
    this.#judge = judge;
    onLanguage(() => this.#draw());
    this.#poll();
  }

  /** The first message gets the focus, or the list if none waits. */
  focus() {
    (byTest("waiting").querySelector("li") ?? byTest("waiting")).focus();
  }

  /** Approves or refuses the message that has the focus; false if none has. */
  judgeFocused(verdict) {
    const row = document.activeElement?.closest?.("[data-message]");
    if (!row) return false;
    this.#settle(verdict, row.dataset.message);
    return true;
  }

  async #settle(verdict, id) {
    const index = this.#waiting.findIndex((one) => one.id === id);
    const isDone = await this.#judge(verdict, id);
    if (!isDone) return;
    this.#waiting = this.#waiting.filter((one) => one.id !== id);
    this.#draw();
    const rows = byTest("waiting").querySelectorAll("li");
    (rows[Math.min(index, rows.length - 1)] ?? byTest("waiting")).focus();
  }

  async #poll() {
    const answer = document.hidden ? null : await fetch("/api/crowd").catch(() => null);
    const told = answer?.ok ? await answer.json().catch(() => null) : null; // it may be cut off
    if (told) {
      this.#waiting = told.waiting;
      this.#draw();
    }
    byTest("waiting-section").hidden = answer !== null && !answer.ok && !this.#waiting.length;
    setTimeout(() => this.#poll(), answer && !answer.ok ? LATER_MS : EVERY_MS);
  }

  #draw() {
    const list = byTest("waiting");
    say(byTest("waiting-count"), this.#waiting.length ? String(this.#waiting.length) : "");
    const mark = JSON.stringify([this.#waiting.map(({ id }) => id), document.documentElement.lang]);
    if (list.dataset.drawn === mark) return;
    list.dataset.drawn = mark;
    const focused = document.activeElement?.closest?.("[data-message]")?.dataset.message;
    list.replaceChildren(...this.#waiting.map((one) => this.#row(one)));
    byTest("waiting-none").hidden = this.#waiting.length > 0;
    if (focused) list.querySelector(`[data-message="${CSS.escape(focused)}"]`)?.focus();
  }

  #row({ id, text, name }) {
    const verdict = (what, key) => {
      const button = make(
        `button.${what}`,
        { type: "button", title: t(`op.${what}`), ariaLabel: `${t(`op.${what}`)}: ${text}`, dataset: { testid: `${what}-${id}` } },
        make("span", { ariaHidden: "true" }, MARKS[what]),
        make("kbd", {}, key),
      );
      button.addEventListener("click", () => this.#settle(what, id));
      return button;
    };
    return make(
      "li",
      { tabIndex: -1, dataset: { message: id, testid: "waiting-message" } },
      make("p", {}, name ? make("b", { dir: "auto" }, name) : null, make("span", { dir: "auto" }, text)),
      verdict("approve", "A"),
      verdict("refuse", "X"),
    );
  }
}
