// An age beside every number, counted from its arrival at the controller; what is old turns grey, then goes.

import { make } from "./dom.js";
import { t } from "./words.js";

const STALE_PERIODS = 3;
const GONE_PERIODS = 10;

/** A number with its age; `at` Unix ms of the controller, `periodMs` how often it comes. */
export function reading(text, at, periodMs, label = "") {
  const value = make("b", {}, text);
  const element = make(
    "span.reading",
    { dataset: { at, period: periodMs, text } },
    label ? make("small", {}, label) : null,
    value,
    make("i.age"),
  );
  return element;
}

/** Only an age: "41 s". */
export const since = (at) => make("i.age.is-alone", { dataset: { at } });

/** Puts every age of a part of the page right. */
export function tick(root, now) {
  for (const element of root.querySelectorAll(".reading")) {
    const { at, period, text } = element.dataset;
    const ageMs = Number(at) ? Math.max(0, now - Number(at)) : Infinity;
    const isGone = ageMs > GONE_PERIODS * Number(period);
    element.classList.toggle("is-stale", ageMs > STALE_PERIODS * Number(period));
    set(element.querySelector("b"), isGone ? "—" : text);
    set(element.querySelector(".age"), Number.isFinite(ageMs) ? span(ageMs) : "");
  }
  for (const element of root.querySelectorAll(".age.is-alone")) {
    const at = Number(element.dataset.at);
    set(element, at ? span(Math.max(0, now - at)) : "—");
  }
}

/** Milliseconds as people say them. */
export function span(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return t("age.s", { n: seconds });
  if (seconds < 7200) return t("age.m", { n: Math.floor(seconds / 60) });
  if (seconds < 172_800) return t("age.h", { n: Math.floor(seconds / 3600) });
  return t("age.d", { n: Math.floor(seconds / 86_400) });
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
