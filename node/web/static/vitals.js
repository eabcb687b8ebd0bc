// Health and counters: what a glance must tell.

import { byTest, make, say } from "./dom.js";
import { partName } from "./lists.js";
import { hasText, t } from "./text.js";

const HOUR_S = 3600;

/** Counters as [key, value, whether it deserves a look]. */
function counted({ status }) {
  const { frames, audio, cues, idr } = status;
  return [
    ["viewers", status.viewers, false],
    ["bitrate", `${(status.bitrate_kbps / 1000).toFixed(2)} Mbit/s`, false],
    ["frames", frames.out.toLocaleString("en"), false],
    ["missing", frames.missing + frames.black, frames.missing + frames.black > 0],
    ["repeated", frames.repeated, false],
    ["late_source", frames.late_source, false],
    ["gaps", audio.gaps, audio.gaps > 0],
    ["cues", cues.fired, false],
    ["late_cues", cues.late_frames_max, cues.late_frames_max > 1],
    ["idr", idr.forced, false],
    ["uptime", uptime(status.uptime_s), false],
  ];
}

/** Draws counters, parts, outputs and encoder. */
export function drawVitals(view) {
  const { status } = view;
  const list = byTest("counters");
  const values = counted(view);
  if (list.childElementCount !== values.length) {
    list.replaceChildren(...values.map(([key]) => make("div", { dataset: { key } }, make("dt"), make("dd"))));
  }
  values.forEach(([key, value, isBad], index) => {
    const row = list.children[index];
    say(row.firstChild, t(`count.${key}`));
    say(row.lastChild, String(value));
    row.classList.toggle("is-bad", isBad);
  });
  drawHealth(status);
  drawOutputs(status);
  drawAssets(status);
  say(byTest("encoder"), `${status.encoder} · ${status.size}@${status.fps} · ${status.encoder_why}`);
  byTest("encoder").classList.toggle("is-bad", status.encoder_stands_in === true);
  byTest("simulated").hidden = status.simulated.length === 0;
  say(byTest("simulated"), t("op.simulated", { parts: status.simulated.map(partName).join(", ") }));
}

function drawHealth({ health, clock }) {
  const parts = Object.entries(health).map(([name, part]) => ({ name, ...part }));
  if (clock === "unsynced") parts.push({ name: "clock", condition: "waiting", last_error: t("op.unsynced") });
  const list = byTest("health");
  const mark = JSON.stringify([parts, document.documentElement.lang]);
  if (list.dataset.drawn === mark) return;
  list.dataset.drawn = mark;
  list.replaceChildren(
    ...parts.map(({ name, condition, last_error: error, failures }) => {
      const isIll = condition !== "ready";
      const row = make("li", { dataset: { testid: `part-${name}`, condition } }, make("span", {}, partName(name)));
      const state = hasText(`condition.${condition}`) ? t(`condition.${condition}`) : condition;
      if (isIll) row.append(make("small", {}, [state, error].filter(Boolean).join(": ")));
      else row.append(make("span.visually-hidden", {}, state));
      row.title = [state, failures ? t("op.failures", { n: failures }) : "", error].filter(Boolean).join(" · ");
      return row;
    }),
  );
}

/** A line an output: whether it carries what is on air now, and what it costs. */
function drawOutputs({ outputs = [], kind }) {
  const list = byTest("outputs");
  const on = t(`kind.${kind}`);
  const lines = outputs.map((one) => ({ ...one, words: outputWords(one, on) }));
  const mark = JSON.stringify(lines.map(({ name, state, words }) => [name, state, words]));
  if (list.dataset.drawn === mark) return;
  list.dataset.drawn = mark;
  list.replaceChildren(
    ...lines.map(({ name, state, words, why }) =>
      make("li", { dataset: { testid: `output-${name}`, state }, title: why }, make("b", { dir: "auto" }, name), make("span", {}, words)),
    ),
  );
}

/** Who approved the day's files, and which of them may not be shown. */
function drawAssets({ assets }) {
  const line = byTest("assets");
  line.hidden = !assets;
  if (!assets) return;
  const { state, by, files, refused } = assets;
  const bad = refused.length ? t("assets.refused", { n: refused.length, names: refused.join(", ") }) : "";
  say(line, [t(`assets.${state}`, { n: files, by }), bad].filter(Boolean).join(" · "));
  line.classList.toggle("is-bad", bad !== "");
}

function outputWords({ state, picture, viewers, bitrate_kbps: kbps, back_at: at }, on) {
  return [
    t(`out.${state}`, { on }),
    state !== "carried" && at ? t("out.back", { at }) : "",
    picture === "own" ? t("out.own", { mbit: (kbps / 1000).toFixed(1) }) : "",
    viewers ? t("out.viewers", { n: viewers }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

function uptime(seconds) {
  const hours = Math.floor(seconds / HOUR_S);
  const minutes = Math.floor((seconds % HOUR_S) / 60);
  return `${hours}:${String(minutes).padStart(2, "0")} h`;
}
