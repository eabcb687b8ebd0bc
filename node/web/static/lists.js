// The lists of the operator's page: segments to take, products to show, what happened.

import { byTest, clock, make } from "./dom.js";
import { hasText, pick, t } from "./text.js";

const EVENTS_SHOWN = 40;
const KEYS = 9;

/** Redraws a list only if what it shows has changed; the focus stays where it is, or in its row. */
function keep(list, key, draw) {
  const mark = JSON.stringify([key, document.documentElement.lang]);
  if (list.dataset.drawn === mark) return;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const at = [...list.children].indexOf(focused?.closest("li"));
  list.dataset.drawn = mark;
  list.replaceChildren(...draw());
  const again = focused?.dataset.key && list.querySelector(`[data-key="${CSS.escape(focused.dataset.key)}"]:not(:disabled)`);
  if (focused) (again || list.children[at]?.querySelector("button:not(:disabled)"))?.focus();
}

/** Segment ids in the order of their keys: this block's play list, then all others. */
export function takeOrder(view) {
  return [...new Set([...playOf(view), ...view.rundown.segments.map(({ id }) => id)])];
}

/** The play list of this loop, by the node or, where it does not say, by the block. */
export function playOf({ rundown, day }) {
  return day.play.length ? day.play : (rundown.blocks.find(({ now }) => now)?.play ?? []);
}

/** The segments with their buttons; `acts` is {take, arm, openGate}. */
export function drawSegments(view, acts) {
  const { status, rundown, day } = view;
  const play = new Set(playOf(view));
  const order = takeOrder(view);
  const key = [order, status.segment, status.next, status.held, rundown.segments, day.gates, day.armed];
  keep(byTest("segments"), key, () =>
    order.map((id, index) => {
      const segment = rundown.segments.find((known) => known.id === id);
      const state = { [status.next]: "next", [status.segment]: "on" }[id] ?? "";
      const gate = day.gates.find((one) => one.segment === id);
      const row = make(
        "li.segment",
        { dataset: { testid: "segment", segment: id, state, kind: segment.kind } },
        index < KEYS ? make("kbd", {}, String(index + 1)) : make("span", {}),
        make(
          "div",
          {},
          make("b", {}, titleOf(segment)),
          make("small", {}, [t(`kind.${segment.kind}`), segment.length_s ? clock(segment.length_s) : "", marks(segment, status)].filter(Boolean).join(" · ")),
          gate ? gateLine(gate, titleOf(segment), acts.openGate) : null,
        ),
        armButton(id, state, titleOf(segment), acts.arm),
        takeButton(id, state, titleOf(segment), acts.take),
      );
      if (!play.has(id) && play.has(order[index - 1])) row.classList.add("is-first-other");
      return row;
    }),
  );
}

function armButton(id, state, title, arm) {
  const button = make(
    "button.arm",
    { type: "button", disabled: state !== "", dataset: { key: `arm-${id}`, testid: `arm-${id}` } },
    t("op.arm"),
    make("span.visually-hidden", {}, ` ${title}`),
  );
  button.addEventListener("click", () => arm(id));
  return button;
}

/** A gate's verdict with its reason, and the way to open it where staff may. */
function gateLine(gate, title, openGate) {
  const line = make("small.gate", { dataset: { testid: `gate-${gate.segment}`, state: gate.is_open ? "open" : "shut" } }, make("span", {}, wordWhy(gate.why) || "–"));
  if (gate.is_open || !gate.is_staff) return line;
  const button = make(
    "button.open-gate",
    { type: "button", "aria-label": t("op.gate_label", { title }), dataset: { key: `gate-${gate.segment}`, testid: `open-${gate.segment}` } },
    t("op.gate"),
    make("kbd", {}, "G"),
  );
  button.addEventListener("click", () => openGate(gate.segment));
  line.append(button);
  return line;
}

function takeButton(id, state, title, take) {
  const isOn = state === "on";
  const button = make(
    "button.take",
    { type: "button", dataset: { key: `take-${id}`, testid: `take-${id}` } },
    t(isOn ? "op.onair" : state === "next" ? "op.take_next" : "op.take"),
    make("span.visually-hidden", {}, ` ${title}`),
  );
  if (isOn) button.setAttribute("aria-disabled", "true"); // it keeps the focus of who pressed it
  else button.addEventListener("click", () => take(id));
  return button;
}

