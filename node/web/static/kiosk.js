// The booth's screen: plays by itself for ever, and draws the code at whole pixels.

import { showAsking } from "./asking.js";
import { byTest, make, say } from "./dom.js";
import { Hearts } from "./hearts.js";
import { KioskVoice } from "./kioskvoice.js";
import { countdown, keepTime, nodeNow } from "./nodetime.js";
import { holdLastFrame } from "./stage.js";
import { loadTexts, pick, speak, spokenOf, t } from "./text.js";
import { Whep } from "./whep.js";

const CODE_SHARE = Number(byTest("stage").dataset.codeShare); // of the screen's width, or more, as it lies
const CODE_ROOM = 0.62; // of the picture's height: above the lower third
const CODE_ROOM_BELOW = 0.48; // of what an upright screen has below its picture
const UPRIGHT = matchMedia("(max-aspect-ratio: 7/10)");
const VEIL_AFTER_MS = 2500; // a shorter break is bridged by the last frame
const SAID_MS = 9000;
const CODES_KEPT = 8;
const CODE_AGAIN_MS = 1000;
const TICK_MS = 250;
const HUSH_TAIL_MS = 60; // sound may lag behind its frame by as much
const HUSH_MAX_MS = 800;
const video = byTest("picture");
const hearts = new Hearts(byTest("hearts"));
const whep = new Whep(video, { kiosk: true });
const codes = new Map(); // by address: {image, modules}, read before their frame
let code = null; // {card, modules}
let strip = null; // an offer that runs while no card shows it
let saidTimer = 0;
let veilTimer = 0;
let loudness = 1;
let hushTimer = 0;
let spoken = spokenOf(); // the show's languages, the first one large
let timeZone; // the booth's, once the node has told it
let voice = null; // once there are texts for it
const early = []; // what the node said of its ear before

holdLastFrame(whep, video, document.querySelector(".held"));
whep.addEventListener("state", ({ detail }) => {
  byTest("dot").dataset.state = detail.state;
  if (voice) nameDot();
  document.body.dataset.state = detail.state;
  if (detail.state === "live") clearTimeout(veilTimer);
  else if (!veilTimer) veilTimer = setTimeout(() => veil(true), VEIL_AFTER_MS);
  if (detail.state === "live") {
    veilTimer = 0;
    veil(false);
  }
});
whep.addEventListener("first", ({ detail }) => {
  document.body.dataset.firstMs = Math.round(detail.ms);
  parent.postMessage({ t: "first", ms: detail.ms, page: "kiosk" }, location.origin);
});
whep.addEventListener("ahead", ({ detail: { message } }) => {
  if (message.t === "card" && message.card?.qr) readCode(message.card.qr).catch(() => {});
  if (message.t === "hush") hush();
});
whep.addEventListener("message", ({ detail }) => {
  const { message } = detail;
  if (message.t === "card") showCode(detail);
  else if (message.t === "strip") showStrip(message.show ? message.offer : null);
  else if (message.t === "crowd") hearts.pour(message.delta);
  else if (message.t === "message") showSaid(message);
  else if (message.t === "at") showAt(message);
  else if (message.t === "hush") setTimeout(unhush, HUSH_TAIL_MS);
  else if (voice) voice.hear(message);
  else early.push(message);
});
whep.start();

await loadTexts();
voice = new KioskVoice(() => spoken);
for (const message of early.splice(0)) voice.hear(message);
label();
new ResizeObserver(fitCode).observe(byTest("beside")); // a screen that is turned has its room later
addEventListener("click", () => (video.muted = false));
document.addEventListener("visibilitychange", keepAwake);
keepTime();
setInterval(tick, TICK_MS);
tick();
if ("asking" in byTest("stage").dataset) showAsking(byTest("beside"));
await keepAwake();

async function showCode({ message, rtp, matched }) {
  const told = { t: "card", matched, late: matched ? (rtp - message.rtp) | 0 : null };
  parent.postMessage({ ...told, show: message.show, page: "kiosk" }, location.origin);
  const panel = byTest("code");
  panel.hidden = true;
  code = null;
  if (!message.show || !message.card.qr || message.card.state === "sold_out") return;
  const mine = { card: message.card, modules: 0 };
  code = mine;
  const { qr } = message.card;
  let read = codes.get(qr); // at hand: no frame passes
  while (!read) {
    read = await readCode(qr).catch(() => null);
    if (!read) await new Promise((resolve) => setTimeout(resolve, CODE_AGAIN_MS));
    if (code !== mine) return; // another card came meanwhile
  }
  mine.modules = read.modules;
  byTest("qr").src = message.card.qr;
  byTest("qr").alt = t("kiosk.code", { title: pick(message.card.title), price: pick(message.card.price) });
  panel.dataset.rtp = message.rtp;
  panel.dataset.shownRtp = rtp;
  fitCode();
  panel.hidden = false;
}

