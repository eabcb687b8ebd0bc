// The booth's screen for who asks aloud: the light, what was understood, the answer, TALK.

import { byTest, make, say } from "./dom.js";
import { drawLight, earIcon } from "./ear.js";
import { lang, pick, t } from "./text.js";
import { Wire } from "./wire.js";

const SHOWN_MS = 12_000;
const REJECTED_MS = 2500;
const ACCESS_MS = 30_000;

/** Draws what the node says of its ear; `languages()` are those of the show, the first one large. */
export class KioskVoice {
  #languages;
  #wire = new Wire();
  #ear = { ear: "off" };
  #turn = null;
  #timer = 0;
  #mayCommand = false;
  #isTouched = matchMedia("(any-pointer: coarse)").matches || new URLSearchParams(location.search).has("talk");

  constructor(languages) {
    this.#languages = languages;
    byTest("talk").addEventListener("click", () => this.#talk());
    byTest("ear-mute").addEventListener("click", () => this.#mute());
    byTest("misheard").addEventListener("click", () => this.#reject());
    if (this.#isTouched) this.#askAccess();
    this.draw();
  }

  /** Takes a message of the node; true if it was one of the ear. */
  hear(message) {
    if (message.t === "ear") this.#ear = message;
    else if (message.t === "turn") this.#show(message);
    else return false;
    this.draw();
    return true;
  }

  /** Draws all anew, as in another language. */
  draw() {
    const { ear, duplex, simulated } = this.#ear;
    const isOff = ear === "off";
    byTest("ear").hidden = isOff;
    if (!isOff) {
      const made = simulated ? [" · ", ...this.#inAll("ear.simulated")] : [];
      drawLight(byTest("light"), ear, ...this.#inAll(`ear.${ear}`), ...made);
      this.#notices(ear, duplex);
    }
    this.#drawTurn();
    this.#drawButtons(ear);
  }

  /** Says in each language when the microphone listens, and whether an answer may be interrupted. */
  #notices(ear, duplex) {
    const names = this.#languages();
    const list = byTest("ear-notice");
    const words = names.map((name) =>
      ear === "muted" || ear === "resting" ? t(`ear.notice_${ear}`, {}, name) : `${t("ear.notice", {}, name)} · ${t(`ear.${duplex}`, {}, name)}`,
    );
    const mark = JSON.stringify(words);
    if (list.dataset.drawn === mark) return;
    list.dataset.drawn = mark;
    list.replaceChildren(...words.map((line, at) => make("span", { lang: names[at] }, line)));
  }

  #show(turn) {
    const isOld = this.#turn && turn.number < this.#turn.number;
    if (isOld) return;
    this.#turn = turn;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#forget(), turn.rejected ? REJECTED_MS : SHOWN_MS);
  }

  #forget() {
    this.#turn = null;
    this.#drawTurn();
  }

  #drawTurn() {
    const panel = byTest("turn");
    const turn = this.#turn;
    panel.hidden = !turn;
    if (!turn) return;
    panel.dataset.number = turn.number;
    panel.dataset.rejected = turn.rejected;
    const spoken = turn.locale.split(/[-_]/)[0] || lang();
    say(byTest("understood"), turn.intent || turn.label[turn.locale] ? pick(turn.label, spoken) : t("turn.unknown", {}, spoken));
    byTest("understood").lang = byTest("answer").lang = spoken;
    say(byTest("answer"), answerOf(turn, spoken));
    const button = byTest("misheard");
    button.hidden = turn.rejected || !this.#canPress();
    button.setAttribute("aria-label", t("turn.reject", { label: pick(turn.label, spoken) }, spoken));
  }

  #drawButtons(ear) {
    byTest("talk-bar").hidden = ear === "off" || ear === "resting" || !this.#canPress();
    const button = byTest("talk");
    const isOpen = ear === "listening" || ear === "sending";
    button.setAttribute("aria-pressed", String(isOpen));
    const word = t(isOpen ? "talk.speak" : "talk.press", {}, this.#languages()[0]);
    if (button.dataset.drawn !== `${ear}${word}`) {
      button.dataset.drawn = `${ear}${word}`;
      button.replaceChildren(earIcon(isOpen ? "listening" : "armed"), make("b", {}, word));
    }
    byTest("consent").hidden = !this.#ear.may_send || isOpen;
    byTest("consent-text").replaceChildren(...this.#inAll("talk.consent"));
    const mute = byTest("ear-mute");
    mute.hidden = ear === "muted";
    mute.setAttribute("aria-label", t("talk.mute"));
    if (!mute.childElementCount) mute.append(earIcon("muted"));
  }

  /** A text in the languages of the show, the second one quieter. */
  #inAll(key) {
    const [first, ...others] = this.#languages();
    return [t(key, {}, first), ...others.flatMap((name) => [" ", make("span", { lang: name }, t(key, {}, name))])];
  }

  #canPress() {
    return this.#isTouched && this.#mayCommand;
  }

  /** The consent holds for this turn alone, so the box is empty again. */
  #talk() {
    const box = byTest("consent-box");
    const maySend = Boolean(this.#ear.may_send) && box.checked;
    box.checked = false;
    this.#wire.command({ do: "talk", is_pressed: true, may_send: maySend });
  }

  #mute() {
    this.#wire.command({ do: "ear.mute", is_muted: true });
  }

  #reject() {
    if (this.#turn) this.#wire.command({ do: "misheard", number: this.#turn.number });
  }

  /** Only a screen that may command has buttons: the node's own, or one with the operator's token. */
  async #askAccess() {
    this.#mayCommand = (await this.#wire.access()).ok;
    this.draw();
    setTimeout(() => this.#askAccess(), ACCESS_MS);
  }
}

function answerOf(turn, spoken) {
  if (turn.rejected) return t("turn.rejected", {}, spoken);
  if (turn.drawn) return ""; // it stands in the picture already
  const answer = pick(turn.answer, spoken);
  if (turn.waits) return answer || t(`turn.waits_${turn.by}`, {}, spoken);
  return answer;
}
