// The booth's screen: plays by itself for ever, and draws the code at whole pixels.

import { byTest, make, say } from "./dom.js";
import { holdLastFrame } from "./stage.js";
import { loadTexts, t } from "./text.js";
import { Whep } from "./whep.js";

const CODE_SHARE = 0.27; // of the picture: 25 cm on a 43-inch screen, read from 2.5 m
const VEIL_AFTER_MS = 2500; // a shorter break is bridged by the last frame
const video = byTest("picture");
const whep = new Whep(video, { kiosk: true });
let code = null; // {card, modules}
let veilTimer = 0;
let timeZone; // the booth's, once the node has told it

holdLastFrame(whep, video, document.querySelector(".held"));
whep.addEventListener("state", ({ detail }) => {
  byTest("dot").dataset.state = detail.state;
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
whep.addEventListener("message", ({ detail }) => {
  if (detail.message.t === "card") showCode(detail);
  else if (detail.message.tz) timeZone = detail.message.tz;
});
whep.start();

await loadTexts();
const [first, second] = document.querySelectorAll(".veil p");
say(first, t("kiosk.back", {}, "zh"));
say(second, t("kiosk.back", {}, "en"));
byTest("dot").setAttribute("aria-label", t("kiosk.dot"));
byTest("hint").replaceChildren(t("kiosk.scan", {}, "zh"), make("span", {}, t("kiosk.scan", {}, "en")));
addEventListener("resize", fitCode);
addEventListener("click", () => (video.muted = false));
document.addEventListener("visibilitychange", keepAwake);
setInterval(tick, 1000);
tick();
await keepAwake();

async function showCode({ message, rtp, matched }) {
  const told = { t: "card", matched, late: matched ? (rtp - message.rtp) | 0 : null };
  parent.postMessage({ ...told, show: message.show, page: "kiosk" }, location.origin);
  const panel = byTest("code");
  panel.hidden = true;
  code = null;
  if (!message.show || !message.card.qr) return;
  const mine = { card: message.card, modules: 0 };
  code = mine;
  const drawn = new DOMParser().parseFromString(await (await fetch(message.card.qr)).text(), "image/svg+xml");
  if (code !== mine) return; // another card came meanwhile
  mine.modules = drawn.documentElement.viewBox.baseVal.width;
  byTest("qr").src = message.card.qr;
  panel.dataset.rtp = message.rtp;
  panel.dataset.shownRtp = rtp;
  fitCode();
  panel.hidden = false;
}

/** A module is a whole number of device pixels, or a camera sees a moiré. */
function fitCode() {
  if (!code?.modules) return;
  const width = document.querySelector(".frame").clientWidth * devicePixelRatio;
  const pixels = Math.max(2, Math.floor((width * CODE_SHARE) / code.modules));
  const image = byTest("qr");
  image.width = image.height = (pixels * code.modules) / devicePixelRatio;
}

function veil(isShown) {
  document.querySelector(".veil").classList.toggle("is-shown", isShown);
}

function tick() {
  say(byTest("clock"), new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone }));
}

async function keepAwake() {
  if (document.hidden) return;
  await navigator.wakeLock?.request("screen").catch(() => {});
}
