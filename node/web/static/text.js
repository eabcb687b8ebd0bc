// Texts by locale: loads the languages, remembers the choice, fills what carries data-t.

const TAGS = { zh: "zh-CN", en: "en", ar: "ar" };
const LANGUAGES = Object.keys(TAGS);
const FROM_RIGHT = ["ar"];
const BESIDE = { zh: "en", en: "zh", ar: "en" }; // what the switch of a page leads to
const KEY = "livesell.lang";

const texts = {};
const watchers = [];
let language = chosen();
let isSettled = false; // by what is on air, whatever other pages choose

/** The language now: "zh", "en" or "ar". */
export const lang = () => language;

/** The languages that pages have texts in, of a show's locales and in their order; else both usual ones. */
export function spokenOf(locales = []) {
  const plain = locales.map((locale) => locale.split(/[-_]/)[0]).filter((name) => LANGUAGES.includes(name));
  return plain.length ? [...new Set(plain)].slice(0, 2) : ["zh", "en"];
}

/** Loads the texts and fills the page; await it before anything is drawn. */
export async function loadTexts() {
  await Promise.all(
    LANGUAGES.map(async (name) => {
      texts[name] = await (await fetch(`/static/locales/${name}.json`)).json();
    }),
  );
  for (const button of document.querySelectorAll("[data-switch-language]")) {
    button.addEventListener("click", () => setLanguage(BESIDE[language]));
  }
  addEventListener("storage", ({ key, newValue }) => {
    if (key === KEY && LANGUAGES.includes(newValue) && !isSettled) show(newValue);
  });
  show(language);
}

/** The text of a key in the language now (or `name`), `{word}` replaced from `values`. */
export function t(key, values = {}, name = language) {
  const text = texts[name]?.[key] ?? texts.en?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, word) => values[word] ?? "");
}

/** Whether there is a text of that key. */
export const hasText = (key) => key in (texts[language] ?? {}) || key in (texts.en ?? {});

/** A text of the show in the language now, of any region, else in the show's first locale. */
export function pick(local, name = language) {
  const [, regional] = Object.entries(local ?? {}).find(([tag]) => tag.split(/[-_]/)[0] === name) ?? [];
  return local?.[name] ?? regional ?? local?.en ?? Object.values(local ?? {})[0] ?? "";
}

/** Calls `watcher` after each change of language, and once now. */
export function onLanguage(watcher) {
  watchers.push(watcher);
  watcher();
}

/** Changes the language here and in every other page of this browser. */
export function setLanguage(name) {
  localStorage.setItem(KEY, name);
  show(name);
}

/** Has this page alone speak `name` from now on, and be read aloud so. */
export function speak(name) {
  isSettled = true;
  if (document.documentElement.lang !== TAGS[name]) show(name);
}

function chosen() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (LANGUAGES.includes(asked)) return asked;
  const kept = localStorage.getItem(KEY);
  if (LANGUAGES.includes(kept)) return kept;
  return LANGUAGES.find((name) => navigator.language.toLowerCase().startsWith(name)) ?? "en";
}

function show(name) {
  language = name;
  document.documentElement.lang = TAGS[name];
  document.documentElement.dir = FROM_RIGHT.includes(name) ? "rtl" : "ltr";
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    if (element.matches("button, a")) element.title = t(element.dataset.tLabel);
  }
  for (const box of document.querySelectorAll("[data-t-placeholder]")) {
    box.placeholder = t(box.dataset.tPlaceholder);
  }
  for (const button of document.querySelectorAll("[data-switch-language]")) {
    button.lang = TAGS[BESIDE[name]];
  }
  for (const watcher of watchers) watcher();
}
