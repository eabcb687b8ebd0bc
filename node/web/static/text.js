// Texts by locale: loads both languages, remembers the choice, fills what carries data-t.

const LANGUAGES = ["zh", "en"];
const TAGS = { zh: "zh-CN", en: "en" };
const KEY = "livesell.lang";

const texts = {};
const watchers = [];
let language = chosen();

/** The language now, "zh" or "en". */
export const lang = () => language;

/** Loads the texts and fills the page; await it before anything is drawn. */
export async function loadTexts() {
  await Promise.all(
    LANGUAGES.map(async (name) => {
      texts[name] = await (await fetch(`/static/locales/${name}.json`)).json();
    }),
  );
  for (const button of document.querySelectorAll("[data-switch-language]")) {
    button.addEventListener("click", () => setLanguage(language === "zh" ? "en" : "zh"));
  }
  addEventListener("storage", ({ key, newValue }) => {
    if (key === KEY && LANGUAGES.includes(newValue)) show(newValue);
  });
  show(language);
}

/** The text of a key in the language now (or `name`), `{word}` replaced from `values`. */
export function t(key, values = {}, name = language) {
  const text = texts[name]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, word) => values[word] ?? "");
}

/** Whether there is a text of that key. */
export const hasText = (key) => key in (texts[language] ?? {});

/** A text of the show in the language now, else in any. */
export function pick(local, name = language) {
  return local?.[name] ?? Object.values(local ?? {})[0] ?? "";
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

function chosen() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (LANGUAGES.includes(asked)) return asked;
  const kept = localStorage.getItem(KEY);
  if (LANGUAGES.includes(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function show(name) {
  language = name;
  document.documentElement.lang = TAGS[name];
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
    button.lang = TAGS[name === "zh" ? "en" : "zh"];
  }
  for (const watcher of watchers) watcher();
}
