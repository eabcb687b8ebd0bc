"""Rendered speech on disk: a file for each sentence, in bounded bytes; the longest unused goes.

Behind a file's sound stand its gain and the SHA-256 of all before: what a power cut has left half
written is known for damaged and made anew, so nothing waits for the disk.
"""

import hashlib
import io
import logging
import os
import struct
import wave
from collections import OrderedDict
from pathlib import Path

import numpy as np

from node.voice.sounding import Trimmed

log = logging.getLogger(__name__)

ENDING, HALF = ".wav", ".part"
_GAIN = struct.Struct("<f")
_DIGEST_BYTES = 32


class SpeechCache:
    """Speech by its key. Thread: any, but one at a time."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder, self._limit = folder, limit_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self.hits = self.misses = self.damaged = 0
        self._is_writable = True

    @property
    def held_bytes(self) -> int:
        """Bytes of all files held."""
        return sum(self._sizes.values())

    def open(self) -> None:
        """Make the folder, take stock of it, drop what was half written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for half in self._folder.glob(f"*{HALF}"):
                half.unlink()
            found = [(path.stat(), path.name) for path in self._folder.glob(f"*{ENDING}")]
        except OSError as error:
            self._warn(error)
            return
        for stat, name in sorted(found, key=lambda one: one[0].st_mtime_ns):
            self._sizes[name] = stat.st_size
        self._shrink()

    def has(self, key: str) -> bool:
        """Whether it is there, damaged or not."""
        return _name(key) in self._sizes

    def find(self, key: str) -> Trimmed | None:
        """The speech of a key, or None; one that is damaged is dropped."""
        name = _name(key)
        if name not in self._sizes:
            self.misses += 1
            return None
        path = self._folder / name
        try:
            speech = _read(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError, EOFError, wave.Error) as error:
            log.warning("speech: %s is damaged and made anew: %s", name, error)
            self.damaged += 1
            self.misses += 1
            self._drop(name)
            return None
        self.hits += 1
        self._sizes.move_to_end(name)
        return speech

    def keep(self, key: str, speech: Trimmed) -> None:
        """Write it; a disk that refuses leaves the node without a cache, not without speech."""
        name = _name(key)
        content = _written(speech)
        half = self._folder / f"{name}{HALF}"
        try:
            half.write_bytes(content)
            half.replace(self._folder / name)
        except OSError as error:
            self._warn(error)
            return
        self._is_writable = True
        self._sizes[name] = len(content)
        self._sizes.move_to_end(name)
        self._shrink()

    def _shrink(self) -> None:
        held = self.held_bytes
        while held > self._limit and self._sizes:
            name, size = next(iter(self._sizes.items()))
            held -= size
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._sizes.pop(name, None)
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            self._warn(error)

    def _warn(self, error: OSError) -> None:
        level = logging.WARNING if self._is_writable else logging.DEBUG
        log.log(level, "speech: not kept in %s: %s", self._folder, error.strerror)
        self._is_writable = False


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40] + ENDING


def _written(speech: Trimmed) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speech.rate_hz)
        file.writeframes(np.rint(speech.pcm * 32767).clip(-32768, 32767).astype("<i2").tobytes())
    content = out.getvalue() + _GAIN.pack(speech.gain_db)
    return content + hashlib.sha256(content).digest()


def _read(content: bytes) -> Trimmed:
    body, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("its SHA-256 is another")
    with wave.open(io.BytesIO(body[: -_GAIN.size]), "rb") as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        rate_hz = file.getframerate()
    (gain_db,) = _GAIN.unpack(body[-_GAIN.size :])
    return Trimmed(np.divide(pcm, 32767, dtype=np.float32), rate_hz, gain_db)
