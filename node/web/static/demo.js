// The demo's frame: three pages of one node, what was measured, and buttons to break it.

import { byTest, make, say } from "./dom.js";
import { drawEvents, partName } from "./lists.js";
import { showPanel } from "./panel.js";
import { hasText, loadTexts, onLanguage, t } from "./text.js";
import { Wire } from "./wire.js";

const RTP_HZ = 90_000;
const PHONE = { width: 406, height: 796, title: 30 };
const first = {};
let match = null;
let view = null;

addEventListener("message", ({ data, origin }) => origin === location.origin && hear(data));
addEventListener("resize", fitPhone);
await loadTexts();
const wire = new Wire();
wire.addEventListener("show", ({ detail }) => {
  view = detail;
  showFaults();
  showVisitors();
  showPanel(view.demo, press);
  drawEvents(view);
});
wire.open();
onLanguage(show);
fitPhone();

function hear(told) {
  if (told?.t === "first") first[told.page] = told.ms;
  if (told?.t === "card" && told.show && told.page === "viewer") match = told;
  show();
}

function show() {
  for (const page of ["kiosk", "viewer"]) {
    const ms = first[page];
    const words = ms === undefined ? t("demo.waiting") : t("demo.ms", { ms: Math.round(ms) });
    say(byTest(`first-${page}`), page === "kiosk" ? `${t("demo.first")} ${words}` : words);
  }
  say(byTest("card-match"), matched());
  if (!view) return;
  showFaults();
  showVisitors();
  showPanel(view.demo, press);
  drawEvents(view);
}

function press(name) {
  return wire.fault({ press: name });
}

function matched() {
  if (!match) return t("demo.card.none");
  if (!match.matched) return t("demo.card.blind");
  const late = Math.round((match.late * (view?.status.fps ?? 30)) / RTP_HZ);
  return late <= 0 ? t("demo.card.exact") : t("demo.card.late", { n: late });
}

function showFaults() {
  const bar = byTest("faults");
  const { faults, active } = view.demo;
  const mark = JSON.stringify([faults, active, document.documentElement.lang]);
  if (bar.dataset.drawn === mark) return;
  const focused = document.activeElement?.dataset.part;
  bar.dataset.drawn = mark;
  bar.replaceChildren(...faults.map((part) => faultButton(part, active.includes(part))));
  if (focused) bar.querySelector(`[data-part="${CSS.escape(focused)}"]`)?.focus();
}

/** Simulated visitors who ask aloud, where the demo has an ear. */
function showVisitors() {
  const { visitors = [] } = view.demo;
  const { ear, trouble } = view.status.voice;
  for (const name of ["visitors-section", "sim-visitors", "tour-ask"]) byTest(name).hidden = visitors.length === 0;
  document.body.classList.toggle("has-visitors", visitors.length > 0);
  say(byTest("demo-ear"), visitors.length ? trouble || t(`ear.${ear}`) : "");
  const bar = byTest("visitors");
  const mark = JSON.stringify([visitors, document.documentElement.lang]);
  if (bar.dataset.drawn === mark) return;
  const focused = document.activeElement?.dataset.visitor;
  bar.dataset.drawn = mark;
  bar.replaceChildren(...visitors.map(visitorButton));
  if (focused) bar.querySelector(`[data-visitor="${CSS.escape(focused)}"]`)?.focus();
}

function visitorButton({ id, locale, says, who, distance_m: distance, needs }) {
  const facts = [t(`demo.${who}`), t("demo.distance", { m: distance }), needs ? t(`demo.needs.${needs}`) : ""];
  const button = make(
    "button",
    { type: "button", dataset: { visitor: id, testid: `ask-${id}` } },
    make("span", { lang: locale }, says),
    make("small", {}, facts.filter(Boolean).join(" · ")),
  );
  button.addEventListener("click", async () => {
    const answer = await wire.fault({ ask: id });
    if (!answer) return;
    const code = `code.${answer.code}`;
    say(byTest("told"), answer.ok ? t("demo.done.ask", { says }) : hasText(code) ? t(code) : answer.message);
  });
  return button;
}

function faultButton(part, isBroken) {
  const verb = isBroken ? "heal" : "kill";
  const button = make(
    "button",
    { type: "button", dataset: { part, testid: `${verb}-${part}` } },
    t(`demo.${verb}.${part}`),
    make("small", {}, t(`demo.${verb}.${part}.note`)),
  );
  button.classList.toggle("is-broken", isBroken);
  button.addEventListener("click", async () => {
    const answer = await wire.fault({ [verb]: part });
    if (!answer) return;
    const code = `code.${answer.code}`;
    const why = hasText(code) ? t(code) : answer.message;
    say(byTest("told"), answer.ok ? t(`demo.done.${verb}`, { part: partName(part) }) : why);
  });
  return button;
}

/** The phone keeps its own width, so that its page is a phone's page. */
function fitPhone() {
  const phone = document.querySelector(".phone");
  const handset = document.querySelector(".handset");
  const isStacked = getComputedStyle(document.querySelector("main")).display === "flex";
  const given = Number(getComputedStyle(document.body).getPropertyValue("--phone-room")); // of a page that scrolls
  const room = (given || document.querySelector(".beside").clientHeight) - PHONE.title;
  const zoom = Math.min(1, room / PHONE.height);
  phone.style.width = isStacked ? "" : `${zoom * PHONE.width}px`;
  phone.style.height = isStacked ? "" : `${zoom * PHONE.height + PHONE.title}px`; // what is scaled keeps its room
  handset.style.transform = isStacked ? "" : `scale(${zoom})`;
}