function marks({ id }, { held }) {
  return id === held ? t("op.held_short") : "";
}

/** The products; `selected` is the one that the key C shows; `acts` is {show, select, stock}. */
export function drawProducts(view, selected, { show, select, stock }) {
  const shown = view.status.card?.product ?? "";
  keep(byTest("products"), [view.products, shown, selected], () =>
    view.products.map((product) => {
      const isShown = product.id === shown;
      const button = make(
        "button.show",
        { type: "button", dataset: { key: `show-${product.id}`, testid: `show-${product.id}` } },
        t(isShown ? "op.shown" : "op.show"),
        make("span.visually-hidden", {}, ` ${pick(product.title)}`),
        product.id === selected ? make("kbd", {}, "C") : null,
      );
      button.addEventListener("click", () => show(product.id));
      const row = make(
        "li.product",
        { dataset: { testid: "product", product: product.id } },
        make("img", { src: product.image, alt: "" }),
        make(
          "div",
          {},
          make("b", {}, pick(product.title)),
          make("small", {}, make("em", {}, pick(product.price)), " ", stockButton(product, stock)),
        ),
        button,
      );
      row.classList.toggle("is-shown", isShown);
      row.classList.toggle("is-selected", product.id === selected);
      row.addEventListener("click", () => select(product.id));
      return row;
    }),
  );
}

function stockButton(product, stock) {
  const button = make(
    "button.stock",
    { type: "button", dataset: { key: `stock-${product.id}`, testid: `stock-${product.id}` } },
    t("op.stock", { n: product.stock }),
    make("span.visually-hidden", {}, ` ${pick(product.title)}: ${t("op.stock_set")}`),
  );
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    stock(product.id);
  });
  return button;
}

/** What happened, newest first. */
export function drawEvents(view) {
  const events = view.events.slice(-EVENTS_SHOWN).reverse();
  keep(byTest("events"), events, () =>
    events.map((event) =>
      make(
        "li",
        { dataset: { ev: event.ev } },
        make("time", { dateTime: event.ts }, clockTime(event.ts, view.rundown.timezone)),
        make("span", {}, worded(event, view)),
      ),
    ),
  );
}

/** The booth's time of day, wherever the operator sits. */
function clockTime(stamp, timeZone) {
  return new Date(stamp).toLocaleTimeString("en-GB", { timeZone });
}

function worded(event, view) {
  const key = `ev.${event.ev}`;
  if (!hasText(key)) return event.text || event.ev;
  const why = event.why && (hasText(`why.${event.why}`) ? t(`why.${event.why}`) : event.why);
  const words = {
    seg: nameOf(event.seg, view.rundown),
    product: productName(event.product, view),
    cue: event.cue,
    part: partName(event.part ?? ""),
    intent: intentName(event.intent ?? ""),
  };
  return t(key, words) + (why ? ` · ${why}` : "");
}

/** A segment's title; a slate needs none, so it may have none. */
export function titleOf({ id, kind, title }) {
  return pick(title) || (kind === "slate" ? t("kind.slate") : id);
}

/** The title of the segment with that id. */
export function nameOf(id, rundown) {
  const segment = rundown.segments.find((known) => known.id === id);
  return segment ? titleOf(segment) : (id ?? "");
}

/** Why a gate is open or shut, as in `scan 1 of 3, staff`, in this language. */
export function wordWhy(why) {
  return why
    .split(", ")
    .map((part) => {
      const [, kind, name, value] = /^(\w+)(?: (\S+))??(?: (\d.*))?$/.exec(part) ?? [];
      const key = `gate.${kind}`;
      if (!kind || !hasText(key)) return part;
      const [count, needed] = (value ?? "").split(" of ");
      return t(key, { name, count, needed, time: value });
    })
    .join(t("gate.and"));
}

/** The title of the product with that id. */
export function productName(id, { products }) {
  return pick(products.find((known) => known.id === id)?.title) || id;
}

/** What was asked, in this language; an intent of the merchant's own by its id. */
function intentName(intent) {
  return hasText(`intent.${intent}`) ? t(`intent.${intent}`) : intent;
}

/** A part of the node by its name in this language. */
export function partName(part) {
  return hasText(`part.${part}`) ? t(`part.${part}`) : part;
}
