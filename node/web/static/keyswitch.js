// The switch of the operator's keys: who dictates, or leans on the keyboard, turns single letters off.

import { byTest } from "./dom.js";

const KEPT = "livesell.keys";

/** Sets the switch as it was left in this browser, and remembers how it is left. */
export function watchKeySwitch() {
  const box = byTest("keys-act");
  box.checked = localStorage.getItem(KEPT) !== "off";
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
}

/** Whether a single key is a command. */
export const doKeysAct = () => byTest("keys-act").checked;
