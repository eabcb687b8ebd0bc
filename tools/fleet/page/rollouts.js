// Roll-outs: how far each wave is, what failed, and who lets it go on.

import { since } from "./ages.js";
import { make, refill } from "./dom.js";
import { t, tOr } from "./words.js";

/** The screen. */
export function rolloutsScreen({ fleet, main, attempt }) {
  const list = make("ul.rollouts", { dataset: { testid: "rollouts" } });
  main.append(make("h1", { dataset: { t: "nav.rollouts" } }), make("p.hint", { dataset: { t: "rollout.hint" } }), list);

  function draw(changes) {
    const isTouched = changes === null || changes.some(({ kind }) => kind === "rollout" || kind === "node");
    if (!isTouched || list.contains(document.activeElement)) {
      if (changes !== null && !changes.some(({ kind }) => kind === "rollout")) return;
    }
    const rows = [...fleet.rollouts.values()].sort((a, b) => b.at - a.at).map(row);
    refill(list, rows.length ? rows : [make("li.none", {}, t("rollout.none"))]);
  }

  function row(one) {
    const button = (verb) => {
      const key = make("button.key", { type: "button", dataset: { testid: `rollout-${verb}`, key: `${one.id}-${verb}` } }, t(`rollout.${verb}`));
      key.addEventListener("click", () => attempt(() => fleet.post(`/v1/rollouts/${one.id}/${verb}`)));
      return key;
    };
    const applied = one.counts.applied ?? 0;
    const failed = one.counts.failed ?? 0;
    return make(
      `li.rollout.is-${one.standing}`,
      {},
      make("div.lane-head", {}, make("b", {}, t(`section.${one.section}`)), make("span.verdict", {}, t(`standing.${one.standing}`)),
        make("span.lane-count", {}, `${applied}/${one.total}`), since(one.at)),
      make("div.waves", {}, ...one.waves.map((size, i) =>
        make(`span.wave${i < one.wave ? ".is-past" : ""}${i === one.wave ? ".is-now" : ""}`, { style: `flex-grow:${size - (one.waves[i - 1] ?? 0)}` }, String(size)))),
      make("div.lane-track", { role: "img", ariaLabel: t("rollout.told", { applied, failed, total: one.total }) },
        ...[["done", applied], ["bad", failed], ["sent", one.reached - applied - failed], ["created", one.total - one.reached]].map(([name, n]) => {
          const band = make(`i.is-${name}`);
          band.style.flexGrow = n;
          return band;
        })),
      make("p.lane-by", {}, `${one.by} · ${t("rollout.told", { applied, failed, total: one.total })} ${one.reason ?? ""}`),
      make("ul.lane-failures", {}, ...one.failures.slice(0, 5).map((failure) =>
        make("li", {}, make("a", { href: `#node/${failure.node}`, dataset: { key: `${one.id}-${failure.node}` } }, failure.node), ` ${tOr(`code.${failure.code}`, failure.code)}: ${failure.message}`))),
      fleet.may("admin") ? make("div.row", {}, ...verbs(one).map(button)) : null,
    );
  }

  return { draw };
}

function verbs({ standing, needs_approval }) {
  if (standing === "aborted" || standing === "done") return [];
  const found = standing === "paused" || standing === "stopped" ? ["start"] : ["pause"];
  if (needs_approval && standing !== "stopped") found.push("approve");
  return [...found, "abort"];
}
