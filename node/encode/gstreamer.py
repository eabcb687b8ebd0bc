"""H.264 by an element of GStreamer in a process of its own (Jetson: nvv4l2h264enc); a `VideoCodec`.

The process is `gst_worker`. It crashes, hangs and is killed without harm to the node.
"""

import contextlib
import os
import subprocess
import time
from collections import deque
from mmap import mmap
from pathlib import Path
from typing import Final

import numpy as np

from node.board.gstreamer import readable
from node.encode import gst_worker
from node.encode.foreign import ForeignUnits
from node.encode.x264 import level_for
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Rendition, Size

PYTHON: Final = "/usr/bin/python3"
"""The system's, for which the distribution packs `gi` (python3-gi)."""
OPENING_S: Final = 10.0
"""Loading GStreamer for the first time since boot scans its plugins."""
PATIENCE_MS: Final = 500
"""So long the next unit is waited for (nvv4l2h264enc: 135 ms at most, NVIDIA's forum, 184221)."""
ANSWER_S: Final = 1.5
"""No answer for so long, and the process hangs. Less than the node's patience with us."""
STALLED_S: Final = 1.5
"""Waited for so long in all, without a picture, and the element hangs."""
ENDING_S: Final = 0.5
LAST_LINES: Final = 5
LARGEST_UNIT_BYTES: Final = 8 << 20


class Gstreamer:
    """One element, opened at the first picture or by `open`. Thread: one at a time, any."""

    def __init__(
        self, rendition: Rendition, *, element: str, why: str, python: str = PYTHON
    ) -> None:
        self.name = f"gstreamer/{element}"
        self.why = why
        self._rendition = rendition
        self._element = element
        self._python = python
        self._kbps = rendition.bitrate_kbps
        self._worker: _Worker | None = None
        self._units = ForeignUnits(self.name)
        self._silent_s = 0.0

    @property
    def pid(self) -> int:
        """The process; 0 while there is none."""
        return 0 if self._worker is None else self._worker.pid

    def open(self) -> None:
        """Start the process and its element now; the first picture else does.

        Raises:
            DeviceError: no GStreamer, no such element, or it does not start.
        """
        if self._worker is not None:
            return
        rendition = self._rendition
        if rendition.size.width % 2 or rendition.size.height % 2:
            raise DeviceError(f"{self.name}: {rendition.size}: sides must be even")
        worker = _Worker(self.name, rendition.size, [
            self._element, str(rendition.size), str(rendition.fps), str(self._kbps),
            f"{level_for(rendition.size, rendition.fps) / 10:.1f}".removesuffix(".0"),
            str(PATIENCE_MS),
        ], self._python)  # fmt: skip
        try:
            worker.await_ready()
        except DeviceError:
            worker.end()
            raise
        self._worker, self._silent_s = worker, 0.0

    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001  # the protocol's
        """Encode one picture; mostly its own unit at once.

        Raises:
            DeviceError: the process crashed or hangs, or returns what is no baseline H.264.
        """
        if frame.size != self._rendition.size:
            raise DeviceError(
                f"{self.name}: got a picture of {frame.size}, expected {self._rendition.size}"
            )
        self.open()
        assert self._worker is not None  # noqa: S101  # opened above
        pts_ns = frame.pts * 100_000 // 9
        began_s = time.monotonic()
        self._units.expect(pts_ns, frame)
        self._worker.hand_over(frame, pts_ns, force_idr=force_idr)
        units = [self._units.take(*came) for came in self._worker.answers()]
        self._silent_s = 0.0 if units else self._silent_s + time.monotonic() - began_s
        if self._silent_s > STALLED_S:
            raise DeviceError(f"{self.name}: no picture came back in {STALLED_S:g} s of waiting")
        return [unit for unit in units if unit is not None]

    def set_bitrate(self, kbps: int) -> None:
        """Change the bit rate, in kbit/s, from the next picture on."""
        self._kbps = kbps
        if self._worker is not None:
            self._worker.ask(gst_worker.BITRATE, kbps)

    def ease(self) -> bool:
        """Nothing to save: another machine's part, or another process, encodes."""
        return False

    def restore(self) -> None:
        """Nothing was saved."""

    def close(self) -> None:
        """End the process; the next picture starts another."""
        worker, self._worker = self._worker, None
        self._units = ForeignUnits(self.name)
        if worker is not None:
            worker.end()


