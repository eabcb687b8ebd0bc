// The node's clock: an offer ends by it, whatever the phone in the hand believes.

const AGAIN_MS = 10 * 60_000;

let aheadMs = 0;

/** The time at the node, Unix ms, good to a second. */
export const nodeNow = () => Date.now() + aheadMs;

/** Sets the clock by the node's, now and every ten minutes. */
export async function keepTime() {
  setTimeout(keepTime, AGAIN_MS);
  const asked = Date.now();
  const answer = await fetch("/static/icon.svg", { method: "HEAD", cache: "no-store" }).catch(() => null);
  const told = Date.parse(answer?.headers.get("Date") ?? "");
  // The header tells whole seconds: half of one and half of the way there and back are the best guess.
  if (!Number.isNaN(told)) aheadMs = told + 500 - (asked + Date.now()) / 2;
}

/** Milliseconds as H:MM:SS or M:SS, rounded up; "" once they are over. */
export function countdown(ms) {
  if (!(ms > 0)) return "";
  const left = Math.ceil(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const tail = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(seconds).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}
