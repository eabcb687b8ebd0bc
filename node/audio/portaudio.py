"""A microphone of this machine, by PortAudio."""

import logging
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import numpy as np

from node.audio.handover import Handover
from node.audio.microphone import ZEROS_S, ZerosError
from node.audio.ports import ABORT, CONTINUE, INPUT_OVERFLOW, Port, Ports
from node.audio.resample import ToSpeech, from_pcm
from node.board import hanging
from node.config_voice import DeviceMicrophoneConfig
from node.errors import DeviceError
from node.media import SPEECH_RATE_HZ, SpeechChunk

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often the device's thread looks whether it should end."""
CLOSE_S = 3.0
"""A thread stuck in a driver for longer is left behind (a card torn out may hold it for ever)."""
MIXED_CHANNELS = 2
"""Channels opened for a mean of all: sound servers claim up to 128."""


class DeviceMicrophone:
    """Listens by PortAudio's own thread; a thread of ours opens, watches and closes.

    `overflows` counts how often the card dropped sound since it was opened. `zeros_s` of nothing
    but zeros raise `ZerosError`.
    """

    def __init__(self, cfg: DeviceMicrophoneConfig, zeros_s: float = ZEROS_S) -> None:
        self._cfg, self._zeros_s = cfg, zeros_s
        self._handover: Handover | None = None
        self._name = ""
        self.overflows = 0

    @property
    def lost(self) -> int:
        """Samples that the card dropped or the loop did not take in time."""
        return 0 if self._handover is None else self._handover.lost

    @property
    def label(self) -> str:
        """The device's name, what was asked for while it is not found."""
        return self._name or str(self._cfg.device) or "default"

    async def __aenter__(self) -> Self:
        self._name, self.overflows = "", 0
        handover = self._handover = Handover(f"microphone {self.label}")
        hanging.begin("microphone", lambda: self._run(handover))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handover is not None and not await self._handover.leave(CLOSE_S):
            log.warning("microphone: driver still busy after %.0f s, left behind", CLOSE_S)

    def __aiter__(self) -> AsyncIterator[SpeechChunk]:
        if self._handover is None:
            raise DeviceError(f"microphone {self.label}: not open")
        return self._handover.chunks()

    def _run(self, handover: Handover) -> None:
        """Thread: ours."""
        try:
            with Ports() as ports:
                self._listen(ports, handover)
        except DeviceError as error:
            handover.end(type(error)(f"microphone {self.label}: {error}"))
        except Exception as error:  # noqa: BLE001  # raised on the loop by the iterator
            handover.end(error)
        finally:
            handover.close()

    def _listen(self, ports: Ports, handover: Handover) -> None:
        port = ports.find(self._cfg.device, "input")
        self._name = port.name
        listener = _Listener(self._cfg, port, handover)
        stream = ports.start(
            port, "input",
            channels=listener.channels, rate_hz=listener.rate_hz, callback=listener.hear,
        )  # fmt: skip
        try:
            while not handover.has_left():
                handover.pause(LOOK_S)
                self.overflows = listener.overflows
                if listener.zeros_s > self._zeros_s:
                    raise ZerosError(
                        f"nothing but zeros for {self._zeros_s:.0f} s: muted, or not plugged in"
                    )
                if ports.is_stale:
                    raise DeviceError("released so that devices are looked for anew")
                if not stream.is_active():
                    raise DeviceError("is gone")
        finally:
            ports.stop(stream)


class _Listener:
    """What PortAudio's thread does with each piece."""

    def __init__(self, cfg: DeviceMicrophoneConfig, port: Port, handover: Handover) -> None:
        self.channels = cfg.channel or min(port.channels, MIXED_CHANNELS)
        self.rate_hz = cfg.rate_hz or port.rate_hz
        self.overflows = 0
        self._handover = handover
        self._to_speech = ToSpeech(self.rate_hz, channel=cfg.channel, gain_db=cfg.gain_db)
        self.zeros_s = 0.0
        self._next_s = 0.0

    def hear(
        self, said: bytes | None, count: int, times: dict[str, float], status: int
    ) -> tuple[None, int]:
        """PortAudio's callback. Thread: PortAudio's."""
        try:
            self._hear(said or b"", count, times.get("input_buffer_adc_time", 0.0), status)
        except Exception as error:  # noqa: BLE001  # raised on the loop by the iterator
            self._handover.end(error)
            return None, ABORT
        return None, CONTINUE

    def _hear(self, said: bytes, count: int, adc_s: float, status: int) -> None:
        samples = np.frombuffer(said, np.int16)
        self.zeros_s = 0.0 if samples.any() else self.zeros_s + count / self.rate_hz
        if status & INPUT_OVERFLOW:
            self.overflows += 1
            missed_s = max(0.0, adc_s - self._next_s) if self._next_s and adc_s else 0.0
            self._handover.skip(round(missed_s * SPEECH_RATE_HZ))
        self._next_s = adc_s + count / self.rate_hz
        sound = from_pcm(samples).reshape(-1, self.channels)
        heard_s = self._handover.clock()
        for pcm in self._to_speech.feed(sound):
            self._handover.put(pcm, heard_s)
