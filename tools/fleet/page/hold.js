// Hold to do: a ring fills for a second under pointer, Space or Enter; letting go before lets it be.

const HOLD_MS = 1000;

/** Calls `act` once the button was held long enough. */
export function hold(button, act) {
  let began = 0;
  let frame = 0;

  const draw = () => {
    const share = Math.min(1, (performance.now() - began) / HOLD_MS);
    button.style.setProperty("--held", share);
    if (share < 1) {
      frame = requestAnimationFrame(draw);
      return;
    }
    release();
    button.classList.add("is-done");
    setTimeout(() => button.classList.remove("is-done"), 600);
    act();
  };
  const press = () => {
    if (began || button.disabled) return;
    began = performance.now();
    button.classList.add("is-held");
    frame = requestAnimationFrame(draw);
  };
  const release = () => {
    cancelAnimationFrame(frame);
    began = 0;
    button.classList.remove("is-held");
    button.style.setProperty("--held", 0);
  };

  button.addEventListener("pointerdown", (event) => {
    if (event.button === 0) press();
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel", "blur", "contextmenu"]) {
    button.addEventListener(name, release);
  }
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) press();
  });
  button.addEventListener("keyup", release);
}
