// The operator's hold on the camera: exposure, colours and focus as they are, or automatic.

import { byTest, say } from "./dom.js";
import { t } from "./text.js";

/** The command that locks a camera that is not locked, and lets go of one that is. */
export function lockOrder({ status }) {
  return { do: "camera.lock", is_locked: status.booth.camera_lock !== "on" };
}

/** Only a camera that has automatics of its own offers to hold them; the key tells others why not. */
export function drawLock({ status }) {
  const lock = status.booth.camera_lock;
  byTest("lock-bar").hidden = lock === "none";
  byTest("camera-lock").setAttribute("aria-pressed", String(lock === "on"));
  if (lock !== "none") say(byTest("camera-lock-note"), t(`op.camera_lock.${lock}`));
}
