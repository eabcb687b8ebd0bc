// The ear's light: a word, a colour and an icon for what the microphone does.

import { make } from "./dom.js";

const MIC = "M12 3.500a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0v-5a3 3 0 0 0-3-3zM6 11.500a6 6 0 0 0 12 0M12 17.500v3M9 20.500h6";
const MARKS = {
  listening: "M3.500 8.500v7M20.500 8.500v7",
  sending: "M19 8V2.500M16.500 5 19 2.500 21.500 5",
  muted: "m4 4 16 16",
  resting: "M3.500 3.500h5l-5 5h5",
  off: "m4 4 16 16",
};
const SVG = "http://www.w3.org/2000/svg";

/** A drawing of a microphone in that state. */
export function earIcon(ear) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  for (const d of [MIC, MARKS[ear]].filter(Boolean)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    drawing.append(path);
  }
  return drawing;
}

/** Fills a `.light` with the icon of `ear` and its words; draws only what differs. */
export function drawLight(light, ear, ...words) {
  const mark = JSON.stringify([ear, words.map((word) => word.textContent ?? word)]);
  if (light.dataset.drawn === mark) return;
  light.dataset.drawn = mark;
  light.dataset.ear = ear;
  light.replaceChildren(earIcon(ear), make("span", {}, ...words));
}
