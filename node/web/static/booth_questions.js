// A viewer's typed questions to the booth, and the answers that come back to this page alone.

import { byTest, make, say } from "./dom.js";
import { hasText, lang, onLanguage, pick, t } from "./text.js";

const KEPT = 2;
const PATIENCE_MS = 10_000;

/** The choice between a message to all and a question to the booth; `send` speaks to the node. */
export class Asking {
  #send;
  #asked = []; // {id, text, told, timer}
  #next = 1;
  #maySend = false; // whether the booth has a cloud at all

  constructor(send) {
    this.#send = send;
    for (const box of document.querySelectorAll("[name=say-mode]")) box.addEventListener("change", () => this.#label());
    onLanguage(() => {
      this.#label();
      this.#draw();
    });
  }

  /** Whether what is typed is a question to the booth. */
  get isOn() {
    return !byTest("modes").hidden && byTest("mode-ask").checked;
  }

  /** Takes a message of the node; true if it was one for this part of the page. */
  hear(message) {
    if (message.t === "ear") this.#offer(message);
    else if (message.t === "answer") this.#answered(message);
    else return false;
    this.#label();
    return true;
  }

  /** Asks; false where nobody hears it now. */
  ask(text) {
    const id = this.#next;
    const isHeard = this.#send({ t: "ask", text, lang: lang(), id, may_send: byTest("consent-box").checked });
    if (!isHeard) return false;
    byTest("consent-box").checked = false; // it holds for this question alone
    this.#next += 1;
    const timer = setTimeout(() => this.#answered({ id, state: "refused", code: "no_answer" }), PATIENCE_MS);
    this.#asked.push({ id, text, told: null, timer });
    for (const { timer: old } of this.#asked.splice(0, this.#asked.length - KEPT)) clearTimeout(old);
    this.#draw();
    return true;
  }

  #answered(message) {
    const one = this.#asked.find(({ id }) => id === message.id);
    if (!one) return;
    clearTimeout(one.timer);
    one.told = message;
    this.#draw();
  }

  #offer({ asks, may_send: maySend }) {
    byTest("modes").hidden = !asks;
    this.#maySend = Boolean(maySend);
  }

  #label() {
    byTest("consent").hidden = !(this.isOn && this.#maySend);
    byTest("say-text").setAttribute("aria-label", t(this.isOn ? "ask.field" : "crowd.say"));
    byTest("say-text").placeholder = t(this.isOn ? "ask.field" : "crowd.say");
  }

  #draw() {
    const list = byTest("answers");
    const lines = this.#asked.map(({ id, text, told }) => ({ id, text, state: told?.state ?? "asked", words: wordOf(told) }));
    const mark = JSON.stringify(lines);
    if (list.dataset.drawn === mark) return;
    list.dataset.drawn = mark;
    list.replaceChildren(
      ...lines.map(({ id, text, state, words }) =>
        make(
          "li",
          { dataset: { testid: "asked", id, state } },
          make("p.question", { dir: "auto" }, text),
          make("p.answer", { dir: "auto", dataset: { testid: "asked-answer" } }, words),
        ),
      ),
    );
    say(byTest("said"), "");
  }
}

function wordOf(told) {
  if (!told) return t("ask.asked");
  const answer = pick(told.answer, lang());
  if (told.state === "refused") return hasText(`ask.${told.code}`) ? t(`ask.${told.code}`) : t("ask.no_answer");
  if (told.state === "waits") return answer || t(`turn.waits_${told.by}`);
  return [pick(told.label, lang()), answer || t("turn.unknown")].filter(Boolean).join(" ");
}
