// Likes as hearts that float up: few enough to be pretty, however many there are.

import { make } from "./dom.js";

const A_SECOND = 20;
const AT_ONCE = 40;
const WAITING_MAX = A_SECOND; // one second's worth: what came earlier is only counted
const LIFE_MS = 2600;
const HUES = 5;
const EVERY_MS = 200;
const RISE_MAX = 170; // px
const HEART = 26; // px: the largest one's height

/** Lets hearts rise inside an element, never over `ceiling`: what is to be pressed stays free. */
export class Hearts {
  #sky;
  #ceiling;
  #waiting = 0;
  #timer = 0;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(sky, ceiling = null) {
    this.#sky = sky;
    this.#ceiling = ceiling;
  }

  /** Lets `count` hearts rise, as far as they are not too many. */
  pour(count) {
    if (this.#calm.matches || document.hidden) return;
    if (!this.#hasRoom()) return;
    this.#waiting = Math.min(WAITING_MAX, this.#waiting + count);
    if (!this.#timer && this.#waiting) this.#timer = setInterval(() => this.#release(), 1000 / A_SECOND);
  }

  #hasRoom() {
    const low = this.#ceiling?.getBoundingClientRect().bottom;
    if (!low) return true;
    const rise = Math.min(RISE_MAX, this.#sky.getBoundingClientRect().bottom - low - HEART);
    this.#sky.style.setProperty("--rise", `${Math.round(rise)}px`);
    return rise > HEART;
  }

  #release() {
    if (this.#waiting && this.#sky.childElementCount < AT_ONCE) {
      this.#waiting -= 1;
      this.#sky.append(aHeart());
    }
    if (this.#waiting) return;
    clearInterval(this.#timer);
    this.#timer = 0;
  }
}

function aHeart() {
  const heart = make("i.heart", { dataset: { testid: "heart", hue: Math.floor(Math.random() * HUES) } });
  heart.style.setProperty("--sway", `${Math.round(Math.random() * 60 - 30)}px`);
  heart.style.setProperty("--tilt", `${Math.round(Math.random() * 40 - 20)}deg`);
  heart.style.setProperty("--start", `${Math.round(Math.random() * 60 + 20)}%`);
  heart.style.setProperty("--size", (0.7 + Math.random() * 0.6).toFixed(2));
  setTimeout(() => heart.remove(), LIFE_MS);
  return heart;
}

/** Sends likes together, five times a second at most; `send` says whether anybody hears it now. */
export class LikeSender {
  #send;
  #count = 0;
  #timer = 0;

  constructor(send) {
    this.#send = send;
  }

  /** Counts one like. */
  add() {
    this.#count += 1;
    this.#timer ||= setTimeout(() => this.#flush(), EVERY_MS);
  }

  #flush() {
    const n = Math.min(50, this.#count); // the most that the node takes at once
    if (this.#send({ t: "like", n })) this.#count -= n;
    this.#timer = this.#count ? setTimeout(() => this.#flush(), EVERY_MS) : 0;
  }
}

/** A number as people say it: 1,234 in full, 12.3K beyond. */
export function inShort(count, language) {
  const style = count < 10_000 ? {} : { notation: "compact", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en", style).format(count);
}
