// The lists of the operator's page: segments to take, products to show, what happened.

import { byTest, clock, make } from "./dom.js";
import { hasText, pick, t } from "./text.js";

const EVENTS_SHOWN = 40;
const KEYS = 9;

/** Redraws a list only if what it shows has changed, so that the focus stays where it is. */
function keep(list, key, draw) {
  const mark = JSON.stringify([key, document.documentElement.lang]);
  if (list.dataset.drawn === mark) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  list.dataset.drawn = mark;
  list.replaceChildren(...draw());
  if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** Segment ids in the order of their keys: this block's play list, then all others. */
export function takeOrder({ rundown }) {
  const play = rundown.blocks.find(({ now }) => now)?.play ?? [];
  return [...new Set([...play, ...rundown.segments.map(({ id }) => id)])];
}

/** The segments with their take buttons. */
export function drawSegments(view, take) {
  const { status, rundown } = view;
  const play = new Set(rundown.blocks.find(({ now }) => now)?.play);
  const order = takeOrder(view);
  const key = [order, status.segment, status.next, status.held, rundown.segments];
  keep(byTest("segments"), key, () =>
    order.map((id, index) => {
      const segment = rundown.segments.find((known) => known.id === id);
      const state = { [status.segment]: "on", [status.next]: "next" }[id] ?? "";
      const row = make(
        "li.segment",
        { dataset: { testid: "segment", segment: id, state, kind: segment.kind } },
        index < KEYS ? make("kbd", {}, String(index + 1)) : make("span", {}),
        make(
          "div",
          {},
          make("b", {}, titleOf(segment)),
          make("small", {}, [t(`kind.${segment.kind}`), segment.length_s ? clock(segment.length_s) : "", marks(segment, status)].filter(Boolean).join(" · ")),
        ),
        takeButton(id, state, titleOf(segment), take),
      );
      if (!play.has(id) && play.has(order[index - 1])) row.classList.add("is-first-other");
      return row;
    }),
  );
}

function takeButton(id, state, title, take) {
  const isOn = state === "on";
  const button = make(
    "button.take",
    { type: "button", disabled: isOn, dataset: { key: `take-${id}`, testid: `take-${id}` } },
    t(isOn ? "op.onair" : state === "next" ? "op.take_next" : "op.take"),
    make("span.visually-hidden", {}, ` ${title}`),
  );
  button.addEventListener("click", () => take(id));
  return button;
}

function marks({ id }, { held }) {
  return id === held ? t("op.held_short") : "";
}

/** The products; `selected` is the one that the key C shows. */
export function drawProducts(view, selected, show, select) {
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
          make("small", {}, make("em", {}, pick(product.price)), ` ${t("op.stock", { n: product.stock })}`),
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

/** The blocks of the day with what they play. */
export function drawBlocks({ rundown }) {
  keep(byTest("blocks"), [rundown.blocks, rundown.segments], () =>
    rundown.blocks.map((block) => {
      const titles = block.play.map((id) => nameOf(id, rundown));
      const row = make(
        "li",
        { title: titles.join(" · ") },
        make("time", {}, `${block.from}–${block.to}`),
        make("span", {}, block.play.join(" · ")),
      );
      if (block.now) row.setAttribute("aria-current", "time");
      return row;
    }),
  );
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

function worded(event, { rundown, products }) {
  const key = `ev.${event.ev}`;
  if (!hasText(key)) return event.text || event.ev;
  const product = products.find(({ id }) => id === event.product);
  const why = event.why && (hasText(`why.${event.why}`) ? t(`why.${event.why}`) : event.why);
  const words = {
    seg: nameOf(event.seg, rundown),
    product: pick(product?.title) || event.product,
    cue: event.cue,
    part: partName(event.part ?? ""),
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

/** A part of the node by its name in this language. */
export function partName(part) {
  return hasText(`part.${part}`) ? t(`part.${part}`) : part;
}