class _Worker:
    """The process, its pipes and the picture that it shares with us."""

    def __init__(self, name: str, size: Size, arguments: list[str], python: str) -> None:
        self._name = name
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._shape = (size.height * 3 // 2, size.width)
        length = size.width * size.height * 3 // 2
        shared = os.memfd_create("livesell-picture")
        try:
            os.ftruncate(shared, length)
            self._picture = mmap(shared, length)
            script = str(Path(gst_worker.__file__).resolve())
            self._process = subprocess.Popen(  # noqa: S603  # our own script, by a fixed program
                [python, "-I", script, *arguments, str(shared)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                pass_fds=(shared,), cwd="/",
            )  # fmt: skip
        except OSError as error:
            raise DeviceError(f"{name}: cannot be started: {error}") from error
        finally:
            os.close(shared)
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None  # noqa: S101  # asked for above
            os.set_blocking(pipe.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def await_ready(self) -> None:
        """Raises `DeviceError`."""
        kind, _, _ = self._answer(time.monotonic() + OPENING_S)
        if kind != gst_worker.READY:
            raise DeviceError(f"{self._name}: answered {kind} before it was ready")

    def hand_over(self, frame: Frame, pts_ns: int, *, force_idr: bool) -> None:
        """Raises `DeviceError`."""
        target = np.frombuffer(self._picture, np.uint8).reshape(self._shape)
        target[:] = frame.i420()
        del target
        self.ask(gst_worker.FRAME, pts_ns, gst_worker.FORCE_IDR if force_idr else 0)

    def ask(self, kind: int, number: int, flags: int = 0) -> None:
        """Raises `DeviceError`. A header never fills the pipe: each frame is answered."""
        assert self._process.stdin is not None  # noqa: S101  # asked for
        try:
            os.write(self._process.stdin.fileno(), gst_worker.HEADER.pack(kind, flags, 0, number))
        except OSError as error:
            raise self._ended() from error

    def answers(self) -> list[tuple[int, bytes]]:
        """Stamps and bytes of what came out. Raises `DeviceError`."""
        deadline = time.monotonic() + ANSWER_S
        units: list[tuple[int, bytes]] = []
        while True:
            kind, number, content = self._answer(deadline)
            if kind == gst_worker.DONE:
                return units
            units.append((number, content))

    def end(self) -> None:
        """End it, by force if it must be."""
        process = self._process
        assert process.stdin is not None  # noqa: S101  # asked for
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # stuck in a driver: left behind
                process.wait(ENDING_S)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        self._picture.close()

    def _answer(self, deadline_s: float) -> tuple[int, int, bytes]:
        """Kind, number and content of one answer. Raises `DeviceError`."""
        header = self._read(gst_worker.HEADER.size, deadline_s)
        kind, _, length, number = gst_worker.HEADER.unpack(header)
        if length > LARGEST_UNIT_BYTES:
            raise DeviceError(f"{self._name}: an answer of {length} bytes")
        content = self._read(length, deadline_s)
        if kind == gst_worker.FAULT:
            raise DeviceError(f"{self._name}: {content.decode('utf-8', 'replace')}")
        if kind not in {gst_worker.READY, gst_worker.UNIT, gst_worker.DONE}:
            raise DeviceError(f"{self._name}: an answer of kind {kind}")
        return kind, number, content

    def _read(self, length: int, deadline_s: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101  # asked for
        assert self._process.stderr is not None  # noqa: S101  # asked for
        out, err = self._process.stdout.fileno(), self._process.stderr.fileno()
        content = bytearray()
        listening = [out, err]
        while len(content) < length:
            left_s = deadline_s - time.monotonic()
            ready = readable(listening, left_s)
            if err in ready and not self._hear(err):
                listening.remove(err)
            if out in ready:
                piece = os.read(out, length - len(content))
                if not piece:
                    raise self._ended()
                content += piece
            elif left_s <= 0:
                raise DeviceError(f"{self._name}: no answer in time{self._last_words()}")
        return bytes(content)

    def _hear(self, err: int) -> bool:
        """Keep what it complains of; False when it has closed its mouth."""
        piece = os.read(err, 65_536)
        self._last.extend(line for line in piece.decode("utf-8", "replace").splitlines() if line)
        return bool(piece)

    def _ended(self) -> DeviceError:
        try:
            status = self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            return DeviceError(f"{self._name}: closed its pipe{self._last_words()}")
        assert self._process.stderr is not None  # noqa: S101  # asked for
        with contextlib.suppress(OSError):
            self._hear(self._process.stderr.fileno())
        how = f"signal {-status}" if status < 0 else f"exit code {status}"
        return DeviceError(f"{self._name}: the process ended ({how}){self._last_words()}")

    def _last_words(self) -> str:
        return f": {self._last[-1]}" if self._last else ""
