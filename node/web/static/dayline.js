// The day at a glance: 24 hours in one lane, and what this loop brings, scrolling past now.

import { byTest, clock, make, say } from "./dom.js";
import { nameOf, playOf, productName, wordWhy } from "./lists.js";
import { hasText, t } from "./text.js";

const DAY_MIN = 24 * 60;
const NOW_SHARE = 0.25; // of the loop's lane lies behind now
const LANE_S = [120, 900]; // what the lane shows: one loop, but neither less nor more
const STEP_MS = 100;
const STALE_MS = 3000;
const HOURS = [0, 3, 6, 9, 12, 15, 18, 21];
const TIGHT = 0.045; // of the lane: two flags nearer than this have room for one word
const SLATE_S = 30; // a slate has no length of its own: drawn as if
const AHEAD_MAX = 40;

const minuteOf = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
const percent = (share) => `${(share * 100).toFixed(3)}%`;

/** Shows a view's day and moves the loop's lane between two views. */
export class Dayline {
  #view = null;
  #receivedAt = 0;
  #drawnDay = "";
  #drawnLoop = "";
  #span = LANE_S[0];

  constructor() {
    setInterval(() => this.#move(), STEP_MS);
  }

  /** Takes a new view. */
  show(view) {
    this.#view = view;
    this.#receivedAt = performance.now();
    this.#drawDay(view);
    this.#drawLoop(view);
    this.#move();
  }

  #drawDay(view) {
    const { rundown, day } = view;
    const key = JSON.stringify([rundown.blocks, day.offers, day.clock_cues, document.documentElement.lang]);
    if (key === this.#drawnDay) return;
    this.#drawnDay = key;
    byTest("day-blocks").replaceChildren(...rundown.blocks.flatMap(drawBlock));
    byTest("day-marks").replaceChildren(
      ...day.offers.filter(isToday).map(drawWindow),
      ...day.clock_cues.map(({ at, do: what }) => {
        const tick = make("i.tick", { dataset: { do: what }, title: `${at} ${t(`cue.${what}`)}` });
        tick.style.left = percent(minuteOf(at) / DAY_MIN);
        return tick;
      }),
    );
    byTest("day-hours").replaceChildren(
      ...HOURS.map((hour) => {
        const mark = make("span", {}, String(hour).padStart(2, "0"));
        mark.style.left = percent(hour / 24);
        return mark;
      }),
    );
    const blocks = rundown.blocks.map(({ from, to }) => `${from}–${to}`).join(", ");
    const offers = day.offers.map((offer) => wordOffer(offer, view)).join(", ") || t("op.none");
    byTest("day-lane").setAttribute("aria-label", t("op.lane_day", { blocks, offers }));
  }

  #drawLoop(view) {
    const { status, rundown, day } = view;
    const coming = ahead(view);
    const length = playOf(view).reduce((sum, id) => sum + lengthOf(id, rundown), 0);
    this.#span = Math.min(LANE_S[1], Math.max(LANE_S[0], length));
    const origin = secondOf(view) - status.position_s; // of the day, when the segment on air began
    const key = JSON.stringify([
      coming, this.#span, day.offers, day.clock_cues, day.gates, rundown.segments,
      Math.round(origin / 2), document.documentElement.lang,
    ]);
    if (key === this.#drawnLoop) return;
    this.#drawnLoop = key;
    byTest("loop-strip").replaceChildren(
      ...coming.map((turn) => this.#drawTurn(turn, view)),
      ...day.offers.filter(isToday).map((offer) => this.#drawOffer(offer, origin, view)),
      ...day.clock_cues.map((cue) => this.#drawClockCue(cue, origin, view)),
    );
    const segments = coming.map(({ id }) => nameOf(id, rundown)).join(", ");
    byTest("loop-lane").setAttribute("aria-label", t("op.lane_loop", { segments }));
  }

  #drawTurn({ id, gated, start, length, loop, isOn }, view) {
    const segment = view.rundown.segments.find((known) => known.id === id);
    const gate = view.day.gates.find((one) => one.segment === (gated || id));
    const turn = make(
      "div.turn",
      { dataset: { testid: "turn", segment: id, kind: segment?.kind ?? "", gate: gate ? (gate.is_open ? "open" : "shut") : "" } },
      make("b", {}, nameOf(id, view.rundown)),
      ...this.#flags(segment, length),
    );
    turn.title = gate ? wordGate(gate, view) : nameOf(id, view.rundown);
    turn.style.left = this.#at(start);
    turn.style.width = percent(length / this.#span);
    turn.classList.toggle("is-on", isOn);
    if (loop) turn.prepend(make("span.loop-mark", {}, t("op.next_loop", { n: loop })));
    return turn;
  }

  #flags(segment, length) {
    const cues = (segment?.cues ?? []).filter(({ at_s: at }) => at >= 0 && at < length);
    const isTight = (cue) => cues.some((other) => other !== cue && Math.abs(other.at_s - cue.at_s) / this.#span < TIGHT);
    return cues.map((cue) => {
      const word = cue.product || (cue.beat && (hasText(`beat.${cue.beat}`) ? t(`beat.${cue.beat}`) : cue.beat));
      const flag = make("i.cue", { dataset: { do: cue.do, beat: cue.beat } }, isTight(cue) && cue.beat !== "climax" ? "" : word);
      flag.style.left = percent(cue.at_s / length);
      flag.title = [clock(cue.at_s), t(`cue.${cue.do}`), cue.product, word].filter(Boolean).join(" · ");
      return flag;
    });
  }

  #drawOffer(offer, origin, view) {
    const from = minuteOf(offer.from) * 60 - origin;
    const bar = make("div.window", { dataset: { testid: "offer-window", state: offer.state } }, make("span", {}, wordOffer(offer, view)));
    bar.style.left = this.#at(from);
    bar.style.width = percent(((minuteOf(offer.to) - minuteOf(offer.from)) * 60) / this.#span);
    return bar;
  }

  #drawClockCue(cue, origin, view) {
    const flag = make("i.clock-cue", { dataset: { testid: "clock-cue", do: cue.do } }, make("span", {}, `${cue.at} ${t(`cue.${cue.do}`)}`));
    flag.style.left = this.#at(minuteOf(cue.at) * 60 - origin);
    flag.title = [cue.at, t(`cue.${cue.do}`), productName(cue.product, view), nameOf(cue.segment, view.rundown)].filter(Boolean).join(" · ");
    return flag;
  }

  #at(seconds) {
    return percent(NOW_SHARE + seconds / this.#span);
  }

  #move() {
    if (!this.#view || performance.now() - this.#receivedAt > STALE_MS) return;
    const passed = (performance.now() - this.#receivedAt) / 1000;
    const { position_s: position, length_s: length } = this.#view.status;
    const now = length ? Math.min(length, position + passed) : position + passed;
    byTest("loop-strip").style.transform = `translateX(${(-now / this.#span) * 100}%)`;
    const second = (secondOf(this.#view) + passed) % 86_400;
    document.querySelector(".day-now").style.left = percent(second / 86_400);
    say(byTest("day-clock"), timeOfDay(second));
  }
}

/** The second of the booth's day: told by the node, else by this machine's clock. */
function secondOf({ day, rundown }) {
  if (day.second >= 0) return day.second;
  const told = new Date().toLocaleTimeString("en-GB", { timeZone: rundown.timezone });
  const [hours, minutes, seconds] = told.split(":").map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

const isToday = ({ state }) => state !== "other_day";

function drawBlock(block) {
  const [from, to] = [minuteOf(block.from), minuteOf(block.to) || DAY_MIN];
  const parts = to > from ? [[from, to]] : [[from, DAY_MIN], [0, to]];
  return parts.map(([start, end]) => {
    const bar = make("div.hours-of", { dataset: { testid: "day-block" }, title: `${block.from}–${block.to} · ${block.play.join(" · ")}` }, make("span", {}, `${block.from}–${block.to}`));
    bar.style.left = percent(start / DAY_MIN);
    bar.style.width = percent((end - start) / DAY_MIN);
    bar.classList.toggle("is-now", block.now);
    return bar;
  });
}

function drawWindow(offer) {
  const bar = make("i.day-offer", { dataset: { state: offer.state }, title: `${offer.product} ${offer.from}–${offer.to}` });
  bar.style.left = percent(minuteOf(offer.from) / DAY_MIN);
  bar.style.width = percent((minuteOf(offer.to) - minuteOf(offer.from)) / DAY_MIN);
  return bar;
}

function lengthOf(id, { segments }) {
  return segments.find((known) => known.id === id)?.length_s || SLATE_S;
}

/** What is on air, the turn before it, and those to come: {id, gated, start, length, loop, isOn}. */
function ahead(view) {
  const { status, rundown, day } = view;
  const play = playOf(view);
  const length = status.length_s || SLATE_S;
  const turns = [{ id: status.segment, start: 0, length, isOn: true }];
  const known = play.indexOf(day.handed || status.segment);
  let index = known >= 0 ? known : day.index;
  const before = known > 0 ? through(play[index - 1], day) : null;
  if (before) turns.unshift({ ...before, start: -lengthOf(before.id, rundown), length: lengthOf(before.id, rundown) });
  let [start, loop] = [length, status.loop];
  const end = Math.max(LANE_S[0], play.reduce((sum, id) => sum + lengthOf(id, rundown), 0));
  if (status.next && status.next !== play[(index + 1) % play.length] && !isGated(status.next, day)) {
    turns.push({ id: status.next, start, length: lengthOf(status.next, rundown) });
    start += lengthOf(status.next, rundown);
    const jumped = play.indexOf(status.next);
    if (jumped >= 0) index = jumped;
  }
  while (play.length && start < Math.min(end, LANE_S[1]) + LANE_S[0] && turns.length < AHEAD_MAX) {
    index = (index + 1) % play.length;
    const turn = { ...through(play[index], day), start };
    turn.length = lengthOf(turn.id, rundown);
    if (index === 0) turn.loop = loop += 1;
    turns.push(turn);
    start += turn.length;
  }
  return turns;
}

/** The segment, or what plays in its place while its gate is shut. */
function through(id, { gates }) {
  const gate = gates.find(({ segment }) => segment === id);
  return gate && !gate.is_open ? { id: gate.otherwise, gated: id } : { id };
}

const isGated = (id, { gates }) => gates.some((gate) => !gate.is_open && gate.otherwise === id);

/** An offer in words: when, how many. */
export function wordOffer(offer, view) {
  return t(`op.offer_${offer.state}`, { ...offer, product: productName(offer.product, view) });
}

/** A gate in words: open or shut, and why. */
export function wordGate(gate, { rundown }) {
  const words = { title: nameOf(gate.segment, rundown), otherwise: nameOf(gate.otherwise, rundown) };
  return [t(gate.is_open ? "op.gate_open" : "op.gate_shut", words), wordWhy(gate.why)].filter(Boolean).join(" · ");
}

/** The line under the lanes: offers and gates in words, each with its state. */
export function drawNotes(view) {
  const { day } = view;
  const notes = [
    ...day.offers.filter(isToday).map((offer) => ["offer", offer.state, wordOffer(offer, view)]),
    ...day.gates.map((gate) => ["gate", gate.is_open ? "open" : "shut", wordGate(gate, view)]),
  ];
  const list = byTest("day-notes");
  const mark = JSON.stringify(notes);
  if (list.dataset.drawn === mark) return;
  list.dataset.drawn = mark;
  list.replaceChildren(...notes.map(([what, state, words]) => make("li", { dataset: { testid: `note-${what}`, what, state }, title: words }, words)));
}

/** Whether the node may listen, until when, and whether it can; its loudspeaker, off or turned down; its name. */
export function drawBooth({ day, status: { booth, node, voice } }) {
  const line = byTest("listening");
  line.hidden = booth.window === "closed";
  const time = booth.closes_in_s === null ? "" : timeOfDay(day.second + booth.closes_in_s);
  const window = time ? t("op.window_until", { time }) : t("op.window");
  const isReleased = voice.ear === "resting" || voice.ear === "muted";
  const heard = booth.microphone || t(isReleased ? `ear.${voice.ear}` : "op.no_microphone");
  say(line, `${window} · ${heard}`);
  byTest("speaker-off").hidden = booth.speaker === "on";
  say(byTest("volume"), t("op.volume", { percent: booth.volume }));
  byTest("volume").hidden = booth.speaker === "off" || booth.volume === 100;
  say(byTest("name"), booth.shows_name ? node : "");
  byTest("name").hidden = !booth.shows_name;
}

function timeOfDay(second) {
  const whole = Math.floor(second) % 86_400;
  return `${String(Math.floor(whole / 3600)).padStart(2, "0")}:${String(Math.floor(whole / 60) % 60).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}
