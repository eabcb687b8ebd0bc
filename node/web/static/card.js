// The product card of the viewer's page, and the list of those shown before.

import { make } from "./dom.js";
import { pick, t } from "./text.js";

const LEAVE_MS = 320;
const KEPT = 6;

/** A card as a panel: picture, badge, title, price, and the way to buy. */
export function drawCard(card) {
  const badge = pick(card.badge);
  return make(
    "article.card",
    { dataset: { testid: "card", product: card.product } },
    make("img.photo", { src: card.image, alt: "" }),
    make(
      "div.words",
      {},
      badge ? make("span.badge", {}, badge) : null,
      make("h2", {}, pick(card.title)),
      make("p.price", { dataset: { testid: "price" } }, pick(card.price)),
      make("a.buy", { href: card.link, target: "_blank", dataset: { testid: "buy" } }, t("card.buy")),
    ),
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
    const cards = [...this.#cards.values()].filter((card) => card.product !== onShelf).reverse();
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
            make("b", {}, pick(card.title)),
            make("span", {}, pick(card.price)),
          ),
        ),
      ),
    );
  }
}
