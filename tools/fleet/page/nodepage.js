// One node: its picture, what is wanted of it beside what it reports, its commands, its health.

import { reading, since, span, tick } from "./ages.js";
import { clock, make, say } from "./dom.js";
import { tag, t, tOr } from "./words.js";

const LOOK_MS = 3000;
const ASK_MS = 2000;

/** The screen of the node `key`. */
export function nodeScreen({ fleet, main, key, attempt }) {
  let page = null;
  let asking = false;
  const picture = make("img.still", { alt: t("node.still", { node: key }), hidden: true, dataset: { testid: "node-still" } });
  picture.addEventListener("load", () => (picture.hidden = false));
  const parts = Object.fromEntries(
    ["state", "alarms", "health", "sections", "commands", "events"].map((name) => [name, make("div", { dataset: { testid: `node-${name}` } })]),
  );
  const panel = (name, title) => make(`section.panel.of-${name}`, {}, make("h2", { dataset: { t: title } }), parts[name]);
  const stage = make("div.stage", {}, picture, make("span.state"), make("span.still-age"));
  const doing = actions();
  main.append(
    make("div.node-head", {}, make("a.back", { href: "#wall" }, "‹ ", make("span", { dataset: { t: "nav.wall" } })), make("h1", {}, key), parts.state),
    make("div.node-left", {}, stage, parts.alarms, doing, panel("health", "node.health")),
    make("div.node-right", {}, panel("sections", "node.sections"), panel("commands", "node.commands"), panel("events", "node.events")),
  );
  const look = () => fleet.see([key]);
  const timers = [setInterval(look, LOOK_MS), setInterval(ask, ASK_MS)];
  look();
  ask();

  async function ask() {
    if (asking || !fleet.isLinked) return;
    asking = true;
    page = (await attempt(() => fleet.get(`/v1/nodes/${encodeURIComponent(key)}`))) ?? page;
    asking = false;
    if (page) drawPage(page);
  }

  function actions() {
    const product = make("input", { type: "text", autocomplete: "off", dataset: { testid: "node-product", tLabel: "run.product" } });
    const segment = make("input", { type: "text", autocomplete: "off", dataset: { testid: "node-segment", tLabel: "run.segment" } });
    const volume = make("input", { type: "number", min: 0, max: 100, dataset: { testid: "node-volume", tLabel: "node.volume" } });
    const select = { ids: [key] };
    const act = (name, type, data, isReady = () => true) => {
      const button = make("button.key", { type: "button", dataset: { testid: `do-${name}`, t: `do.${name}` } });
      button.addEventListener("click", () => isReady() && attempt(() => fleet.command(type, data(), select)).then(ask));
      return button;
    };
    return make(
      "section.panel.actions",
      { dataset: { testid: "node-actions" } },
      make("div.row", {}, segment, act("arm", "cue.arm", () => ({ segment: segment.value.trim() }), () => segment.value.trim()), act("take", "cue.go", () => ({ segment: segment.value.trim() }), () => segment.value.trim())),
      make("div.row", {}, product, act("card", "card.show", () => ({ product: product.value.trim() }), () => product.value.trim()), act("hide", "card.hide", () => ({}))),
      make("div.row", {}, volume, act("volume", "audio.set", () => ({ volume: Number(volume.value) }), () => volume.value !== "")),
      make("div.row", {}, act("live", "live.start", () => ({})), act("resume", "live.stop", () => ({ to: "resume" })), act("identify", "sys.identify", () => ({})), act("rebirth", "rebirth", () => ({}))),
    );
  }

  function draw() {
    const node = fleet.nodes.get(key);
    doing.hidden = !fleet.may("operator");
    if (!node) {
      say(parts.state, t("node.unknown"));
      return;
    }
    stage.className = `stage is-${node.state}`;
    say(stage.querySelector(".state"), t(`state.${node.state}`));
    stage.querySelector(".still-age").replaceChildren(...(node.still_at ? [since(node.still_at)] : []));
    const source = node.still_at ? `/v1/nodes/${encodeURIComponent(key)}/still?at=${node.still_at}` : "";
    if (source && picture.getAttribute("src") !== source) picture.src = source;
    const { seg, pos, card, armed, at } = node.player;
    parts.state.className = "node-now";
    parts.state.replaceChildren(
      ...(at ? [make("b", {}, seg || t("state.slate")), reading(clock(pos ?? 0), at, 1000)] : []),
      ...(armed ? [make("span.badge", {}, t("node.armed", { segment: armed }))] : []),
      ...(card ? [make("span.card-chip", {}, card)] : []),
      ...Object.entries(node.tags ?? {}).map(([name, value]) => make("span.tag", {}, `${name}=${value}`)),
    );
    parts.alarms.replaceChildren(...node.alarms.map((alarm) =>
      make(`p.alarm.is-${alarm.level}`, {}, make("b", {}, tOr(`alarm.${alarm.code}`, alarm.code)), ` ${alarm.detail ?? ""} `, since(alarm.at))));
    parts.health.replaceChildren(...health(node, page?.node));
  }

  function drawPage({ node, commands, events, now }) {
    parts.sections.replaceChildren(node.sections.length ? sectionTable(node.sections) : make("p.none", {}, t("node.no_sections")));
    parts.commands.replaceChildren(commandList(commands));
    parts.events.replaceChildren(eventList(events, now));
    draw();
    tick(main, fleet.now());
  }

  return { draw, leave: () => { timers.forEach(clearInterval); fleet.see([]); } };
}

