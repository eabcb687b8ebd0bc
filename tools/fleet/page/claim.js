// Claim: nodes that ask to belong; the digits on both screens are compared, then the code lets them in.

import { since } from "./ages.js";
import { make } from "./dom.js";
import { t } from "./words.js";

/** Whether a node still asks. */
export const isWaiting = (one, now) => one.standing === "waiting" && now < one.expires_at;

/** The screen; `key` is a code that a QR code brought. */
export function claimScreen({ fleet, main, key, attempt, toast }) {
  const code = make("input", { type: "text", autocomplete: "off", spellcheck: false, required: true, maxLength: 80, value: key, dataset: { testid: "claim-code", tLabel: "claim.code" } });
  const form = make("form.row", { dataset: { testid: "claim-form" } }, code, make("button.key.is-main", { type: "submit", dataset: { t: "claim.approve", testid: "claim-go" } }));
  const list = make("ul.claims", { dataset: { testid: "claims" } });
  main.append(make("h1", { dataset: { t: "nav.claim" } }), make("p.hint", { dataset: { t: "claim.hint" } }), form, list);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await attempt(() => fleet.post("/v1/claims/approve", { code: code.value.trim() }));
    if (!answer) return;
    code.value = "";
    toast(t("claim.done", { node: answer.claim.node }));
  });

  const standing = (one) => (one.standing === "waiting" && !isWaiting(one, fleet.now()) ? "void" : one.standing);

  function draw(changes) {
    form.hidden = !fleet.may("admin");
    if (changes !== null && !changes.some(({ kind }) => kind === "claim")) return;
    const rows = [...fleet.claims.values()].sort((a, b) => b.at - a.at);
    list.replaceChildren(...(rows.length ? rows.map((one) =>
      make(`li.claim.is-${standing(one)}`, {},
        make("b.digits", {}, `${one.digits.slice(0, 3)} ${one.digits.slice(3)}`),
        make("div", {}, make("b", {}, one.node), make("small", {}, [one.model, one.serial].filter(Boolean).join(" · ")),
          make("small.mono", {}, one.fingerprint.slice(0, 24))),
        make("span.verdict", {}, t(`claim.${standing(one)}`)), since(one.at)))
      : [make("li.none", {}, t("claim.none"))]));
  }

  return { draw };
}
