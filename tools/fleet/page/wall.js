// The wall: a booth a tile, alarms first; pictures of what is on the screen, asked for while it is.

import { reading, since } from "./ages.js";
import { clock, make, say } from "./dom.js";
import { fill, t, tOr } from "./words.js";

const LOOK_MS = 5000;
const FILTERS = ["all", "air", "alarms", "offline"];
const FITS = {
  all: () => true,
  air: (node) => node.state === "live" || node.state === "playing",
  alarms: (node) => node.alarms.length > 0,
  offline: (node) => node.state === "offline",
};

/** The screen: `draw(changes)`, `leave()`. */
export function wallScreen({ fleet, main }) {
  const tiles = new Map();
  const seen = new Set();
  let filter = "all";
  let words = "";

  const search = make("input", { type: "search", dataset: { testid: "wall-search", tLabel: "wall.search" } });
  const chips = FILTERS.map((name) =>
    make("button.chip", { type: "button", dataset: { testid: `filter-${name}`, filter: name } }),
  );
  const grid = make("ul.wall", { dataset: { testid: "wall" } });
  const none = make("p.none", { dataset: { t: "wall.none" }, hidden: true });
  main.append(
    make("h1.visually-hidden", { dataset: { t: "nav.wall" } }),
    make("div.tools", {}, ...chips, make("span.grow"), search),
    grid,
    none,
  );
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      filter = chip.dataset.filter;
      draw(null);
    });
  }
  search.addEventListener("input", () => {
    words = search.value.trim().toLowerCase();
    draw(null);
  });

  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(target.dataset.id);
      else seen.delete(target.dataset.id);
    }
    look();
  });
  const look = () => document.visibilityState === "visible" && fleet.see([...seen]);
  const timer = setInterval(look, LOOK_MS);

  function draw(changes) {
    const touched = changes === null ? null : new Set(changes.filter((one) => one.kind === "node").map((one) => one.key));
    for (const node of fleet.nodes.values()) {
      if (!tiles.has(node.id)) {
        const tile = newTile(node.id);
        tiles.set(node.id, tile);
        watcher.observe(tile);
        drawTile(tile, node);
      } else if (touched === null || touched.has(node.id)) {
        drawTile(tiles.get(node.id), node);
      }
    }
    for (const [id, tile] of tiles) {
      if (fleet.nodes.has(id)) continue;
      watcher.unobserve(tile);
      tiles.delete(id);
      seen.delete(id);
    }
    arrange();
    for (const chip of chips) {
      const name = chip.dataset.filter;
      chip.setAttribute("aria-pressed", String(name === filter));
      say(chip, `${t(`wall.${name}`)} ${[...fleet.nodes.values()].filter(FITS[name]).length}`);
    }
  }

  function arrange() {
    const shown = [...fleet.nodes.values()].filter((node) => FITS[filter](node) && matches(node, words));
    shown.sort((a, b) => urgency(b) - urgency(a) || a.id.localeCompare(b.id));
    const wanted = shown.map((node) => tiles.get(node.id));
    const isSame = wanted.length === grid.children.length && wanted.every((tile, i) => grid.children[i] === tile);
    if (!isSame && !grid.contains(document.activeElement)) grid.replaceChildren(...wanted);
    else if (!isSame && wanted.length !== grid.children.length) grid.replaceChildren(...wanted);
    none.hidden = wanted.length > 0;
  }

  return {
    draw,
    leave() {
      clearInterval(timer);
      watcher.disconnect();
      fleet.see([]);
    },
  };
}

/** 2 for what is bad, 1 for what warns. */
export function urgency(node) {
  if (node.alarms.some((alarm) => alarm.level === "bad")) return 2;
  return node.alarms.length ? 1 : 0;
}

/** Whether a node fits words typed: its id, its labels, its segment. */
export function matches(node, words) {
  const tags = Object.entries(node.tags ?? {}).map(([key, value]) => `${key}=${value}`);
  const text = [node.id, node.player?.seg ?? "", ...tags].join(" ").toLowerCase();
  return words.split(/\s+/).every((word) => text.includes(word));
}

function newTile(id) {
  const picture = make("img.still", { alt: "", hidden: true });
  picture.addEventListener("load", () => (picture.hidden = false));
  return make(
    "li.tile",
    { dataset: { id, testid: `tile-${id}` } },
    make(
      "a",
      { href: `#node/${encodeURIComponent(id)}` },
      make("div.screen", {}, picture, make("span.state"), make("span.still-age")),
      make("div.name", {}, make("b", {}, id), make("span.tags")),
      make("div.what"),
      make("div.facts"),
      make("ul.alarm-lines"),
    ),
  );
}

function drawTile(tile, node) {
  tile.className = `tile is-${node.state} ${["", "is-warn", "is-bad"][urgency(node)]}`;
  const picture = tile.querySelector(".still");
  const source = node.still_at ? `/v1/nodes/${encodeURIComponent(node.id)}/still?at=${node.still_at}` : "";
  if (source && picture.getAttribute("src") !== source) picture.src = source;
  say(tile.querySelector(".state"), t(`state.${node.state}`));
  tile.querySelector(".still-age").replaceChildren(...(node.still_at ? [since(node.still_at)] : []));
  say(tile.querySelector(".tags"), Object.values(node.tags ?? {}).join(" · "));
  tile.querySelector(".what").replaceChildren(...onAir(node));
  tile.querySelector(".facts").replaceChildren(...facts(node));
  tile.querySelector(".alarm-lines").replaceChildren(
    ...node.alarms.slice(0, 2).map((alarm) =>
      make(`li.is-${alarm.level}`, {}, make("b", {}, tOr(`alarm.${alarm.code}`, alarm.code)), " ",
        make("span", {}, alarm.detail ?? ""), since(alarm.at)),
    ),
  );
  fill(tile);
}

function onAir(node) {
  const { seg, pos, card, at } = node.player;
  if (!at) return [make("span.quiet", { dataset: { t: "wall.silent" } })];
  const parts = [make("b.seg", {}, seg || t("state.slate")), reading(clock(pos ?? 0), at, 1000)];
  if (card) parts.push(make("span.card-chip", {}, card));
  return parts;
}

function facts(node) {
  const found = [];
  if (node.sys.cpu_c !== undefined) found.push(reading(`${Math.round(node.sys.cpu_c)} °C`, node.sys.at, 30_000));
  if (node.stream.viewers !== undefined) {
    found.push(reading(t("wall.viewers", { n: node.stream.viewers }), node.stream.at, 30_000));
  }
  return found;
}
