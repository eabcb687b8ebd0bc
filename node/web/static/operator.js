// The operator's page: sees the show, commands it, by mouse, touch or keyboard alone.

import { drawLock, lockOrder } from "./cameralock.js";
import { Dayline, drawBooth, drawNotes } from "./dayline.js";
import { byTest, make, say } from "./dom.js";
import { doKeysAct, watchKeySwitch } from "./keyswitch.js";
import { drawEvents, drawProducts, drawSegments, nameOf, productName, takeOrder } from "./lists.js";
import { drawQuestions, voiceActs } from "./questions.js";
import { holdLastFrame, setSound } from "./stage.js";
import { hasText, loadTexts, onLanguage, pick, t } from "./text.js";
import { Timeline } from "./timeline.js";
import { undoOf } from "./undo.js";
import { openUpload, watchUpload } from "./upload.js";
import { drawVitals } from "./vitals.js";
import { Waiting } from "./waiting.js";
import { Whep } from "./whep.js";
import { Wire } from "./wire.js";

const CARD_S = 30;
const RESULT_MS = 6000;
const KEYS = {
  L: "live", R: "resume", N: "skip", B: "busy", "1–9": "take", E: "arm", G: "gate", F: "full", P: "pip", S: "side",
  "↑ ↓": "select", C: "card", H: "hide", "+ −": "stock", T: "talk", V: "mute_ear", Q: "hush", K: "camera_lock", M: "messages", "A X": "judge", D: "day", U: "undo", "?": "help",
};
const isEmbedded = new URLSearchParams(location.search).has("embed");
const wire = new Wire();
const video = byTest("picture");
let view = null;
let link = "joining";
let selected = "";
let resultTimer = 0;
let undo = null; // the command that takes back what was just done

document.body.classList.toggle("is-embedded", isEmbedded);
if (!isEmbedded) watchPicture();
await loadTexts();
const timeline = new Timeline();
const dayline = new Dayline();
const rowActs = { take, arm, openGate };
const voice = voiceActs(order, () => view);
const cardActs = { show: showCard, select: choose, stock: askStock };
wire.addEventListener("show", ({ detail }) => draw((view = detail)));
wire.addEventListener("link", ({ detail }) => showLink((link = detail)));
wire.open();
onLanguage(() => {
  drawHelp();
  if (view) draw(view);
});
listen();
const waiting = new Waiting(async (verdict, id) => (await order({ do: `message.${verdict}`, id }))?.ok ?? false);
await showAccess();

function listen() {
  const buttons = { live, resume, skip, busy, "card.hide": hideCard, "camera.lock": () => order(lockOrder(view)), ...voice.buttons };
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => buttons[button.dataset.do]());
  }
  for (const button of document.querySelectorAll("[data-layout]")) {
    button.addEventListener("click", () => arrange(button.dataset.layout));
  }
  byTest("help-open").addEventListener("click", () => byTest("help").showModal());
  byTest("upload-open").addEventListener("click", openUpload);
  byTest("undo").addEventListener("click", takeBack);
  byTest("stock-form").addEventListener("submit", saveStock);
  byTest("stock-close").addEventListener("click", () => byTest("stock-dialog").close());
  byTest("stock-dialog").addEventListener("close", returnFocus);
  watchKeySwitch();
  watchUpload((answer) => answer.ok && showResult({ do: "day" }, answer, null));
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

function arm(segment) {
  order({ do: "arm", segment });
}

/** Arms the segment whose button has the focus. */
function armFocused() {
  const segment = document.activeElement?.closest("[data-segment]")?.dataset.segment;
  if (segment) arm(segment);
}

function busy() {
  order({ do: "busy", is_busy: !view.day.is_busy });
}

/** Opens a gate that staff may open; by key the first that is shut, in the order of the list. */
function openGate(segment) {
  const ids = takeOrder(view);
  const shut = view.day.gates.filter((gate) => gate.is_staff && !gate.is_open);
  const first = shut.sort((one, other) => ids.indexOf(one.segment) - ids.indexOf(other.segment))[0];
  const wanted = segment ?? first?.segment;
  if (wanted) order({ do: "gate.open", segment: wanted });
  else showResult({ do: "gate.open", segment: "" }, { ok: false, code: "no_gate" }, null);
}

/** Asks for a product's stock; `step` is what the key says it changed by. */
function askStock(id, step = 0) {
  const product = view.products.find((known) => known.id === id);
  if (!product) return;
  selected = id;
  byTest("stock-dialog").dataset.product = id;
  say(document.querySelector("#h-stock"), t("op.stock_of", { product: pick(product.title) }));
  byTest("stock-count").value = Math.max(0, product.stock + step);
  byTest("stock-dialog").showModal();
  byTest("stock-count").select();
}

function saveStock() {
  order({ do: "stock", product: byTest("stock-dialog").dataset.product, stock: byTest("stock-count").valueAsNumber });
}

