// Builds elements; text is always text, never markup.

/** `make("a.card.is-new", {href, dataset: {…}}, child, "text")`. */
export function make(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (key === "dataset") Object.assign(element.dataset, value);
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The element with that data-testid. */
export const byTest = (name) => document.querySelector(`[data-testid="${name}"]`);

/** Seconds as M:SS. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Replaces what `list` holds; the control of that data-key keeps the focus. */
export function refill(list, rows) {
  const key = list.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  list.replaceChildren(...rows);
  if (key) list.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** Sets text only where it differs, so that nothing is laid out anew in vain. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
