"""Sound out of anything FFmpeg opens, in a microphone's stead: a WAV file, rtsp://, udp://."""

import logging
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.container import InputContainer

from node.audio.handover import Handover
from node.audio.resample import Sound, ToSpeech
from node.config_voice import UrlMicrophoneConfig
from node.errors import DeviceError
from node.media import SPEECH_RATE_HZ, Pcm, SpeechChunk

log = logging.getLogger(__name__)

OPEN_S, READ_S = 5.0, 2.0
"""FFmpeg gives up after so long without an answer, or without a packet."""
CLOSE_S = 3.0
"""A thread stuck in FFmpeg for longer is left behind; it ends by FFmpeg's own timeout."""


class UrlMicrophone:
    """Reads in a thread of its own; a file is paced by the clock unless told otherwise."""

    def __init__(self, cfg: UrlMicrophoneConfig) -> None:
        self._cfg = cfg
        self._handover: Handover | None = None

    @property
    def lost(self) -> int:
        """Samples that the loop did not take in time."""
        return 0 if self._handover is None else self._handover.lost

    @property
    def label(self) -> str:
        """What is read, without what may be secret in a URL."""
        url = self._cfg.url
        return url.partition("?")[0].rpartition("@")[2] if "://" in url else Path(url).name

    async def __aenter__(self) -> Self:
        handover = self._handover = Handover(f"microphone {self.label}")
        threading.Thread(
            target=self._run, args=(handover,), name="url microphone", daemon=True
        ).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handover is not None and not await self._handover.leave(CLOSE_S):
            log.warning("microphone: reader still busy after %.0f s, left behind", CLOSE_S)

    def __aiter__(self) -> AsyncIterator[SpeechChunk]:
        if self._handover is None:
            raise DeviceError(f"microphone {self.label}: not open")
        return self._handover.chunks()

    def _run(self, handover: Handover) -> None:
        """Read until told to end, or to the end. Thread: the reader's."""
        name = f"microphone {self.label}"
        try:
            self._read_on(handover, name)
        except (av.FFmpegError, OSError, ValueError) as error:
            # not chained: the text of an FFmpeg error may hold the URL with its password
            handover.end(DeviceError(f"{name}: {_reason(error)}"))
        except Exception as error:  # noqa: BLE001  # raised on the loop by the iterator
            handover.end(error)
        finally:
            handover.close()

    def _read_on(self, handover: Handover, name: str) -> None:
        while not handover.has_left():
            before = handover.at_16k
            with self._open() as container:
                is_paced = self._cfg.is_paced and _waits_for_nobody(container)
                for pcm in _speech_of(container):
                    _pass_on(pcm, handover, is_paced=is_paced)
                    if handover.has_left():
                        return
            if not self._cfg.loop or handover.at_16k == before:
                handover.end(DeviceError(f"{name}: has ended"))
                return

    def _open(self) -> InputContainer:
        return av.open(
            self._cfg.url, "r", format=self._cfg.format or None, options=self._cfg.options,
            timeout=(OPEN_S, READ_S), metadata_errors="replace",
        )  # fmt: skip


def _pass_on(pcm: Pcm, handover: Handover, *, is_paced: bool) -> None:
    """Give a block: a paced one when its time has come, any other when there is room."""
    if not is_paced:
        handover.put_in_turn(pcm, handover.clock())
        return
    due_s = handover.began_s + (handover.at_16k + len(pcm)) / SPEECH_RATE_HZ
    handover.pause(due_s - handover.clock())
    handover.put(pcm, due_s)


def _waits_for_nobody(container: InputContainer) -> bool:
    """Whether it can be read faster than it happens: a file, or a drawn graph."""
    return container.duration is not None or container.format.name == "lavfi"


def _speech_of(container: InputContainer) -> Iterator[Pcm]:
    if not container.streams.audio:
        raise ValueError("has no sound")
    ear: tuple[int, ToSpeech] | None = None
    for sound, rate_hz in _sounds(container):
        if ear is not None and ear[0] != rate_hz:
            yield from ear[1].flush()
            ear = None
        ear = ear or (rate_hz, ToSpeech(rate_hz))
        yield from ear[1].feed(sound)
    if ear is None:
        raise ValueError("has no sound")
    yield from ear[1].flush()


def _sounds(container: InputContainer) -> Iterator[tuple[Sound, int]]:
    """Decoded sound in the form it has, with its rate; damaged packets are left out."""
    unpack, form = None, ("", "", 0)
    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if unpack is None or now != form:
                unpack, form = av.AudioResampler("flt", frame.layout, frame.sample_rate), now
            for piece in unpack.resample(frame):
                line = np.frombuffer(memoryview(piece.planes[0]), np.float32)
                channels = piece.layout.nb_channels
                yield line[: piece.samples * channels].reshape(-1, channels), piece.sample_rate


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, av.FFmpegError | OSError) else str(error)
    return (text or type(error).__name__).lower()
