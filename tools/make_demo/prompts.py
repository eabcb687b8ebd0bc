"""Records what the demo's assistant will say, for its prices at noon, as prompts of the node.

What is said at other prices or stocks has no recording: the node's own voice says it then.
"""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

from node.cli.demo import DemoOptions, demo_config
from node.day import load_day
from node.program.cards import stocks_of
from node.program.schedule import opening
from node.voice.booth import Ways
from node.voice.foreseen import foreseen
from node.voice.moments import Moments
from node.voice.prompts import INDEX
from node.voice.replies import own_replies
from tools.kokoro import RATE_HZ, Kokoro, fetch_parts, mandarin_speller, spell_english
from tools.make_demo.visitors import OPUS_RATE_HZ, trimmed, write_opus
from tools.make_demo.wave_shapes import resampled

VOICES = {"zh": "zf_xiaoxiao", "en": "af_heart"}
KBIT_S = 16
_SPEED = 1.08
"""So that an answer of 25 characters takes no more than 5 s."""
_READ = {
    "zh": {"×": "乘", "AI": "A I"},
    "en": {"×": " by ", " cm": " centimetres", " h.": " hours.", "AI": "A I"},
}
"""What is written otherwise than said."""


def write_prompts(folder: Path, cache: Path) -> int:
    """Record every answer that can be foreseen into `folder`; returns the bytes written.

    Raises:
        KokoroError, subprocess.CalledProcessError: the voices cannot be had on this machine.
    """
    kokoro = Kokoro(fetch_parts(cache))
    spell = {"zh": mandarin_speller(cache), "en": spell_english}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.ogg"):
        old.unlink()
    index, written = ['format = "livesell-prompts/1"\n'], 0
    for number, (text, locale) in enumerate(_lines()):
        signs = spell[locale](_as_read(text, locale))
        sound = trimmed(kokoro.say(signs, kokoro.style(VOICES[locale]), _SPEED))
        name = f"{locale}_{number:02}.ogg"
        write_opus(folder / name, resampled(sound, RATE_HZ, OPUS_RATE_HZ), KBIT_S)
        written += (folder / name).stat().st_size
        index.append(f'[[prompt]]\ntext = "{text}"\nlocale = "{locale}"\nfile = "{name}"\n')
    (folder / INDEX).write_text("\n".join(index), encoding="utf-8")
    return written


def _as_read(text: str, locale: str) -> str:
    for written, said in _READ[locale].items():
        text = text.replace(written, said)
    return text


def _lines() -> Iterator[tuple[str, str]]:
    cfg = demo_config(DemoOptions())
    today = load_day(cfg, datetime.now().astimezone)
    zone = today.rundown.timezone
    noon = datetime.combine(datetime.now(zone).date(), time(12), zone)
    day = load_day(cfg, lambda: noon)
    show = opening(day.rundown, noon, None, stocks=stocks_of(day.catalog.products))
    moments = Moments(lambda: day.catalog)
    moments.follow(show, 0.0)
    yield from foreseen(own_replies(), moments.booth(show, 0.0, Ways()))
