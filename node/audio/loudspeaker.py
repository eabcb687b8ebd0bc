"""A loudspeaker of this machine: plays the program's sound, and tells what it played."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from node.audio.playring import PlayRing
from node.audio.ports import ABORT, CONTINUE, Ports
from node.board import hanging
from node.channels import Fanout
from node.config_voice import LoudspeakerConfig
from node.errors import DeviceError
from node.media import SAMPLE_RATE_HZ, AudioChunk, Samples

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often the device's thread looks whether it should end."""
CLOSE_S = 3.0
"""A thread stuck in a driver for longer is left behind."""
STALL_S = 5.0
"""A card that asks for no sound for so long plays none: a sound server that hangs, a screen that is
off. Python itself, busy elsewhere, has never kept it waiting so long."""


class Loudspeaker:
    """Plays `mixed`; puts what it hands to the card, by the card's own clock, into `played`.

    With microphone and loudspeaker on one card the far end then never drifts. `first` is added to
    the first sound of each opening. `volume` is asked for each chunk: 0 (silent) to 1. `gaps`
    counts the times when the card ran dry.
    """

    name = "loudspeaker"

    def __init__(
        self,
        cfg: LoudspeakerConfig,
        *,
        mixed: Fanout[AudioChunk],
        played: Fanout[AudioChunk],
        first: Samples | None = None,
        volume: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._cfg, self._volume = cfg, volume
        self._mixed, self._played = mixed, played
        self._first = np.zeros((0, 2), np.float32) if first is None else first
        self._ring = PlayRing(cfg.latency_ms / 1000)
        self.label = ""

    @property
    def gaps(self) -> int:
        """How often the card ran dry since the loudspeaker was opened."""
        return self._ring.gaps

    async def run(self, ready: Callable[[], None]) -> None:
        """Play until cancelled; raises `DeviceError` when the loudspeaker is lost."""
        ring = self._ring = PlayRing(self._cfg.latency_ms / 1000)
        driver = _Driver(self._cfg, ring, self._played, self._first)
        hanging.begin("loudspeaker", driver.run)
        feeding = asyncio.create_task(self._feed(ring), name="loudspeaker feed")
        try:
            self.label = await driver.opened()
            ready()
            await driver.ended()
        finally:
            feeding.cancel()
            self.label = ""
            if not await driver.stop():
                log.warning("loudspeaker: driver still busy after %.0f s, left behind", CLOSE_S)

    async def _feed(self, ring: PlayRing) -> None:
        before = self._volume()
        with self._mixed.subscribe() as reader:
            async for chunk in reader:
                now = self._volume()
                ring.put(_at_volume(chunk.samples, before, now))
                before = now


def _at_volume(samples: Samples, before: float, now: float) -> Samples:
    """The samples, on their way from one volume to another."""
    if before == now == 1.0:
        return samples
    slope = np.linspace(before, now, len(samples), dtype=np.float32)
    return samples * slope[:, None]


class _Driver:
    """One opening of the card: its thread and PortAudio's."""

    def __init__(
        self, cfg: LoudspeakerConfig, ring: PlayRing, played: Fanout[AudioChunk], first: Samples
    ) -> None:
        self._cfg, self._ring, self._played = cfg, ring, played
        self._first = first
        self._gain = np.float32(10 ** (cfg.volume_db / 20))
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._at, self._asked_s = 0, self._loop.time()
        self._fault: Exception | None = None
        self._name, self._title = "", f"loudspeaker {cfg.device or 'default'}"
        self._error: Exception | None = None
        self._opened, self._ended = asyncio.Event(), asyncio.Event()

    async def opened(self) -> str:
        """The name of the card, when it plays; raises `DeviceError`."""
        await self._opened.wait()
        if self._error is not None:
            raise self._error
        return self._name

    async def ended(self) -> None:
        """Raises what ended it, or `DeviceError` when the card asks for no more.

        Its thread cannot tell of that: it would hang in the same driver as it leaves.
        """
        while not self._ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._ended.wait()
            if self._loop.time() - self._asked_s > STALL_S:
                raise DeviceError(f"{self._title}: takes no sound for {STALL_S:.0f} s")
        if self._error is not None:
            raise self._error

    async def stop(self) -> bool:
        """Have the card released; false if it was not within `CLOSE_S`."""
        self._stopped.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._ended.wait()
        return self._ended.is_set()

    def run(self) -> None:
        """Open, watch, release. Thread: ours."""
        error: Exception = DeviceError("loudspeaker: released")
        try:
            with Ports() as ports:
                self._play(ports)
        except DeviceError as lost:
            error = DeviceError(f"{self._title}: {lost}")
        except Exception as bug:  # noqa: BLE001  # raised on the loop by `run` of the component
            error = bug
        kept = error
        self._call(lambda: self._finish(kept))

    def _play(self, ports: Ports) -> None:
        port = ports.find(self._cfg.device, "output")
        stream = ports.start(
            port, "output", channels=2, rate_hz=SAMPLE_RATE_HZ, callback=self._give
        )
        try:
            self._name, self._asked_s = port.name, self._loop.time()
            self._call(self._opened.set)
            while not self._stopped.wait(LOOK_S):
                if self._fault is not None:
                    raise self._fault
                if ports.is_stale:
                    raise DeviceError("released so that devices are looked for anew")
                if not stream.is_active():
                    raise DeviceError("is gone")
        finally:
            ports.stop(stream)

    def _give(
        self, _said: bytes | None, count: int, _times: dict[str, float], _status: int
    ) -> tuple[bytes | None, int]:
        """PortAudio's callback. Thread: PortAudio's."""
        try:
            samples = self._ring.take(count)
            beginning, self._first = self._first[:count], self._first[count:]
            samples[: len(beginning)] += beginning
            self._asked_s = self._loop.time()
            chunk = AudioChunk(self._at, self._asked_s, samples)
            self._at += count
            self._call(lambda: self._played.put(chunk))
            return _to_bytes(samples * self._gain), CONTINUE
        except Exception as error:  # noqa: BLE001  # raised by our thread
            self._fault = error
            return None, ABORT

    def _finish(self, error: Exception) -> None:
        self._error = error
        self._opened.set()
        self._ended.set()

    def _call(self, what: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody is left to be told
            self._loop.call_soon_threadsafe(what)


def _to_bytes(samples: Samples) -> bytes:
    limited = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767)
    return bytes(limited.astype("<i2").tobytes())