/** A list that was drawn anew behind the dialog no longer holds the button that opened it. */
function returnFocus({ target }) {
  const at = document.activeElement;
  if (at !== document.body && !target.contains(at)) return;
  byTest("products").querySelector(`[data-key="stock-${CSS.escape(target.dataset.product)}"]`)?.focus();
}

function takeBack() {
  if (undo) order(undo);
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
  const way = undoOf(command, view);
  const answer = await wire.command(command);
  if (answer) showResult(command, answer, way);
  return answer;
}

/** Keys act once a press; with a modifier they are the browser's. */
function press(event) {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const isElsewhere = document.querySelector("dialog[open]") || event.target.matches("input, select, textarea");
  if (isElsewhere || !view || !doKeysAct()) return;
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
    b: busy,
    k: () => order(lockOrder(view)),
    ...voice.keys,
    e: armFocused,
    g: () => openGate(),
    "+": () => askStock(selected, 1),
    "=": () => askStock(selected, 1),
    "-": () => askStock(selected, -1),
    m: () => waiting.focus(),
    a: () => waiting.judgeFocused("approve"),
    x: () => waiting.judgeFocused("refuse"),
    u: takeBack,
    d: openUpload,
    arrowdown: () => select(1),
    arrowup: () => select(-1),
    "?": () => byTest("help").showModal(),
  };
  const nth = /^[1-9]$/.test(key) ? takeOrder(view)[Number(key) - 1] : null;
  const act = nth ? () => take(nth) : acts[key];
  if (!act || (key.startsWith("arrow") && event.target.closest("[data-testid=events], [data-testid=waiting], [data-testid=questions]"))) return;
  event.preventDefault();
  act();
}

function select(step) {
  const ids = view.products.map(({ id }) => id);
  const index = ids.indexOf(selected) + step;
  selected = ids[(index + ids.length) % ids.length] ?? "";
  drawProducts(view, selected, cardActs);
}

function choose(product) {
  selected = product;
  drawProducts(view, selected, cardActs);
}

function draw(now) {
  const { status, rundown } = now;
  if (!now.products.some(({ id }) => id === selected)) selected = nextProduct(now);
  timeline.show(now);
  dayline.show(now);
  drawNotes(now);
  drawSegments(now, rowActs);
  drawProducts(now, selected, cardActs);
  drawEvents(now);
  drawQuestions(now, voice);
  drawVitals(now);
  say(byTest("node"), status.node);
  const block = rundown.blocks.find(({ now: isNow }) => isNow);
  say(byTest("block"), block ? `${pick(rundown.title)} · ${block.from}–${block.to}` : pick(rundown.title));
  const variant = now.day.variant ? t("op.variant", { name: now.day.variant }) : "";
  say(byTest("loop"), [t("op.loop", { n: status.loop }), variant].filter(Boolean).join(" · "));
  drawBooth(now);
  drawLock(now);
  byTest("busy").setAttribute("aria-pressed", String(now.day.is_busy));
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

function showResult(command, answer, way) {
  const result = byTest("result");
  const code = `code.${answer.code}`;
  const done = wordOrder(command);
  const why = hasText(code) ? t(code) : answer.message;
  result.dataset.ok = String(answer.ok);
  result.textContent = answer.ok ? done : t("op.refused", { order: done, why });
  undo = answer.ok ? way : null;
  byTest("undo").hidden = !undo;
  clearTimeout(resultTimer);
  resultTimer = setTimeout(hideResult, RESULT_MS);
}

function wordOrder(command) {
  const words = { ...command, title: view ? nameOf(command.segment, view.rundown) : "" };
  if (command.product && view) words.product = productName(command.product, view);
  if (command.layout) words.layout = t(`layout.${command.layout}`);
  const undone = { busy: !command.is_busy && "free", "ear.mute": !command.is_muted && "ear.open", "camera.lock": !command.is_locked && "camera.unlock" };
  const name = undone[command.do] || command.do;
  return t(`done.${name}`, words);
}

/** What may be undone stays for as long as somebody is about to. */
function hideResult() {
  if (byTest("undo").matches(":hover, :focus")) {
    resultTimer = setTimeout(hideResult, RESULT_MS);
    return;
  }
  byTest("result").textContent = "";
  byTest("undo").hidden = true;
  undo = null;
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
      ...Object.entries(KEYS).map(([key, name]) =>
        make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, t(`help.${name}`))),
      ),
    );
}

function watchPicture() {
  const whep = new Whep(video, { output: "kiosk" }); // the program as the booth shows it
  holdLastFrame(whep, video, document.querySelector(".held"));
  whep.addEventListener("state", ({ detail }) => {
    byTest("veil").dataset.state = detail.state;
    say(byTest("veil"), detail.state === "live" ? "" : t(`viewer.${detail.state}`));
  });
  whep.start();
}
