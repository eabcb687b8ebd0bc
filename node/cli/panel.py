"""livesell doctor --panel: staff tries each button and each lamp, one after the other."""

import asyncio
import sys
import threading
from asyncio import FIRST_COMPLETED
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, TextIO

from node.cli.parser import CONFIG_PATH
from node.cli.texts import Texts
from node.config import load
from node.config_panel import (
    InputLine,
    InputName,
    LampLine,
    PanelConfig,
    inputs_of,
    lamps_of,
    pin_words,
)
from node.control.pins import Pins, Told, open_pins
from node.errors import DeviceError

PATIENCE_S: Final = 20.0
"""For one button; whoever walks to it has the time."""
BUZZ_S: Final = 0.3
LINES_MAX: Final = 16
YES: Final = ("y", "yes", "是", "j", "1")
NO: Final = ("n", "no", "否", "0")

Outcome = Literal["ok", "other", "nothing", "held", "skipped", "wrong"]
"""Of a button: pressed; another one came; nothing came; down before it was pressed. Of both:
skipped. Of a lamp: seen; not seen.
"""
FAILED: Final[frozenset[Outcome]] = frozenset({"other", "nothing", "held", "wrong"})

OpenPins = Callable[[PanelConfig, Told], AbstractAsyncContextManager[Pins]]


class Keyboard(Protocol):
    """What staff types, a line at a time."""

    async def line(self) -> str:
        """The next line, lower case, without its end; waits for ever once there is no more."""
        ...

    def forget(self) -> None:
        """Drop what was typed before it was asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Tried:
    """One control and what came of it."""

    name: str
    pin: str
    outcome: Outcome


def try_panel(path: Path | None, texts: Texts) -> int:
    """Walk through the panel of a configuration, or through the standard one.

    Returns:
        0 where nothing failed, 1 where something did or the lines cannot be had. Raises
        `ConfigError` for a wrong configuration.
    """
    cfg = panel_of(path or CONFIG_PATH, is_named=path is not None)
    if cfg is None:
        print(texts("try.no_table"))
        return 1
    return asyncio.run(_tried(cfg, texts))


def panel_of(path: Path, *, is_named: bool) -> PanelConfig | None:
    """The panel's table of a file; without a file that was named, the standard wiring."""
    return load(path).panel if is_named or path.is_file() else PanelConfig()


async def _tried(cfg: PanelConfig, texts: Texts) -> int:
    return await Walk(cfg, texts, _Typed(), sys.stdout).run(open_pins)


