// The time line of the segment on air: what is done, where the cues stand, how long is left.

import { byTest, clock, make, say } from "./dom.js";
import { titleOf } from "./lists.js";
import { hasText, t } from "./text.js";

const STEP_MS = 100;
const LAST_SECONDS = 10;
const CROWDED = 0.09; // of the line: two flags nearer than this have room for one word
const STALE_MS = 3000; // nothing heard for so long: nobody knows where the show is

/** Shows a view of the show and moves the playhead between two views. */
export class Timeline {
  #view = null;
  #receivedAt = 0;
  #drawn = "";

  constructor() {
    setInterval(() => this.#move(), STEP_MS);
  }

  /** Takes a new view. */
  show(view) {
    this.#view = view;
    this.#receivedAt = performance.now();
    const segment = view.rundown.segments.find(({ id }) => id === view.status.segment);
    const key = JSON.stringify([segment, document.documentElement.lang]);
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#drawFlags(segment, view);
    }
    this.#move();
  }

  #drawFlags(segment, view) {
    const title = segment ? titleOf(segment) : view.status.segment;
    say(byTest("title"), title);
    const length = view.status.length_s;
    const cues = length ? (segment?.cues ?? []) : [];
    const isCrowded = (cue) =>
      cue.do !== "card.show" &&
      cues.some((other) => other !== cue && Math.abs(other.at_s - cue.at_s) / length < CROWDED);
    document.querySelector(".flags").replaceChildren(
      ...cues.map((cue) => {
        const name = cue.product || (cue.beat && beatName(cue.beat)) || t(`cue.${cue.do}`);
        const word = isCrowded(cue) ? "" : name;
        const flag = make("span.flag", { dataset: { testid: "flag", do: cue.do, beat: cue.beat } }, word);
        flag.style.left = `${(cue.at_s / length) * 100}%`;
        if (cue.at_s / length > 0.85) flag.classList.add("is-late");
        flag.title = [clock(cue.at_s), t(`cue.${cue.do}`), cue.product, cue.beat && beatName(cue.beat)]
          .filter(Boolean)
          .join(" · ");
        return flag;
      }),
    );
    const told = cues.map((cue) => `${clock(cue.at_s)} ${t(`cue.${cue.do}`)} ${cue.product}`).join(", ");
    byTest("line").setAttribute("aria-label", t("op.line", { title, cues: told }));
  }

  #move() {
    if (!this.#view || performance.now() - this.#receivedAt > STALE_MS) return;
    const { position_s: position, length_s: length, next_in_s: nextIn } = this.#view.status;
    const passed = (performance.now() - this.#receivedAt) / 1000;
    const now = length ? Math.min(length, position + passed) : position + passed;
    const share = length ? now / length : 0;
    say(byTest("position"), clock(now));
    say(byTest("left"), length ? `−${clock(Math.ceil(length - now))}` : "");
    document.querySelector(".line .done").style.transform = `scaleX(${share})`;
    document.querySelector(".line .head").style.left = `${share * 100}%`;
    const left = nextIn === null ? Infinity : nextIn - passed;
    say(byTest("next-in"), left === Infinity ? "" : t("op.in", { time: clock(Math.max(0, left)) }));
    byTest("next-in").classList.toggle("is-soon", left < LAST_SECONDS);
  }
}

function beatName(beat) {
  return hasText(`beat.${beat}`) ? t(`beat.${beat}`) : beat;
}