/** Has a code at hand before its frame comes, as picture and in modules. */
async function readCode(qr) {
  if (codes.has(qr)) return codes.get(qr);
  const image = new Image();
  image.src = qr;
  const [answer] = await Promise.all([fetch(qr), image.decode()]);
  if (!answer.ok) throw new Error(`${qr}: ${answer.status}`);
  const drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const read = { image, modules: drawn.documentElement.viewBox.baseVal.width };
  codes.set(qr, read);
  if (codes.size > CODES_KEPT) codes.delete(codes.keys().next().value);
  return read;
}

/** Somebody interrupts: what lies in the player's buffer is not to be heard. */
function hush() {
  clearTimeout(hushTimer);
  hushTimer = setTimeout(unhush, HUSH_MAX_MS); // should its frame never come
  video.volume = 0;
}

function unhush() {
  clearTimeout(hushTimer);
  hushTimer = 0;
  video.volume = loudness;
}

/** By its volume: a page that mutes itself may not be let unmute itself. */
function showAt({ tz, speaker, volume, name, locales, layout }) {
  timeZone = tz;
  document.body.dataset.layout = layout;
  if (spokenOf(locales).join() !== spoken.join()) {
    spoken = spokenOf(locales);
    label();
  }
  loudness = speaker === "off" ? 0 : volume / 100;
  if (!hushTimer) video.volume = loudness;
  byTest("mute").hidden = loudness > 0;
  say(byTest("name"), name);
  byTest("name").hidden = !name;
}

function label() {
  speak(spoken[0]);
  nameDot();
  const [first, second] = document.querySelectorAll(".veil p");
  say(first, t("kiosk.back", {}, spoken[0]));
  say(second, spoken[1] ? t("kiosk.back", {}, spoken[1]) : "");
  second.lang = spoken[1] ?? "";
  byTest("hint").replaceChildren(...inAll("kiosk.scan"));
  byTest("mute-text").replaceChildren(...inAll("kiosk.quiet"));
  voice?.draw();
}

/** The dot's colour in words. */
function nameDot() {
  const { state } = byTest("dot").dataset;
  const word = t(state === "live" ? "kiosk.playing" : `viewer.${state || "joining"}`);
  byTest("dot").setAttribute("aria-label", `${t("kiosk.dot")}: ${word}`);
}

/** A text in the languages of the show, the second one quieter. */
function inAll(key) {
  return beside((name) => t(key, {}, name));
}

/** What `words` gives for each language of the show. */
function beside(words) {
  const [first, ...others] = spoken;
  return [words(first), ...others.flatMap((name) => [" ", make("span", { lang: name }, words(name))])];
}

/** The picture carries the offer's words; this is the part that must be sharp and exact. */
function showStrip(offer) {
  strip = offer;
  byTest("strip").hidden = !offer;
  tick();
}

function untilEnd({ ends_at: endsAt, left, left_text: text }) {
  const time = countdown(endsAt - nodeNow());
  if (!time) return [];
  return [make("b", {}, time), ...(left > 0 ? beside((name) => pick(text, name)) : [])];
}

/** One approved message at a time, in whichever direction its letters run. */
function showSaid({ name, text }) {
  const line = byTest("said");
  line.replaceChildren(...(name ? [make("b", { dir: "auto" }, name)] : []), make("span", { dir: "auto" }, text));
  line.hidden = false;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => (line.hidden = true), SAID_MS);
}

/** A module is a whole number of device pixels, or a camera sees a moiré; wide enough, if it can. */
function fitCode() {
  if (!code?.modules) return;
  const [width, share] = UPRIGHT.matches ? [innerHeight, CODE_ROOM_BELOW] : [innerWidth, CODE_ROOM];
  const wanted = Math.ceil((width * devicePixelRatio * CODE_SHARE) / code.modules);
  const room = byTest("beside").clientHeight * devicePixelRatio * share;
  const pixels = Math.max(2, Math.min(wanted, Math.floor(room / code.modules)));
  byTest("code").dataset.isSmall = pixels < wanted;
  const { style } = byTest("qr"); // its width as an attribute would lose the fraction
  style.width = style.height = `${(pixels * code.modules) / devicePixelRatio}px`;
}

function veil(isShown) {
  document.querySelector(".veil").classList.toggle("is-shown", isShown);
}

function tick() {
  say(byTest("clock"), new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone }));
  draw(byTest("until"), code?.card.offer ?? null);
  draw(byTest("strip"), strip);
}

/** Draws an offer's end anew only when it reads differently; what is over is gone. */
function draw(line, offer) {
  const parts = offer ? untilEnd(offer) : [];
  line.hidden = parts.length === 0;
  const text = parts.map((part) => part.textContent ?? part).join("");
  if (line.textContent !== text) line.replaceChildren(...parts);
}

async function keepAwake() {
  if (document.hidden) return;
  await navigator.wakeLock?.request("screen").catch(() => {});
}
