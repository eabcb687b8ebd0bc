// What viewers say to each other on the viewer's page: likes, messages, and what is coming soon.

import { byTest, make, say } from "./dom.js";
import { Hearts, inShort, LikeSender } from "./hearts.js";
import { lang, onLanguage, t } from "./text.js";

const SHOWN = 3;
const STAYS_MS = 14_000;
const THANKS_MS = 6000;

/** The like button, the message box and the approved messages; `send` speaks to the node, `asking` asks. */
export class Crowd {
  #send;
  #asking;
  #hearts = new Hearts(byTest("hearts"), byTest("shelf"));
  #likes;
  #total = 0;
  #own = 0;
  #soonTimer = 0;
  #thanksTimer = 0;

  constructor(send, asking) {
    this.#send = send;
    this.#asking = asking;
    this.#likes = new LikeSender((message) => send(message));
    byTest("like").addEventListener("click", () => this.#like());
    byTest("say").addEventListener("submit", (event) => this.#speak(event));
    onLanguage(() => this.#showTotal());
  }

  /** Takes a message of the node; true if it was one for this part of the page. */
  hear(message) {
    const acts = { crowd: () => this.#count(message), message: () => this.#show(message), soon: () => this.#soon(message) };
    acts[message.t]?.();
    return message.t in acts;
  }

  #like() {
    this.#own += 1;
    this.#likes.add();
    this.#hearts.pour(1);
    this.#showTotal();
  }

  /** The node counts our own likes too: those already rose here. */
  #count({ likes, delta }) {
    const own = Math.min(this.#own, delta);
    this.#own -= own;
    this.#total = likes;
    this.#hearts.pour(delta - own);
    this.#showTotal();
  }

  #showTotal() {
    const count = this.#total + this.#own;
    say(byTest("likes"), count ? inShort(count, lang()) : "");
    byTest("like").setAttribute("aria-label", t("crowd.like", { n: inShort(count, lang()) }));
  }

  #speak(event) {
    event.preventDefault();
    const box = byTest("say-text");
    const text = box.value.trim();
    if (!text) return;
    const isQuestion = this.#asking.isOn;
    const isHeard = isQuestion ? this.#asking.ask(text) : this.#send({ t: "say", text });
    if (isHeard) box.value = "";
    say(byTest("said"), isHeard ? (isQuestion ? "" : t("crowd.thanks")) : t("crowd.unheard"));
    clearTimeout(this.#thanksTimer);
    this.#thanksTimer = setTimeout(() => say(byTest("said"), ""), THANKS_MS);
  }

  #show({ id, text, name }) {
    const list = byTest("messages");
    const line = make("li", { dataset: { id } }, name ? make("b", { dir: "auto" }, name) : null, make("span", { dir: "auto" }, text));
    list.append(line);
    while (list.childElementCount > SHOWN) list.firstElementChild.remove();
    setTimeout(() => line.classList.add("is-fading"), STAYS_MS);
    setTimeout(() => line.remove(), STAYS_MS + 1200);
  }

  #soon({ in_s: seconds }) {
    const hint = byTest("soon");
    hint.replaceChildren(make("i", { ariaHidden: "true" }), make("span", { dataset: { t: "crowd.soon" } }, t("crowd.soon")));
    hint.style.setProperty("--in", `${seconds}s`);
    clearTimeout(this.#soonTimer);
    this.#soonTimer = setTimeout(() => hint.replaceChildren(), seconds * 1000);
  }
}
