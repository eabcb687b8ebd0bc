// The product card of the viewer's page, and the list of those shown before.

import { make, say } from "./dom.js";
import { countdown, nodeNow } from "./nodetime.js";
import { pick, t } from "./text.js";

const LEAVE_MS = 320;
const KEPT = 6;
const TICK_MS = 250;

/** A card as a panel: picture, badge, title, price, and the way to buy, if there is any left. */
export function drawCard(card) {
  const badge = pick(card.badge);
  const state = card.state ?? "in_stock";
  const isNew = card.repriced && state !== "sold_out"; // what the badge said was of another price
  return make(
    `article.card.is-${state}`,
    { dataset: { testid: "card", product: card.product, state, offer: card.offer?.id ?? "" } },
    make("img.photo", { src: card.image, alt: "" }),
    make(
      "div.words",
      {},
      badge || isNew || state !== "in_stock"
        ? make(
            "p.marks",
            {},
            isNew
              ? make("span.badge", { dataset: { testid: "repriced" } }, t("card.price_changed"))
              : badge
                ? make("span.badge", { dir: "auto" }, badge)
                : null,
            state === "in_stock" ? null : make("span.badge.stock", { dataset: { testid: "stock" } }, t(`card.${state}`)),
          )
        : null,
      make("h2", { dir: "auto" }, pick(card.title)),
      ...priced(card),
      card.offer && state !== "sold_out" ? drawOffer(card.offer) : null,
      wayToBuy(card, state),
    ),
  );
}

/** A struck price never stands without its basis. */
function priced(card) {
  const was = pick(card.was);
  const basis = pick(card.basis);
  const isStruck = Boolean(was && basis);
  return [
    make(
      "p.price",
      {},
      make("b", { dataset: { testid: "price" }, dir: "auto" }, pick(card.price)),
      isStruck ? make("s", { dataset: { testid: "was" } }, make("span.visually-hidden", {}, `${t("card.was")} `), was) : null,
    ),
    pick(card.unit) ? make("small.basis", { dataset: { testid: "unit" }, dir: "auto" }, pick(card.unit)) : null,
    isStruck ? make("small.basis", { dataset: { testid: "basis" }, dir: "auto" }, basis) : null,
  ];
}

function drawOffer(offer) {
  const time = make("b", { dataset: { endsAt: offer.ends_at, testid: "countdown" } }, countdown(offer.ends_at - nodeNow()));
  return make(
    "p.offer",
    { role: "timer", "aria-live": "off" },
    make("span", {}, t("card.ends_in"), " ", time),
    make("span", { dataset: { testid: "left" }, dir: "auto" }, pick(offer.left_text)),
  );
}

function wayToBuy({ link }, state) {
  if (state === "sold_out") return make("p.gone", { dataset: { testid: "gone" } }, t("card.sold_out_long"));
  if (!link) return null; // an output from which no link may lead
  return make("a.buy", { href: link, target: "_blank", dataset: { testid: "buy" } }, t("card.buy"));
}

/** Keeps every countdown of the page going; one that is over says so and stays. */
export function keepCounting() {
  setInterval(() => {
    for (const time of document.querySelectorAll("[data-ends-at]")) {
      say(time, countdown(time.dataset.endsAt - nodeNow()) || t("card.over"));
    }
  }, TICK_MS);
}

/** The strip of an offer that runs while no card shows it. */
export function showStrip(strip, message) {
  strip.hidden = !message.show;
  if (!message.show) return;
  const { offer } = message;
  strip.dataset.offer = offer.id;
  strip.replaceChildren(
    make("b", { dir: "auto" }, pick(offer.title) || t("card.offer")),
    offer.price ? make("em", {}, pick(offer.price)) : null,
    make("span", {}, t("card.ends_in"), " ", make("b", { dataset: { endsAt: offer.ends_at, testid: "strip-countdown" } }, countdown(offer.ends_at - nodeNow()))),
    make("span", { dir: "auto" }, pick(offer.left_text)),
  );
}

/** Who sells, as the law wants it told; `null` hides it. */
export function drawSeller(section, seller) {
  section.hidden = !seller;
  if (!seller) return;
  const rows = [
    ["name", pick(seller.name)],
    ["licence", seller.licence],
    ["address", pick(seller.address)],
    ["contact", seller.contact],
  ];
  const told = rows.filter(([, text]) => text);
  section.replaceChildren(
    make("dl", {}, ...told.flatMap(([key, text]) => [make("dt", {}, t(`seller.${key}`)), make("dd", { dir: "auto" }, text)])),
  );
}

/** Puts cards on a shelf and takes them down again. */
export class Shelf {
  #shelf;
  #card = null;

  constructor(shelf) {
    this.#shelf = shelf;
  }

  /** The card now, or null. */
  get card() {
    return this.#card;
  }

  /** Shows a card in place of any other; `rtp` is the frame it came with, kept for inspection. */
  show(card, rtp) {
    this.#card = card;
    const panel = drawCard(card);
    if (rtp !== undefined) panel.dataset.rtp = rtp;
    this.#shelf.replaceChildren(panel);
  }

  /** Takes the card down. */
  hide() {
    this.#card = null;
    const panel = this.#shelf.firstElementChild;
    if (!panel) return;
    panel.classList.add("is-leaving");
    setTimeout(() => panel.remove(), LEAVE_MS);
  }

  /** Draws the card anew, in another language. */
  redraw() {
    if (this.#card) this.#shelf.replaceChildren(drawCard(this.#card));
  }
}

/** Products shown earlier in this visit, newest first. */
export class Earlier {
  #section;
  #cards = new Map();

  constructor(section) {
    this.#section = section;
  }

  /** Remembers a card that was taken down. */
  add(card) {
    this.#cards.delete(card.product);
    this.#cards.set(card.product, card);
    if (this.#cards.size > KEPT) this.#cards.delete(this.#cards.keys().next().value);
  }

  /** Draws all but the one on the shelf. */
  draw(onShelf) {
    const cards = [...this.#cards.values()].filter((card) => card.product !== onShelf && card.state !== "sold_out").reverse();
    this.#section.hidden = cards.length === 0;
    this.#section.querySelector("ul").replaceChildren(
      ...cards.map((card) =>
        make(
          "li",
          {},
          make(
            "a",
            { href: card.link, target: "_blank" },
            make("img", { src: card.image, alt: "" }),
            make("b", { dir: "auto" }, pick(card.title)),
            make("span", {}, pick(card.price)),
          ),
        ),
      ),
    );
  }
}
