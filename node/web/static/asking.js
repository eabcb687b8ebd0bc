// The booth's screen while the node asks to belong to a fleet: the code to scan, digits to compare.

import { make } from "./dom.js";
import { countdown } from "./nodetime.js";
import { hasText, spokenOf, t } from "./text.js";

const LOOK_MS = 2000;

/** Shows in `frame` what `/api/claim` tells, for as long as it tells of anything. */
export function showAsking(frame) {
  const panel = make("aside.asking", { hidden: true, dataset: { testid: "asking" } });
  frame.append(panel);
  look(panel);
}

async function look(panel) {
  const answer = await fetch("/api/claim").catch(() => null);
  if (answer?.status === 403) return; // not this machine's own screen
  const claim = answer?.ok ? (await answer.json()).claim : null;
  if (answer) draw(panel, claim);
  setTimeout(() => look(panel), LOOK_MS);
}

function draw(panel, claim) {
  panel.hidden = !claim;
  if (!claim) return;
  const key = claim.reason && hasText(`asking.${claim.reason}`) ? `asking.${claim.reason}` : `asking.${claim.standing}`;
  const left = countdown(claim.left_s * 1000);
  const standing = spokenOf().map((name) => make("span", { lang: name }, t(key, { left }, name)));
  const mark = JSON.stringify([claim.url, claim.digits, claim.code, standing.map((line) => line.textContent)]);
  if (panel.dataset.drawn === mark) return;
  panel.dataset.drawn = mark;
  panel.replaceChildren(
    ...(claim.url ? [make("img", { src: `/api/claim.svg?${encodeURIComponent(claim.code || claim.digits)}`, alt: claim.url })] : []),
    ...(claim.digits ? [make("p.digits", { dataset: { testid: "asking-digits" } }, claim.digits)] : []),
    ...(claim.code ? [make("p.letters", {}, claim.code)] : []),
    make("p.standing", { role: "status" }, ...standing),
    make("p.who", {}, [claim.node, claim.serial].filter(Boolean).join(" · ")),
  );
}
