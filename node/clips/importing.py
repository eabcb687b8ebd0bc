"""Looks a clip over before it is used: length, form, loudness, and what to warn of."""

from collections.abc import Callable, Iterator
from pathlib import Path

from node.clips.facts import ClipFacts, FactsCache
from node.clips.file import open_clip, reason
from node.clips.loudness import LARGEST_GAIN_DB, levelling_gain_db
from node.clips.survey import PictureSurvey, Progress, SoundSurvey, listen, look
from node.errors import AssetError
from node.media import Size

__all__ = ["ClipFacts", "examine"]

TARGET_LUFS = -16.0
LOOK_SHARE = 0.1
"""Part of the work that is looking; the rest is listening."""
OVERHANG_S = 0.5
SHORT_OF_TARGET_DB = 1.0
SILENT = "its sound is silent"


def examine(
    path: Path,
    *,
    size: Size,
    fps: int,
    target_lufs: float = TARGET_LUFS,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> ClipFacts:
    """Measure a clip for a program of `size` and `fps`, or remember it from the file `cache`.

    `progress` is told the part done, 0..1. Raises `AssetError` with path and reason when the
    file is missing, no clip, or without one picture that can be decoded. Thread: any; reads the
    whole clip (cost: tests/bench/bench_clips.py).
    """
    report = progress or (lambda _: None)
    book = None if cache is None else FactsCache(cache)
    stamp = _stamp(path, size, fps, target_lufs)
    facts = None if book is None else book.find(path, stamp)
    if facts is None:
        facts = _measure(path, size, fps, target_lufs, report)
        if book is not None:
            book.keep(path, stamp, facts)
    report(1.0)
    return facts


def _stamp(path: Path, size: Size, fps: int, target_lufs: float) -> str:
    try:
        stat = path.stat()
    except OSError as error:
        raise AssetError(f"{path}: {reason(error)}") from error
    return f"{stat.st_size} {stat.st_mtime_ns} {size} {fps} {target_lufs}"


def _measure(
    path: Path, size: Size, fps: int, target_lufs: float, report: Callable[[float], None]
) -> ClipFacts:
    with open_clip(path) as clip:
        picture = look(clip, path, size, lambda part: report(part * LOOK_SHARE))
        timing, stream = clip.timing, clip.picture
        own_size, codec = Size(stream.width, stream.height), stream.codec_context.name
        has_audio = clip.sound is not None
    with open_clip(path) as clip:
        sound = listen(clip, lambda part: report(LOOK_SHARE + part * (1 - LOOK_SHARE)))
    gain_db = levelling_gain_db(sound.loudness, target_lufs)
    sound_warnings = _sound_warnings(sound, picture, gain_db, target_lufs) if has_audio else ()
    return ClipFacts(
        frames=timing.end_tick(timing.origin_s + picture.seconds, fps),
        duration_s=picture.seconds,
        source_fps=round(1 / timing.source_tick_s, 3),
        size=own_size,
        rotation=picture.rotation,
        codec=codec,
        has_audio=has_audio,
        loudness_lufs=None if sound.loudness is None else sound.loudness.integrated_lufs,
        true_peak_dbtp=None if sound.loudness is None else sound.loudness.true_peak_dbtp,
        gain_db=gain_db,
        warnings=(*picture.warnings, *sound_warnings),
        silent=sound.silent,
    )


def _sound_warnings(
    sound: SoundSurvey, picture: PictureSurvey, gain_db: float, target_lufs: float
) -> Iterator[str]:
    if sound.loudness is None:
        yield SILENT
    elif sound.loudness.integrated_lufs + gain_db < target_lufs - SHORT_OF_TARGET_DB:
        reached = sound.loudness.integrated_lufs + gain_db
        why = "too quiet" if gain_db == LARGEST_GAIN_DB else "its peaks leave no room"
        yield f"is levelled to {reached:.1f} LUFS, not {target_lufs:.1f}: {why}"
    if sound.seconds > picture.seconds + OVERHANG_S:
        yield f"its sound runs {sound.seconds - picture.seconds:.1f} s beyond its picture: cut"
    if sound.damaged:
        yield f"{sound.damaged} pieces of its sound are damaged"
