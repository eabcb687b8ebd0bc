// The operator's page: sees the show, commands it, by mouse, touch or keyboard alone.

import { byTest, make, say } from "./dom.js";
import { drawBlocks, drawEvents, drawProducts, drawSegments, nameOf, takeOrder } from "./lists.js";
import { holdLastFrame, setSound } from "./stage.js";
import { hasText, loadTexts, onLanguage, pick, t } from "./text.js";
import { Timeline } from "./timeline.js";
import { drawVitals } from "./vitals.js";
import { Whep } from "./whep.js";
import { Wire } from "./wire.js";

const CARD_S = 30;
const RESULT_MS = 5000;
const KEYS = ["L", "R", "N", "1–9", "C", "↑ ↓", "H", "F", "P", "S", "?"];
const isEmbedded = new URLSearchParams(location.search).has("embed");
const wire = new Wire();
const video = byTest("picture");
let view = null;
let link = "joining";
let selected = "";
let resultTimer = 0;

document.body.classList.toggle("is-embedded", isEmbedded);
if (!isEmbedded) watchPicture();
await loadTexts();
const timeline = new Timeline();
wire.addEventListener("show", ({ detail }) => draw((view = detail)));
wire.addEventListener("link", ({ detail }) => showLink((link = detail)));
wire.open();
onLanguage(() => {
  drawHelp();
  if (view) draw(view);
});
listen();
await showAccess();

function listen() {
  const buttons = { live, resume, skip, "card.hide": hideCard };
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => buttons[button.dataset.do]());
  }
  for (const button of document.querySelectorAll("[data-layout]")) {
    button.addEventListener("click", () => arrange(button.dataset.layout));
  }
  byTest("help-open").addEventListener("click", () => byTest("help").showModal());
  byTest("sound").addEventListener("click", async () => {
    byTest("sound").setAttribute("aria-pressed", String(await setSound(video, video.muted)));
  });
  addEventListener("keydown", press);
}

function live() {
  order({ do: "live" });
}

function resume() {
  order({ do: "resume" });
}

/** Skips what the page shows as on air: pressed twice, it skips once. */
function skip() {
  if (view) order({ do: "skip", segment: view.status.segment });
}

function take(segment) {
  order({ do: "take", segment });
}

function arrange(layout) {
  order({ do: "layout", layout });
}

function hideCard() {
  order({ do: "card.hide" });
}

function showCard(product) {
  if (!product) return;
  selected = product;
  order({ do: "card.show", product, for_s: CARD_S });
}

async function order(command) {
  const answer = await wire.command(command);
  if (answer) showResult(command, answer);
}

/** Keys act once a press; with a modifier they are the browser's. */
function press(event) {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (byTest("help").open || event.target.matches("input, select, textarea") || !view) return;
  const key = event.key.toLowerCase();
  const acts = {
    l: live,
    r: resume,
    n: skip,
    c: () => showCard(selected),
    h: hideCard,
    f: () => arrange("full"),
    p: () => arrange("pip"),
    s: () => arrange("side"),
    arrowdown: () => select(1),
    arrowup: () => select(-1),
    "?": () => byTest("help").showModal(),
  };
  const nth = /^[1-9]$/.test(key) ? takeOrder(view)[Number(key) - 1] : null;
  const act = nth ? () => take(nth) : acts[key];
  if (!act || (key.startsWith("arrow") && event.target === byTest("events"))) return;
  event.preventDefault();
  act();
}

function select(step) {
  const ids = view.products.map(({ id }) => id);
  const index = ids.indexOf(selected) + step;
  selected = ids[(index + ids.length) % ids.length] ?? "";
  drawProducts(view, selected, showCard, choose);
}

function choose(product) {
  selected = product;
  drawProducts(view, selected, showCard, choose);
}

function draw(now) {
  const { status, rundown } = now;
  if (!now.products.some(({ id }) => id === selected)) selected = nextProduct(now);
  timeline.show(now);
  drawSegments(now, take);
  drawProducts(now, selected, showCard, choose);
  drawBlocks(now);
  drawEvents(now);
  drawVitals(now);
  say(byTest("node"), status.node);
  const block = rundown.blocks.find(({ now: isNow }) => isNow);
  say(byTest("block"), block ? `${pick(rundown.title)} · ${block.from}–${block.to}` : pick(rundown.title));
  say(byTest("loop"), t("op.loop", { n: status.loop }));
  say(byTest("next"), nameOf(status.next, rundown));
  byTest("held").hidden = !status.held;
  if (status.held) say(byTest("held"), t("op.held", { title: nameOf(status.held, rundown) }));
  byTest("resume").classList.toggle("is-waiting", Boolean(status.held));
  byTest("live").classList.toggle("is-on", status.kind === "live");
  byTest("card-hide").classList.toggle("is-on", Boolean(status.card));
  for (const button of document.querySelectorAll("[data-layout]")) {
    button.setAttribute("aria-pressed", String(button.dataset.layout === status.layout));
  }
  showLink(link);
}

/** The product of the next cue, else the first: what the operator most likely wants. */
function nextProduct({ status, rundown, products }) {
  const cues = rundown.segments.find(({ id }) => id === status.segment)?.cues ?? [];
  const coming = cues.find((cue) => cue.product && cue.at_s >= status.position_s);
  return coming?.product ?? products[0]?.id ?? "";
}

function showLink(now) {
  document.body.dataset.link = now;
  const isOn = now === "live" && view?.status.on_air;
  const tally = byTest("tally");
  tally.dataset.state = isOn ? "on" : "off";
  say(tally, t(isOn ? "op.onair" : now === "live" ? "op.offair" : "op.link_lost"));
}

function showResult(command, answer) {
  const result = byTest("result");
  const code = `code.${answer.code}`;
  const words = { ...command, title: view ? nameOf(command.segment, view.rundown) : "" };
  const product = view?.products.find(({ id }) => id === command.product);
  if (product) words.product = pick(product.title);
  if (command.layout) words.layout = t(`layout.${command.layout}`);
  const done = t(`done.${command.do}`, words);
  const why = hasText(code) ? t(code) : answer.message;
  result.dataset.ok = String(answer.ok);
  result.textContent = answer.ok ? done : t("op.refused", { order: done, why });
  clearTimeout(resultTimer);
  resultTimer = setTimeout(() => (result.textContent = ""), RESULT_MS);
}

async function showAccess() {
  const answer = await wire.access();
  byTest("banner").hidden = answer.ok;
  onLanguage(() => {
    if (!answer.ok) say(byTest("banner"), t("op.read_only"));
  });
}

function drawHelp() {
  byTest("help")
    .querySelector("dl")
    .replaceChildren(
      ...KEYS.map((key, index) =>
        make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, t(`help.${index}`))),
      ),
    );
}

function watchPicture() {
  const whep = new Whep(video);
  holdLastFrame(whep, video, document.querySelector(".held"));
  whep.addEventListener("state", ({ detail }) => {
    byTest("veil").dataset.state = detail.state;
    say(byTest("veil"), detail.state === "live" ? "" : t(`viewer.${detail.state}`));
  });
  whep.start();
}
