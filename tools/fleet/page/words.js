// Texts of the console in two languages: loads both, remembers the choice, fills what carries data-t.

const TAGS = { zh: "zh-CN", en: "en" };
const KEY = "livesell.lang";

const texts = {};
const watchers = [];
let language = chosen();

/** Loads the texts and fills the page; await it before anything is drawn. */
export async function loadTexts() {
  await Promise.all(
    Object.keys(TAGS).map(async (name) => {
      texts[name] = await (await fetch(`/page/locales/${name}.json`)).json();
    }),
  );
  for (const button of document.querySelectorAll("[data-switch-language]")) {
    button.addEventListener("click", () => {
      language = language === "zh" ? "en" : "zh";
      localStorage.setItem(KEY, language);
      show();
    });
  }
  show();
}

/** The language now, as a BCP 47 tag. */
export const tag = () => TAGS[language];

/** The text of a key, `{word}` replaced from `values`; the key itself where there is none. */
export function t(key, values = {}) {
  const text = texts[language]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, word) => values[word] ?? "");
}

/** The text of a key, or `otherwise` where it has none. */
export const tOr = (key, otherwise) => texts[language]?.[key] ?? otherwise;

/** Calls `watcher` after each change of language. */
export const onLanguage = (watcher) => watchers.push(watcher);

/** Fills the texts of a part of the page. */
export function fill(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    if (element.matches("input")) element.placeholder = t(element.dataset.tLabel);
  }
}

function chosen() {
  const kept = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEY);
  if (kept in TAGS) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function show() {
  document.documentElement.lang = TAGS[language];
  fill();
  for (const watcher of watchers) watcher();
}
