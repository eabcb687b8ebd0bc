// The viewer's page: picture, sound, what is on, and the card at its frame.

import { Asking } from "./booth_questions.js";
import { drawSeller, Earlier, keepCounting, Shelf, showStrip } from "./card.js";
import { Crowd } from "./crowd.js";
import { byTest, say } from "./dom.js";
import { keepTime } from "./nodetime.js";
import { holdLastFrame, setSound } from "./stage.js";
import { loadTexts, onLanguage, pick, t } from "./text.js";
import { Whep } from "./whep.js";

const GLOW_MS = 250;
const GLOW_MOST = "#606060"; // of a brighter picture's glow words would not stand out
const video = byTest("picture");
const veil = byTest("veil");
const asked = new URLSearchParams(location.search);
const output = asked.get("output") ?? "web";
const whep = new Whep(video, { kiosk: asked.get("kiosk") === "1", output });
const shelf = new Shelf(byTest("shelf"));
const earlier = new Earlier(byTest("earlier"));
let crowd = null;
let asking = null;
const early = []; // what the node said before there were texts for it
let strip = null;
let seller = null;
let at = null;
let state = "joining";
let backAt = ""; // when a stopped output goes on

holdLastFrame(whep, video, document.querySelector(".held"));
whep.addEventListener("state", ({ detail }) => {
  const isSecondTry = detail.state === "joining" && state !== "live" && state !== "joining";
  if (!isSecondTry) state = detail.state;
  backAt = detail.at ?? "";
  showState();
});
whep.addEventListener("first", ({ detail }) => {
  document.body.dataset.firstMs = Math.round(detail.ms);
  parent.postMessage({ t: "first", ms: detail.ms, page: "viewer" }, location.origin);
});
whep.addEventListener("message", ({ detail }) => hear(detail));
whep.start(); // the picture does not wait for the texts

await loadTexts();
keepTime();
keepCounting();
asking = new Asking((message) => whep.send(message));
crowd = new Crowd((message) => whep.send(message), asking);
for (const message of early.splice(0)) asking.hear(message);
byTest("shelf").addEventListener("click", tellTap);
onLanguage(() => {
  showState();
  showAt();
  showSound();
  shelf.redraw();
  drawStrip();
  drawSeller(byTest("seller"), seller);
  earlier.draw(shelf.card?.product);
});
byTest("sound").addEventListener("click", toggleSound);
video.addEventListener("click", toggleSound);
setInterval(glow, GLOW_MS);

function hear({ message, rtp, matched }) {
  if (message.t === "at") {
    at = message;
    showAt();
    showQuiet();
  } else if (message.t === "card") {
    showCard(message, rtp);
    const told = { t: "card", matched, late: matched ? (rtp - message.rtp) | 0 : null };
    parent.postMessage({ ...told, show: message.show, page: "viewer" }, location.origin);
  } else if (message.t === "strip") {
    strip = message;
    drawStrip();
  } else if (message.t === "seller") {
    seller = message.seller ?? null;
    drawSeller(byTest("seller"), seller);
  } else if (asking) {
    if (!asking.hear(message)) crowd.hear(message);
  } else {
    early.push(message);
  }
}

/** A card at the offer's price counts down itself. */
function drawStrip() {
  if (!strip) return;
  const isOnCard = strip.show && shelf.card?.offer?.id === strip.offer.id;
  showStrip(byTest("strip"), isOnCard ? { show: false } : strip);
}

/** The code of the card is the last part of its link. */
function tellTap({ target }) {
  const link = target.closest("a.buy");
  if (link) whep.send({ t: "tap", code: new URL(link.href).pathname.split("/").pop() });
}

function showCard(message, rtp) {
  if (message.show) {
    shelf.show(message.card, message.rtp);
    byTest("card").dataset.shownRtp = rtp;
    earlier.add(message.card);
  } else {
    shelf.hide();
  }
  showQuiet();
  drawStrip();
  earlier.draw(shelf.card?.product);
}

/** Products are promised once the node says that this output carries any. */
function showQuiet() {
  byTest("quiet").hidden = Boolean(shelf.card) || !at?.cards;
}

function showAt() {
  if (!at) return;
  const title = pick(at.title);
  say(byTest("title"), title || t(`kind.${at.kind}`));
  document.title = title ? `${title} · livesell` : "livesell";
  const kind = byTest("kind");
  kind.hidden = at.kind === "slate";
  kind.dataset.kind = at.kind;
  say(kind, [pick(at.who), t(`kind.${at.kind}`)].filter(Boolean).join(" · "));
  const share = at.len ? Math.min(1, at.pos / at.len) : 0;
  document.querySelector(".progress i").style.transform = `scaleX(${share})`;
}

function showState() {
  veil.dataset.state = state;
  document.body.dataset.state = state;
  const key = state === "stopped" && backAt ? "viewer.stopped_at" : `viewer.${state}`;
  if (state !== "live") say(byTest("veil-text"), t(key, { at: backAt }));
}

function showSound() {
  const button = byTest("sound");
  const isOn = !video.muted;
  button.dataset.isOn = String(isOn); // its name tells what a press does: no pressed state besides
  say(byTest("sound-text"), t(isOn ? "viewer.mute" : "viewer.unmute"));
}

async function toggleSound() {
  await setSound(video, video.muted);
  showSound();
}

function glow() {
  if (document.hidden || !video.videoWidth) return;
  const pen = document.querySelector(".glow").getContext("2d");
  pen.globalCompositeOperation = "source-over";
  pen.drawImage(video, 0, 0, 8, 5);
  pen.globalCompositeOperation = "darken";
  pen.fillStyle = GLOW_MOST;
  pen.fillRect(0, 0, 8, 5);
}
