// The booth's screen while its node asks to belong to a fleet: code, serial, digits for a person to compare.

import { clock, make } from "./dom.js";
import { spokenOf, t } from "./text.js";

const LOOK_MS = 3000;

/** Shows a panel in `place` until the node belongs; only this machine and the operator are told. */
export async function showAsking(place) {
  const panel = make("div.asking", { hidden: true, dataset: { testid: "asking" } });
  place.append(panel);
  for (let drawn = null; ; ) {
    const answer = await fetch("/api/claim", { cache: "no-store" }).catch(() => null);
    if (answer?.status === 403) break;
    const claim = answer?.ok ? (await answer.json().catch(() => ({}))).claim : undefined;
    if (claim === null) break;
    if (claim && claim.url !== drawn) {
      drawn = claim.url;
      panel.replaceChildren(...parts(claim));
    }
    if (claim) tell(panel, claim);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  panel.remove();
}

function parts(claim) {
  const digits = `${claim.digits.slice(0, 3)} ${claim.digits.slice(3)}`;
  const code = [
    make("img", { src: `/api/claim.svg?${claim.code}`, alt: claim.url, dataset: { testid: "asking-code" } }),
    make("b.digits", { dataset: { testid: "asking-digits" } }, digits),
    make("p.letters", {}, claim.code),
  ];
  return [
    ...(claim.url ? code : []),
    make("p.standing", { role: "status", dataset: { testid: "asking-standing" } }),
    make("p.who", {}, [claim.node, claim.serial].filter(Boolean).join(" · ")),
  ];
}

function tell(panel, claim) {
  const isSilent = claim.reason && claim.standing !== "refused";
  const key = isSilent ? "asking.no_console" : `asking.${claim.standing}`;
  const left = clock(claim.left_s);
  const said = spokenOf().map((name) => make("span", { lang: name }, t(key, { left }, name)));
  panel.querySelector(".standing").replaceChildren(...said);
  panel.hidden = false;
}