function health(node, page) {
  const { sys, stream, player } = node;
  const birth = page?.birth;
  const row = (label, text, at, period) => make("div.fact", {}, make("span", {}, t(label)), reading(text, at, period));
  const rows = [];
  const has = (value) => value !== undefined && value !== null;
  if (has(sys.cpu_c)) rows.push(row("health.cpu", `${Math.round(sys.cpu_c)} °C`, sys.at, 30_000));
  if (has(sys.mem_mb)) rows.push(row("health.mem", `${sys.mem_mb} MB`, sys.at, 30_000));
  if (has(sys.disk_free_mb)) rows.push(row("health.disk", `${(sys.disk_free_mb / 1000).toFixed(1)} GB`, sys.at, 30_000));
  if (has(sys.rtt_ms)) rows.push(row("health.rtt", `${sys.rtt_ms} ms`, sys.at, 30_000));
  if (has(stream.viewers)) rows.push(row("health.viewers", String(stream.viewers), stream.at, 30_000));
  if (has(stream.fps)) rows.push(row("health.fps", `${stream.fps} fps · ${Math.round(stream.kbps)} kbit/s`, stream.at, 30_000));
  if (has(player.volume)) rows.push(row("health.volume", `${player.volume} %`, player.at, 1000));
  if (birth) {
    const at = page.birth_at;
    const day = 86_400_000; // a birth comes with each connection: it holds until the next
    rows.push(row("health.outbox", t("health.rows", { n: birth.outbox.rows, age: span(birth.outbox.oldest_s * 1000) }), at, day));
    rows.push(row("health.clock", `${t(`clock.${birth.clock.state}`)} ${birth.clock.offset_ms} ms`, at, day));
    rows.push(row("health.sw", `${birth.sw} · ${birth.model}`, at, day));
    rows.push(row("health.births", `#${birth.bseq} · ${t(`trust.${birth.trust}`)}`, at, day));
  }
  return rows;
}

function sectionTable(sections) {
  const head = ["section", "wanted", "reported", "status"].map((name) => make("th", { scope: "col" }, t(`col.${name}`)));
  const rows = sections.map((one) => {
    const isDiff = one.is_behind || one.status === "failed";
    const why = one.reason ? `${tOr(`code.${one.reason.code}`, one.reason.code)}: ${one.reason.message}` : "";
    const content = Object.entries(one.data).map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`).join("\n");
    return make(
      `tr${isDiff ? ".is-diff" : ""}`,
      {},
      make("th", { scope: "row", title: content }, t(`section.${one.section}`)),
      make("td", {}, one.wanted ? String(one.wanted) : "—"),
      make("td", {}, one.reported ? String(one.reported) : "—"),
      make("td", {}, make(`span.verdict.is-${one.is_behind ? "pending" : one.status || "pending"}`, {}, t(`progress.${one.is_behind ? "pending" : one.status || "pending"}`)), why ? make("small", {}, why) : null),
    );
  });
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

function commandList(commands) {
  if (!commands.length) return make("p.none", {}, t("node.no_commands"));
  return make("ul.commands", {}, ...commands.slice(0, 12).map((one) =>
    make("li", {},
      make(`span.verdict.is-${one.status}`, {}, t(`status.${one.status}`)),
      make("b", {}, tOr(`cmd.${one.type}`, one.type)),
      make("span", {}, String(one.data.segment ?? one.data.product ?? one.data.volume ?? "")),
      make("small", {}, [one.code && tOr(`code.${one.code}`, one.code), one.message].filter(Boolean).join(": ")),
      make("small.by", {}, one.by), since(one.iat))));
}

function eventList(events) {
  if (!events.length) return make("p.none", {}, t("node.no_events"));
  return make("ul.commands", {}, ...events.slice(0, 12).map(({ at, event }) =>
    make("li", {}, make("b", {}, event.type), make("span", {}, brief(event.data)), make("small.by", {}, new Date(at).toLocaleTimeString(tag())), since(at))));
}

const brief = (content = {}) => Object.values(content).filter((one) => typeof one !== "object").slice(0, 3).join(" · ");
