"""PortAudio with cards made of nothing: plays its callbacks when a test says so."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

from node.audio.ports import Callback, Said


@dataclass
class FakeStream:
    """An open stream; `heard` and `asked` are what PortAudio's thread does."""

    callback: Callback
    rate_hz: int
    channels: int
    alive: bool = True
    is_closed: bool = False

    def is_active(self) -> bool:
        return self.alive

    def close(self) -> None:
        self.is_closed = True

    def heard(self, said: bytes, *, adc_s: float = 0.0, status: int = 0) -> int:
        """The card heard this; what the callback answers."""
        count = len(said) // 2 // self.channels
        return self.callback(said, count, {"input_buffer_adc_time": adc_s}, status)[1]

    def asked(self, count: int) -> bytes:
        """The card asks for so many samples of each channel."""
        return self.callback(None, count, {}, 0)[0] or b""


@dataclass
class FakeCards:
    """What is plugged in, and the streams that were opened."""

    cards: list[Said] = field(default_factory=list)
    streams: list[FakeStream] = field(default_factory=list)
    opened: Callable[[FakeStream], None] = lambda _: None
    refusal: OSError | None = None
    initialised: int = 0
    terminated: int = 0

    def plug_in(self, name: str, *, inputs: int = 0, outputs: int = 0, rate: float = 48e3) -> None:
        self.cards.append(
            {
                "index": len(self.cards),
                "name": name,
                "maxInputChannels": inputs,
                "maxOutputChannels": outputs,
                "defaultSampleRate": rate,
            }
        )

    def install(self, set_module: Callable[[dict[str, ModuleType], str, ModuleType], None]) -> None:
        """Stand in for PyAudio; `set_module` is pytest's `monkeypatch.setitem`."""
        module = ModuleType("pyaudio")
        module.PyAudio = lambda: _FakePortAudio(self)  # type: ignore[attr-defined]  # a fake's own
        set_module(sys.modules, "pyaudio", module)


class _FakePortAudio:
    def __init__(self, machine: FakeCards) -> None:
        self._machine = machine
        self._seen = list(machine.cards)
        machine.initialised += 1

    def get_device_count(self) -> int:
        return len(self._seen)

    def get_device_info_by_index(self, index: int, /) -> Said:
        return self._seen[index]

    def get_default_input_device_info(self) -> Said:
        return self._first("maxInputChannels")

    def get_default_output_device_info(self) -> Said:
        return self._first("maxOutputChannels")

    def terminate(self) -> None:
        self._machine.terminated += 1

    def open(
        self, *, rate: int, channels: int, stream_callback: Callback, **_: object
    ) -> FakeStream:
        if self._machine.refusal is not None:
            raise self._machine.refusal
        stream = FakeStream(stream_callback, rate, channels)
        self._machine.streams.append(stream)
        self._machine.opened(stream)
        return stream

    def _first(self, channels: str) -> Said:
        for card in self._seen:
            if card[channels]:
                return card
        raise OSError("No Default Device Available")
