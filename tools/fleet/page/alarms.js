// Alarms, the worst first; and the audit: who did what, when, with what result.

import { since } from "./ages.js";
import { make, refill } from "./dom.js";
import { tag, t, tOr } from "./words.js";

const LINES = 60;

/** The screen. */
export function alarmsScreen({ fleet, main, attempt }) {
  const alarms = make("ul.alarm-list", { dataset: { testid: "alarm-list" } });
  const body = make("tbody", { dataset: { testid: "audit" } });
  const head = ["when", "who", "what", "on", "nodes", "result"].map((name) => make("th", { scope: "col", dataset: { t: `col.${name}` } }));
  const more = make("button.key", { type: "button", dataset: { t: "audit.more", testid: "audit-more" } });
  let lines = [];
  let drawn = "";
  main.append(
    make("section.panel", {}, make("h1", { dataset: { t: "alarms.title" } }), alarms),
    make("section.panel.audit", {}, make("h2", { dataset: { t: "audit.title" } }),
      make("div.scroll", { tabIndex: 0, role: "group", dataset: { tLabel: "audit.title" } }, make("table", {}, make("thead", {}, make("tr", {}, ...head)), body)), more),
  );
  more.addEventListener("click", () => load(lines.at(-1)?.k ?? 0));
  load(0);

  async function load(before) {
    if (!fleet.isLinked) return;
    const answer = await attempt(() => fleet.get(`/v1/audit?limit=${LINES}${before ? `&before=${before}` : ""}`));
    if (!answer) return;
    lines = before ? [...lines, ...answer.lines] : answer.lines;
    body.replaceChildren(...lines.map(line));
    more.hidden = answer.lines.length < LINES;
  }

  function draw(changes) {
    const found = [...(fleet.line.alarms ?? []), ...[...fleet.nodes.values()].flatMap((node) => node.alarms)];
    found.sort((a, b) => a.level.localeCompare(b.level) || b.at - a.at);
    const mark = JSON.stringify([found, tag()]);
    if (mark !== drawn) refill(alarms, rows(found));
    drawn = mark;
    if (changes === null || changes.some(({ kind }) => kind === "audit")) load(0);
  }

  return { draw };
}

function rows(found) {
  if (!found.length) return [make("li.none", {}, t("alarms.none"))];
  return found.map((alarm) => {
    const place = { href: `#node/${alarm.node}`, dataset: { key: `${alarm.node}-${alarm.code}` } };
    return make(`li.alarm.is-${alarm.level}`, {}, alarm.node ? make("a", place, alarm.node) : make("span", {}, "fleet"),
      make("b", {}, tOr(`alarm.${alarm.code}`, alarm.code)), make("span", {}, alarm.detail ?? ""), since(alarm.at));
  });
}

function line(one) {
  const cells = [
    new Date(one.at).toLocaleString(tag()), one.who, tOr(`deed.${one.what}`, one.what),
    tOr(`cmd.${one.on}`, one.on), one.nodes || "", one.result === "ok" ? "" : one.result,
  ];
  return make("tr", {}, ...cells.map((cell) => make("td", {}, String(cell))));
}
