// The simulated panel of the demo: its buttons to press, its lamps as they are lit.

import { byTest, make, say } from "./dom.js";
import { hasText, t } from "./text.js";

const LIGHT = ["red", "green", "blue"];
const COLOURS = { white: "#fff", blue: "#4aa3ff", amber: "#ffb020", red: "#ff4136" };
const MIXED = { "red green blue": "white", blue: "blue", "red green": "amber", red: "red" };

/** Draws what `view.demo` tells; `press` is asked with a button's name. */
export function showPanel({ buttons = [], lit = [] }, press) {
  const section = byTest("panel-section");
  section.hidden = buttons.length === 0;
  if (section.hidden) return;
  lamp("lamp-tally", lit.includes("tally") ? "red" : "dark");
  lamp("lamp-ear", MIXED[LIGHT.filter((one) => lit.includes(one)).join(" ")] ?? "dark");
  const bar = byTest("panel");
  const mark = JSON.stringify([buttons, document.documentElement.lang]);
  if (bar.dataset.drawn === mark) return;
  const focused = document.activeElement?.dataset.button;
  bar.dataset.drawn = mark;
  bar.replaceChildren(...buttons.map((name) => button(name, press)));
  if (focused) bar.querySelector(`[data-button="${CSS.escape(focused)}"]`)?.focus();
}

function lamp(name, colour) {
  const dot = byTest(name);
  dot.style.background = COLOURS[colour] ?? "";
  dot.dataset.lit = String(colour !== "dark");
  dot.setAttribute("aria-label", t(`lamp.${colour}`));
}

function button(name, press) {
  const made = make("button", { type: "button", dataset: { button: name, testid: `press-${name}` } }, t(`button.${name}`));
  made.addEventListener("click", async () => {
    const answer = await press(name);
    if (!answer) return;
    const code = `code.${answer.code}`;
    say(byTest("told"), answer.ok ? t("demo.done.press", { name: t(`button.${name}`) }) : hasText(code) ? t(code) : answer.message);
  });
  return made;
}
