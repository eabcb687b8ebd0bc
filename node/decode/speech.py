"""Any sound file as speech is listened to: int16, 16 kHz, mono, piece by piece."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np

from node.errors import AssetError
from node.media import SPEECH_RATE_HZ, Pcm

SAYS_ITS_LENGTH: Final = frozenset(("w64", "aiff", "caf", "flac", "mov,mp4,m4a,3gp,3g2,mj2"))
"""Containers whose header states their length; what others tell is an estimate."""
ENDLESS: Final = (0, 0xFFFF_FFFF)
"""Sizes that a recorder writes which did not know the end."""
TOLERATED_S: Final = 0.2
"""What padding of a codec may take off the stated length."""

Progress = Callable[[float], None]


def read_speech(path: Path, progress: Progress | None = None) -> Iterator[Pcm]:
    """The first sound of a file, in pieces of a decoder's frame; memory stays bounded.

    Channels are mixed down, any rate is converted, what exceeds full scale is clipped.

    Args:
        path: whatever FFmpeg can read.
        progress: told the part read, 0..1, where the length is known.

    Raises:
        AssetError: it cannot be read, holds no sound, or ends before its stated end; what could be
            read has been delivered by then.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AssetError(f"{path}: holds no sound")
            stated_s = _stated_s(container)
            read_s = 0.0
            for pcm in _converted(container):
                read_s += len(pcm) / SPEECH_RATE_HZ
                if progress is not None and stated_s:
                    progress(min(1.0, read_s / stated_s))
                yield pcm
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AssetError(f"{path}: cannot be read as sound: {reason}") from error
    if container.format.name in SAYS_ITS_LENGTH and read_s < stated_s - TOLERATED_S:
        raise AssetError(f"{path}: truncated: {read_s:.1f} s of {stated_s:.1f} s are there")
    if path.is_file():
        _prove_wave_whole(path)


def _prove_wave_whole(path: Path) -> None:
    """Raise `AssetError` for a WAV file shorter than its header says, which FFmpeg lets pass."""
    with path.open("rb") as file:
        if file.read(12)[:4] != b"RIFF":
            return
        while len(header := file.read(8)) == len(b"data") + 4:
            size = int.from_bytes(header[4:], "little")
            if header[:4] == b"data":
                there = path.stat().st_size - file.tell()
                if size not in ENDLESS and there < size:
                    raise AssetError(f"{path}: truncated: {there} bytes of {size} are there")
                return
            file.seek(size + size % 2, 1)


def _stated_s(container: av.container.InputContainer) -> float:
    stream = container.streams.audio[0]
    if stream.duration is None or stream.time_base is None:
        return (container.duration or 0) / av.time_base
    return float(stream.duration * stream.time_base)


def _converted(container: av.container.InputContainer) -> Iterator[Pcm]:
    """The stream's sound; its rate and layout may change on the way."""
    form, swr = ("", "", 0), _resampler()
    for frame in container.decode(container.streams.audio[0]):
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if now != form:
            if form[2]:
                yield from _planes(swr.resample(None))
            form, swr = now, _resampler()
        frame.pts = None
        yield from _planes(swr.resample(frame))
    if form[2]:
        yield from _planes(swr.resample(None))


def _resampler() -> av.AudioResampler:
    return av.AudioResampler("s16", "mono", SPEECH_RATE_HZ)


def _planes(frames: list[av.AudioFrame]) -> Iterator[Pcm]:
    for frame in frames:
        yield np.frombuffer(memoryview(frame.planes[0]), np.int16)[: frame.samples].copy()
