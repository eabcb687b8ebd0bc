// What the booth was asked, on the operator's page: the ear, its level, each question, who answers.

import { byTest, make, say } from "./dom.js";
import { drawLight } from "./ear.js";
import { productName } from "./lists.js";
import { lang, pick, t } from "./text.js";

const SILENCE_DB = -60; // the meter's left end
const SHOWN = 20;

/** Draws ear and questions; `reject(number)` takes a turn back, `attend(number, text)` answers one. */
export function drawQuestions(view, { reject, attend }) {
  const { voice } = view.status;
  const isThere = voice.ear !== "off" || voice.trouble !== "" || view.questions.length > 0;
  document.body.classList.toggle("has-voice", isThere);
  byTest("questions-section").hidden = !isThere;
  if (!isThere) return;
  drawEar(voice);
  drawTurns(view, reject, attend);
}

/** What the operator may do with the voice, by button and by key; `order` sends, `viewNow` gives the view. */
export function voiceActs(order, viewNow) {
  const voice = () => viewNow()?.status.voice ?? { ear: "off" };
  const where = (may, command) => () => may(voice()) && order(command());
  const talk = where(hasEar, () => ({ do: "talk" }));
  const mute = where(mayMute, () => ({ do: "ear.mute", is_muted: voice().ear !== "muted" }));
  const hush = where(mayHush, () => ({ do: "hush" }));
  const reject = (number) => order({ do: "misheard", number });
  const attend = (number, text) => order({ do: "attend", number, text: text ? { [lang()]: text } : {} });
  return { buttons: { talk, hush, "ear.mute": mute }, keys: { t: talk, v: mute, q: hush }, reject, attend };
}

const hasEar = (voice) => voice.ear !== "off";
const mayMute = (voice) => hasEar(voice) || Boolean(voice.lost); // a lost microphone hears once it is back
const mayHush = (voice) => hasEar(voice) || Boolean(voice.speaking); // written questions are answered aloud too

function drawEar(voice) {
  const isDeaf = voice.ear === "off" && voice.trouble !== "";
  drawLight(byTest("ear-light"), voice.ear, t(isDeaf ? "ear.deaf" : `ear.${voice.ear}`));
  const isResting = voice.ear === "resting";
  const meter = byTest("ear-level");
  const share = Math.max(0, Math.min(1, 1 - voice.level_db / SILENCE_DB));
  meter.hidden = voice.ear === "off" || isResting;
  meter.setAttribute("aria-valuenow", String(Math.round(voice.level_db)));
  meter.setAttribute("aria-valuetext", `${Math.round(voice.level_db)} dBFS`);
  meter.firstElementChild.style.transform = `scaleX(${share.toFixed(3)})`;
  meter.dataset.isLoud = String(voice.level_db > -6);
  byTest("ear-made").hidden = !voice.simulated;
  const words = [voice.microphone, t(`ear.short_${voice.duplex}`), voice.speaking ? t("ear.speaking") : ""];
  const facts = isResting ? [t("ear.again", { n: voice.again_s })] : voice.ear === "off" ? [] : words;
  say(byTest("ear-facts"), facts.filter(Boolean).join(" · "));
  const trouble = troubleOf(voice);
  byTest("ear-trouble").hidden = !trouble;
  say(byTest("ear-trouble"), trouble);
  const isMuted = voice.ear === "muted";
  byTest("mute-ear").setAttribute("aria-pressed", String(isMuted));
  byTest("talk-ear").setAttribute("aria-pressed", String(voice.ear === "listening"));
  byTest("talk-ear").disabled = !hasEar(voice) || isResting;
  byTest("mute-ear").disabled = !mayMute(voice);
  byTest("hush").disabled = !mayHush(voice);
  byTest("hush").classList.toggle("is-on", voice.speaking);
}

/** What staff should know of the ear; without a number that changes, as it is read aloud. */
function troubleOf(voice) {
  if (voice.trouble) return voice.trouble;
  if (voice.ear === "resting") return t("ear.rests");
  return voice.clipped_percent ? t("ear.too_loud", { n: voice.clipped_percent }) : "";
}

function drawTurns(view, reject, attend) {
  const list = byTest("questions");
  const turns = view.questions.slice(-SHOWN).reverse();
  byTest("questions-none").hidden = turns.length > 0;
  const mark = JSON.stringify([turns.map(({ age_s: _, ...turn }) => turn), document.documentElement.lang]);
  if (list.dataset.drawn !== mark) {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    list.dataset.drawn = mark;
    const begun = new Map([...list.querySelectorAll("input")].map((field) => [field.dataset.key, field.value]));
    list.replaceChildren(...turns.map((turn) => turnRow(turn, view, reject, attend)));
    for (const field of list.querySelectorAll("input")) field.value = begun.get(field.dataset.key) ?? "";
    if (focused) list.querySelector(`[data-key="${focused}"]`)?.focus();
  }
  turns.forEach(({ age_s: age }, at) => say(list.children[at].querySelector("time"), ageOf(age)));
}

function turnRow(turn, view, reject, attend) {
  const label = turn.intent || Object.keys(turn.label).length ? pick(turn.label, lang()) : t("turn.unknown");
  const answer = turn.rejected ? t("turn.rejected") : pick(turn.answer, lang()) || (turn.waits ? t(`turn.waits_${turn.by}`) : "");
  const button = make(
    "button.reject",
    { type: "button", title: t("turn.reject", { label }), ariaLabel: t("turn.reject", { label }), dataset: { key: `reject-${turn.number}`, testid: `reject-${turn.number}` } },
    "✕",
  );
  button.addEventListener("click", () => reject(turn.number));
  const product = turn.product ? productName(turn.product, view) : "";
  return make(
    "li",
    { dataset: { testid: "question", number: turn.number, by: turn.by, waits: turn.waits, rejected: turn.rejected } },
    make("div", {}, make("b", {}, label), product ? make("small", {}, product) : null, make("span.by", {}, t(turn.waits ? `turn.to_${turn.by}` : `turn.by_${turn.by}`)), make("small", {}, t(`turn.${turn.way}`)), make("time", {})),
    make("p", { dir: "auto" }, answer),
    turn.rejected ? null : button,
    turn.waits && turn.by === "staff" ? reply(turn.number, label, attend) : null,
  );
}

/** What staff says to it is said by the booth; nothing written: it was answered in person. */
function reply(number, label, attend) {
  const name = t("turn.answer", { label });
  const field = make("input", { type: "text", maxLength: 200, ariaLabel: name, placeholder: t("turn.answer_here"), dataset: { key: `answer-${number}`, testid: `answer-${number}` } });
  const done = make("button", { type: "submit", title: t("turn.done"), ariaLabel: t("turn.done"), dataset: { testid: `done-${number}` } }, "✓");
  const form = make("form.reply", {}, field, done);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attend(number, field.value.trim());
  });
  return form;
}

function ageOf(seconds) {
  return seconds < 60 ? t("turn.seconds", { n: Math.floor(seconds) }) : t("turn.minutes", { n: Math.floor(seconds / 60) });
}
