// The run of show: compose a cue, send it, see each node's answer in its lane; nothing is green before it.

import { since } from "./ages.js";
import { make, refill, say } from "./dom.js";
import { t, tOr } from "./words.js";

const TAKE_LEAD_S = 1;
const LANES = 30;
const BANDS = ["done", "running", "accepted", "sent", "created", "bad"];

/** The screen. */
export function runScreen({ fleet, main, attempt }) {
  const lanes = new Map();
  const segment = field("run-segment", "run.segment", "segments");
  const product = field("run-product", "run.product", "products");
  const labels = field("run-labels", "run.labels", "labels");
  const target = make("p.target", { dataset: { testid: "run-target" } });
  const list = make("ol.lanes", { dataset: { testid: "lanes" } });
  const armed = make("p.armed", { dataset: { testid: "armed" } });
  const buttons = [
    ["arm", () => send("cue.arm", { segment: segment.value.trim() }, segment)],
    ["take", () => send("cue.go", { segment: segment.value.trim() }, segment, { in_s: TAKE_LEAD_S })],
    ["card", () => send("card.show", { product: product.value.trim() }, product)],
    ["hide", () => send("card.hide", {})],
  ].map(([name, act]) => {
    const button = make(`button.key${name === "take" ? ".is-main" : ""}`, {
      type: "button", dataset: { testid: `run-${name}`, t: `run.${name}` },
    });
    button.addEventListener("click", act);
    return button;
  });
  const composer = make(
    "section.composer",
    { dataset: { testid: "composer" } },
    labels,
    target,
    make("div.row", {}, segment, buttons[0], buttons[1]),
    armed,
    make("div.row", {}, product, buttons[2], buttons[3]),
    suggestions("segments"),
    suggestions("products"),
    suggestions("labels"),
  );
  main.append(make("h1", { dataset: { t: "nav.run" } }), composer, list);
  labels.addEventListener("input", () => draw(null));
  segment.addEventListener("input", () => draw(null));

  function select() {
    const words = labels.value.trim();
    if (!words) return { all: true };
    return words.includes("=") ? { labels: words } : { ids: words.split(/[\s,]+/) };
  }

  async function send(type, data, needed = null, extra = {}) {
    if (needed && !needed.value.trim()) {
      needed.focus();
      return;
    }
    const planned = await attempt(() => fleet.post("/v1/commands", { type, data, select: select(), dry_run: true }));
    if (!planned) return;
    const count = planned.targets.length;
    if (count > 10 && prompt(t("run.type_count", { count })) !== String(count)) return;
    await attempt(() => fleet.command(type, data, select(), { ...extra, count }));
  }

  function draw() {
    composer.hidden = !fleet.may("operator");
    const nodes = chosen(fleet, select());
    const online = nodes.filter((node) => !["offline", "wiped"].includes(node.state)).length;
    say(target, t("run.target", { online, total: nodes.length }));
    const wanted = segment.value.trim();
    const ready = nodes.filter((node) => node.player.armed && node.player.armed === wanted).length;
    say(armed, wanted ? t("run.armed", { ready, total: nodes.length }) : "");
    suggest(fleet);
    const shown = [...fleet.batches.values()].sort((a, b) => b.at - a.at).slice(0, LANES);
    const rows = shown.map((batch) => {
      const row = lanes.get(batch.batch) ?? newLane(batch);
      lanes.set(batch.batch, row);
      drawLane(row, batch);
      return row;
    });
    const isSame = rows.length === list.children.length && rows.every((row, i) => list.children[i] === row);
    if (!isSame) list.replaceChildren(...rows);
  }

  return { draw };
}

function chosen(fleet, select) {
  const all = [...fleet.nodes.values()];
  if (select.all) return all;
  if (select.ids) return all.filter((node) => select.ids.includes(node.id));
  const terms = select.labels.split(",").map((term) => term.trim().match(/^([a-z0-9-]+)(!?=)([a-z0-9-]+)$/));
  if (terms.includes(null)) return [];
  return all.filter((node) => terms.every(([, key, sign, value]) => (node.tags?.[key] === value) === (sign === "=")));
}

function field(id, key, list) {
  const input = make("input", { type: "text", spellcheck: false, autocomplete: "off", dataset: { testid: id, tLabel: key } });
  input.setAttribute("list", list); // the property cannot be set
  return input;
}

const suggestions = (id) => make("datalist", { id });

function suggest(fleet) {
  const nodes = [...fleet.nodes.values()];
  const batches = [...fleet.batches.values()];
  offer("segments", [...nodes.map((node) => node.player.seg), ...batches.map((one) => one.data.segment)]);
  offer("products", [...nodes.map((node) => node.player.card), ...batches.map((one) => one.data.product)]);
  offer("labels", nodes.flatMap((node) => Object.entries(node.tags ?? {}).map(([key, value]) => `${key}=${value}`)));
}

function offer(id, words) {
  const wanted = [...new Set(words.filter(Boolean))].sort();
  const list = document.getElementById(id);
  if (list.children.length === wanted.length) return;
  list.replaceChildren(...wanted.map((value) => make("option", { value })));
}

function newLane(batch) {
  return make(
    "li.lane",
    { dataset: { testid: "lane" } },
    make("div.lane-head", {}, make("b.lane-what"), make("span.lane-on"), make("span.lane-count"), since(batch.at)),
    make("div.lane-track", { role: "img" }, ...BANDS.map((name) => make(`i.is-${name}`))),
    make("p.lane-by"),
    make("ul.lane-failures"),
  );
}

function drawLane(row, batch) {
  const counts = banded(batch.counts);
  say(row.querySelector(".lane-what"), tOr(`cmd.${batch.type}`, batch.type));
  say(row.querySelector(".lane-on"), batch.data.segment ?? batch.data.product ?? (batch.data.volume !== undefined ? `${batch.data.volume} %` : ""));
  say(row.querySelector(".lane-count"), `${batch.counts.done ?? 0}/${batch.total}`);
  row.classList.toggle("is-open", batch.open > 0);
  row.classList.toggle("has-failed", counts.bad > 0);
  for (const name of BANDS) row.querySelector(`.is-${name}`).style.flexGrow = counts[name];
  const told = Object.entries(batch.counts).map(([status, n]) => `${t(`status.${status}`)} ${n}`).join(" · ");
  row.querySelector(".lane-track").setAttribute("aria-label", told);
  say(row.querySelector(".lane-by"), `${batch.by} · ${told}`);
  refill(
    row.querySelector(".lane-failures"),
    batch.failures.slice(0, 5).map((one) =>
      make("li", {}, make("a", { href: `#node/${one.node}`, dataset: { key: one.node } }, one.node), ` ${t(`status.${one.status}`)} `,
        make("span", {}, [one.code && tOr(`code.${one.code}`, one.code), one.message].filter(Boolean).join(": "))),
    ),
  );
}

function banded(counts) {
  const found = Object.fromEntries(BANDS.map((name) => [name, 0]));
  for (const [status, n] of Object.entries(counts)) found[status in found ? status : "bad"] += n;
  return found;
}