class Walk:
    """Asks for each button and each lamp of a panel; says on `out` what it found."""

    def __init__(self, cfg: PanelConfig, texts: Texts, keyboard: Keyboard, out: TextIO) -> None:
        self._cfg, self._texts, self._keyboard, self._out = cfg, texts, keyboard, out
        self._pressed: asyncio.Queue[InputName] = asyncio.Queue(LINES_MAX)

    async def run(self, open_: OpenPins) -> int:
        """Exit code: 1 where something failed, or the lines cannot be had."""
        try:
            async with open_(self._cfg, self._told) as pins:
                self._say("try.head", label=pins.label)
                if pins.label == "simulated":
                    self._say("try.simulated")
                tried = [await self._button(line, pins) for line in inputs_of(self._cfg)]
                tried += [await self._lamp(line, pins) for line in lamps_of(self._cfg)]
        except DeviceError as error:
            self._say("try.not_had", reason=str(error))
            self._say("try.held_cure" if "busy" in str(error) else "try.not_had_cure")
            return 1
        self._tell(tried)
        return int(any(one.outcome in FAILED for one in tried))

    def _told(self, name: InputName, is_down: bool, _at_s: float) -> None:  # noqa: FBT001  # `Told`
        if is_down and not self._pressed.full():
            self._pressed.put_nowait(name)

    async def _button(self, line: InputLine, pins: Pins) -> Tried:
        name = self._texts(f"try.button.{line.name}")
        if line.name in pins.down() and line.name != "presence":
            self._say("try.is_held", name=name, pin=self._pin(line))
            return Tried(line.name, self._pin(line), "held")
        while not self._pressed.empty():
            self._pressed.get_nowait()
        self._keyboard.forget()
        key = "try.come" if line.name == "presence" else "try.press"
        self._say(key, name=name, pin=self._pin(line), seconds=round(PATIENCE_S))
        outcome = await self._awaited(line.name)
        self._say(f"try.told.{outcome}", name=name)
        return Tried(line.name, self._pin(line), outcome)

    async def _awaited(self, wanted: InputName) -> Outcome:
        """What comes first: the button, Enter, or the end of patience."""
        outcome: Outcome = "nothing"
        skip: asyncio.Future[str] = asyncio.ensure_future(self._keyboard.line())
        press: asyncio.Future[InputName] = asyncio.ensure_future(self._pressed.get())
        deadline_s = _now_s() + PATIENCE_S
        try:
            while (left_s := deadline_s - _now_s()) > 0:
                await asyncio.wait((skip, press), timeout=left_s, return_when=FIRST_COMPLETED)
                if skip.done():
                    return "skipped"
                if not press.done():
                    break
                if (name := press.result()) == wanted:
                    return "ok"
                outcome = "other"
                self._say("try.other", other=self._texts(f"try.button.{name}"))
                press = asyncio.ensure_future(self._pressed.get())
        finally:
            skip.cancel()
            press.cancel()
        return outcome

    async def _lamp(self, line: LampLine, pins: Pins) -> Tried:
        name = self._texts(f"try.lamp.{line.name}")
        pins.light(line.name, is_on=True)
        try:
            if line.name == "buzzer":
                await asyncio.sleep(BUZZ_S)
                pins.light(line.name, is_on=False)
            self._keyboard.forget()
            key = "try.hear" if line.name == "buzzer" else "try.see"
            self._say(key, name=name, pin=self._pin(line), seconds=round(PATIENCE_S))
            outcome = await self._answer()
        finally:
            pins.light(line.name, is_on=False)
        self._say(f"try.told.{outcome}", name=name)
        return Tried(line.name, self._pin(line), outcome)

    async def _answer(self) -> Outcome:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    word = await self._keyboard.line()
                    if not word:
                        return "skipped"
                    if word in YES:
                        return "ok"
                    if word in NO:
                        return "wrong"
        except TimeoutError:
            return "skipped"

    def _tell(self, tried: list[Tried]) -> None:
        self._say("try.table")
        for one in tried:
            place = "lamp" if f"try.lamp.{one.name}" in self._texts else "button"
            name = self._texts(f"try.{place}.{one.name}")
            verdict = self._texts(f"try.verdict.{one.outcome}")
            print(f"  {one.pin:<7} {verdict:<10} {name}", file=self._out)
        failed = sum(one.outcome in FAILED for one in tried)
        skipped = sum(one.outcome == "skipped" for one in tried)
        self._say("try.sum", ok=len(tried) - failed - skipped, failed=failed, skipped=skipped)

    def _pin(self, line: InputLine | LampLine) -> str:
        return pin_words(self._cfg, line.pin)

    def _say(self, key: str, **facts: object) -> None:
        print(self._texts(key, **facts), file=self._out, flush=True)


class _Typed:
    """Lines of standard input, read by a thread that nobody waits for at the end.

    There may be none: a process can be started with it closed.
    """

    def __init__(self) -> None:
        self._source: TextIO | None = sys.stdin
        self._lines: asyncio.Queue[str] = asyncio.Queue(LINES_MAX)
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, daemon=True, name="keyboard").start()

    async def line(self) -> str:
        """The next line."""
        return await self._lines.get()

    def forget(self) -> None:
        """Only where somebody types: what a pipe brings is meant in its order."""
        is_typed = self._source is not None and self._source.isatty()
        while is_typed and not self._lines.empty():
            self._lines.get_nowait()

    def _read(self) -> None:
        """Thread: the keyboard's."""
        try:
            for line in self._source or ():
                self._loop.call_soon_threadsafe(self._put, line.strip().lower())
        except (RuntimeError, ValueError):  # the walk is over, or it was closed meanwhile
            return

    def _put(self, line: str) -> None:
        if not self._lines.full():
            self._lines.put_nowait(line)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
