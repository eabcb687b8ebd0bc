"""Reads the list of wanted clips aloud, with a bar; several processes may share the list."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import kokoro
from tools.train_keywords.speech import Speakers, Wanted


def speak_all(
    speakers: Speakers, wanted: Sequence[Wanted], progress: Callable[[str, int, int], None]
) -> int:
    """Speak what is missing; returns how many clips could not be had.

    A text that an engine refuses is told and left out; an engine that is missing ends it all.

    Raises:
        kokoro.KokoroError: an engine is missing.
    """
    missing = [one for one in wanted if not speakers.path(one).exists()]
    failed = 0
    for number, one in enumerate(missing, start=1):
        try:
            speakers.speak(one)
        except (subprocess.CalledProcessError, ValueError) as fault:
            failed += 1
            print(f"\nnot spoken: {one.text!r} by {one.recipe.key}: {fault}")
        progress("speech", number, len(missing))
    return failed


def spelling(speakers_cache: Path) -> Callable[[str], Sequence[str]]:
    """Mandarin to syllables without tones."""
    kokoro.use_spelling_packages(speakers_cache)
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - from the cache, on the path only now

    return lambda text: [str(one) for one in lazy_pinyin(text)]
