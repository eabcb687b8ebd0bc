// A new day from files: sent whole, judged whole; the findings are listed, errors first.

import { byTest, make, say } from "./dom.js";
import { hasText, t } from "./text.js";

const LIMIT_BYTES = 300 * 1024;
const FILES_MAX = 2;
const ANSWER_MS = 30_000;

/** Makes the dialog work; `told(answer)` hears how it ended. */
export function watchUpload(told) {
  byTest("upload-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...byTest("upload-files").files];
    if (!files.length) return byTest("upload-files").focus();
    const answer = await send(files);
    show(answer);
    told(answer);
  });
  byTest("upload-files").addEventListener("change", clear);
  byTest("upload-close").addEventListener("click", () => byTest("upload").close());
}

/** Opens the dialog with nothing chosen: what was read from a file may have changed since. */
export function openUpload() {
  byTest("upload-form").reset();
  clear();
  byTest("upload").showModal();
}

function clear() {
  say(byTest("upload-verdict"), "");
  byTest("findings").replaceChildren();
}

async function send(files) {
  if (files.length > FILES_MAX) return { ok: false, words: t("op.upload_many") };
  if (files.reduce((sum, { size }) => sum + size, 0) > LIMIT_BYTES) return { ok: false, words: t("op.upload_large") };
  const verdict = byTest("upload-verdict");
  verdict.dataset.ok = "";
  say(verdict, t("op.upload_wait"));
  byTest("upload-send").disabled = true;
  try {
    const texts = Object.fromEntries(await Promise.all(files.map(async (file) => [file.name, await file.text()])));
    const answer = await fetch("/api/day", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(texts),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return await answer.json();
  } catch {
    return { ok: false, code: "no_answer", message: "" };
  } finally {
    byTest("upload-send").disabled = false;
  }
}

function show(answer) {
  const verdict = byTest("upload-verdict");
  const found = answer.findings ?? [];
  const errors = found.filter(({ severity }) => severity === "error");
  const warnings = found.filter(({ severity }) => severity !== "error");
  verdict.dataset.ok = String(answer.ok);
  say(verdict, word(answer, errors.length, warnings.length));
  byTest("findings").replaceChildren(...group("errors", errors), ...group("warnings", warnings));
  verdict.focus();
}

function word({ ok, code, message, words, findings }, errors, warnings) {
  if (words) return words;
  if (!findings) return hasText(`code.${code}`) ? t(`code.${code}`) : message;
  if (!ok) return t("op.upload_bad", { n: errors });
  return t(warnings ? "op.upload_ok_w" : "op.upload_ok", { n: warnings });
}

function group(severity, found) {
  if (!found.length) return [];
  return [
    make("h3", {}, `${t(`op.${severity}`)} ${found.length}`),
    make(
      "ul",
      { dataset: { testid: severity } },
      ...found.map(({ file, place, code, message }) =>
        make(
          "li",
          { dataset: { testid: "finding", code } },
          make("b", {}, code),
          make("span", {}, make("code", {}, `${file}: ${place}`), make("span.what", { dir: "auto" }, message)),
        ),
      ),
    ),
  ];
}
