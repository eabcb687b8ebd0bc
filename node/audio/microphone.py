"""What a microphone is to the node, the choice of its driver, and the part that keeps it going."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self, assert_never

from node.audio.level import ClipWatch, Level, LevelMeter
from node.channels import Fanout
from node.config_voice import (
    DeviceMicrophoneConfig,
    MicrophoneConfig,
    SimulatedMicrophoneConfig,
    UrlMicrophoneConfig,
)
from node.errors import DeviceError
from node.media import SpeechChunk

if TYPE_CHECKING:
    from node.audio.simulated import Hall


class MicrophoneSource(Protocol):
    """An open microphone: 16 kHz mono in blocks of 20 ms, `at_16k` rising from 0.

    Entering opens it, leaving releases it. Opening or iterating raises `DeviceError` when it is
    not there, delivers nothing for 2 s, ends, or is unplugged.
    """

    @property
    def lost(self) -> int:
        """Samples that never came through since it was opened."""
        ...

    @property
    def label(self) -> str:
        """The device's name, for people."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def __aiter__(self) -> AsyncIterator[SpeechChunk]: ...


ZEROS_S: Final = 5.0
"""A card without a microphone, a muted one and a sound server that lost its source deliver exact
zeros for ever; a room never does."""
STILL_ZEROS_S: Final = 90.0
"""So long it stays open once it was found so, listening for the first sound, until it is opened
anew: a sound server may have another source by then. Longer than `supervise.STORM_S`, within which
repeated failures would make it deaf for 30 s."""


class ZerosError(DeviceError):
    """A microphone delivers nothing but zeros."""


def open_microphone(
    cfg: MicrophoneConfig, *, hall: "Hall | None" = None, zeros_s: float = ZEROS_S
) -> MicrophoneSource:
    """The driver for a microphone, not yet open; a simulated one hears what is said in `hall`.

    A device that delivers nothing but zeros for `zeros_s` raises `ZerosError`.
    """
    match cfg:
        case DeviceMicrophoneConfig():
            from node.audio.portaudio import DeviceMicrophone  # noqa: PLC0415  # may be missing

            return DeviceMicrophone(cfg, zeros_s)
        case UrlMicrophoneConfig():
            from node.audio.url import UrlMicrophone  # noqa: PLC0415  # loads FFmpeg

            return UrlMicrophone(cfg)
        case SimulatedMicrophoneConfig():
            from node.audio.simulated import Hall, SimulatedMicrophone  # noqa: PLC0415

            return SimulatedMicrophone(cfg, hall or Hall())
        case _:
            assert_never(cfg)


class Microphone:
    """Puts what the configured microphone hears into `out`; `close` shuts it until `open`.

    A closed microphone is released, not merely unheard: the card's own light goes out.
    """

    name = "microphone"

    def __init__(
        self,
        cfg: MicrophoneConfig,
        *,
        out: Fanout[SpeechChunk],
        hall: "Hall | None" = None,
    ) -> None:
        self._cfg = cfg
        self._out = out
        self._hall = hall
        self._meter, self._clips = LevelMeter(), ClipWatch()
        self._is_wanted = asyncio.Event()
        self._is_wanted.set()
        self._source: MicrophoneSource | None = None
        self._lost_before = 0
        self._is_dead = False
        """Zeros were all it gave; it is not ready until it gives something else."""
        self.trouble = ""
        """Why it was lost, in a sentence, until it is heard again or closed on purpose."""

    @property
    def is_simulated(self) -> bool:
        """Whether its sound is made here."""
        return not isinstance(self._cfg, DeviceMicrophoneConfig)

    @property
    def label(self) -> str:
        """The device's name while it is open, else empty."""
        return "" if self._source is None else self._source.label

    @property
    def level(self) -> Level:
        """The level now; silence while it is closed or lost."""
        return self._meter.level

    @property
    def clipped_percent(self) -> int:
        """How much of what was said within a minute is clipped; 0 where it does not matter."""
        return self._clips.percent

    @property
    def lost(self) -> int:
        """Samples that never came through, since the node's start."""
        return self._lost_before + (0 if self._source is None else self._source.lost)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed on purpose."""
        return not self._is_wanted.is_set()

    def close(self) -> None:
        """Release the device within a block (20 ms) and leave it alone until `open`."""
        self._is_wanted.clear()

    def open(self) -> None:
        """Use the device again."""
        self._is_wanted.set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Deliver sound until cancelled; raises `DeviceError` when the microphone is lost."""
        while True:
            if self.is_closed:
                self.trouble, self._is_dead = "", False  # opened, it may be another one
                ready()
                await self._is_wanted.wait()
            try:
                await self._listen(ready)
            except DeviceError as error:
                self.trouble = str(error)
                raise

    async def _listen(self, ready: Callable[[], None]) -> None:
        """Deliver until closed on purpose."""
        is_ready = False
        zeros_s = STILL_ZEROS_S if self._is_dead else ZEROS_S
        try:
            async with open_microphone(self._cfg, hall=self._hall, zeros_s=zeros_s) as source:
                async for chunk in source:
                    if self.is_closed:
                        return
                    self._source = source
                    self._is_dead = self._is_dead and not chunk.pcm.any()
                    if not (is_ready or self._is_dead):
                        is_ready, self.trouble = True, ""
                        ready()
                    self._meter.feed(chunk.pcm)
                    self._clips.feed(chunk.pcm)
                    self._out.put(chunk)
            raise DeviceError("microphone: delivers no more")
        except ZerosError:
            self._is_dead = True
            raise
        finally:
            self._lost_before, self._source = self.lost, None
            self._meter = LevelMeter()
