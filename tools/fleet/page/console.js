// The console: who is there, which screen, the bar that stops everything; screens draw themselves.

import { span, tick } from "./ages.js";
import { alarmsScreen } from "./alarms.js";
import { claimScreen, isWaiting } from "./claim.js";
import { byTest, say } from "./dom.js";
import { Fleet } from "./fleet.js";
import { hold } from "./hold.js";
import { nodeScreen } from "./nodepage.js";
import { rolloutsScreen } from "./rollouts.js";
import { runScreen } from "./run.js";
import { wallScreen } from "./wall.js";
import { fill, loadTexts, onLanguage, t, tOr } from "./words.js";

const TOAST_MS = 6000;
const SCREENS = {
  wall: wallScreen, run: runScreen, rollouts: rolloutsScreen, alarms: alarmsScreen,
  claim: claimScreen, node: nodeScreen,
};

const fleet = new Fleet();
const main = byTest("main");
let screen = null;
let place = { name: "wall", key: "" };
let stopped = "";
let toastTimer = 0;

/** Says what was refused, or anything else that passes. */
function toast(text, isBad = false) {
  const box = byTest("toast");
  say(box, text);
  box.classList.toggle("is-bad", isBad);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => say(box, ""), TOAST_MS);
}

/** Runs an order; what is refused is said. */
async function attempt(order) {
  try {
    return await order();
  } catch (error) {
    toast(`${tOr(`code.${error.code}`, error.code ?? "")} ${error.message}`.trim(), true);
    return null;
  }
}

function open() {
  if (location.pathname === "/claim" && !location.hash.startsWith("#claim")) {
    const [, code = ""] = location.hash.slice(1).split(".");
    history.replaceState(null, "", `/#claim/${code}`);
  }
  const [name, key = ""] = location.hash.slice(1).split("/");
  place = { name: name in SCREENS ? name : "wall", key: decodeURIComponent(key) };
  for (const link of document.querySelectorAll("[data-screen]")) {
    const isHere = link.dataset.screen === place.name || (place.name === "node" && link.dataset.screen === "wall");
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  screen?.leave?.();
  main.replaceChildren();
  main.className = `screen-${place.name}`;
  screen = SCREENS[place.name]({ fleet, main, key: place.key, attempt, toast });
  scrollTo(0, 0);
  draw(null);
  document.title = [main.querySelector("h1")?.textContent, "fleet"].filter(Boolean).join(" · ");
}

function draw(changes) {
  frame();
  screen?.draw(changes);
  fill(main);
  tick(document, fleet.now());
}

function frame() {
  const nodes = [...fleet.nodes.values()];
  const online = nodes.filter((node) => !["offline", "wiped"].includes(node.state)).length;
  const alarms = nodes.reduce((sum, node) => sum + node.alarms.length, fleet.line.alarms?.length ?? 0);
  const waiting = [...fleet.claims.values()].filter((one) => isWaiting(one, fleet.now())).length;
  const line = byTest("line");
  const isUp = fleet.isLinked && fleet.line.is_up;
  line.className = isUp ? "line is-up" : "line is-down";
  say(line, isUp ? t("line.up", { online, total: nodes.length }) : t(fleet.isLinked ? "line.no_broker" : "line.lost"));
  say(byTest("org"), fleet.line.org || "fleet");
  count("alarm-count", alarms);
  count("claim-count", waiting);
  say(byTest("logout"), fleet.me.name);
  byTest("logout").title = t("logout");
  byTest("logout").setAttribute("aria-label", `${t("logout")}: ${fleet.me.name}`);
  byTest("stop-bar").hidden = !fleet.may("operator") || !nodes.length;
  const scope = place.name === "node" ? place.key : t("stop.all", { n: nodes.length });
  say(byTest("stop-label"), t("stop.hold", { scope }));
  byTest("stop").setAttribute("aria-label", t("stop.hold", { scope }));
  say(byTest("stop-said"), stopSaid());
}

function count(name, number) {
  const badge = byTest(name);
  badge.hidden = number === 0;
  say(badge, String(number));
}

/** "stopped 997/1000, 3 unreachable, last seen 41 s ago": what nodes said, not what we hope. */
function stopSaid() {
  const batch = fleet.batches.get(stopped);
  if (!batch) return "";
  const done = batch.counts.done ?? 0;
  if (done === batch.total) return t("stop.done", { done, total: batch.total });
  const gone = [...fleet.nodes.values()].filter((node) => node.state === "offline");
  const unreachable = Math.min(gone.length, batch.total - done);
  if (!unreachable) return t("stop.pending", { done, total: batch.total });
  const seen = Math.max(...gone.map((node) => node.seen_at));
  return t("stop.partly", { done, total: batch.total, gone: unreachable, age: span(fleet.now() - seen) });
}

async function stop() {
  const answer = await attempt(() =>
    place.name === "node"
      ? fleet.post("/v1/commands", { type: "live.stop", data: {}, select: { ids: [place.key] } })
      : fleet.post("/v1/stop"),
  );
  stopped = answer?.batch ?? stopped;
  frame();
}

function welcome() {
  const dialog = byTest("login");
  if (!dialog.open) dialog.showModal();
}

byTest("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const bad = byTest("login-bad");
  bad.hidden = true;
  const answer = await fetch("/v1/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: byTest("token").value.trim() }),
  }).catch(() => null);
  if (answer?.ok) {
    byTest("token").value = "";
    byTest("login").close();
    fleet.open();
    return;
  }
  bad.hidden = false;
  bad.textContent = t(answer ? "login.bad" : "code.unreachable");
});
byTest("login").addEventListener("cancel", (event) => event.preventDefault());
byTest("logout").addEventListener("click", async () => {
  await fetch("/v1/logout", { method: "POST" });
  location.reload();
});

hold(byTest("stop"), stop);
fleet.addEventListener("change", ({ detail }) => draw(detail));
fleet.addEventListener("link", frame);
fleet.addEventListener("stranger", welcome);
addEventListener("hashchange", () => {
  open();
  main.focus({ preventScroll: true }); // the link that led here may be gone
});
await loadTexts();
onLanguage(open);
open();
setInterval(() => {
  frame();
  tick(document, fleet.now());
}, 1000);
await fleet.open();
