"""The panel on simulated GPIO chips: press to command, bounces, lamps; run in the emulated machine.

    GPIO_SIM=/sys/devices/platform/gpio-sim.0/gpiochip0 python -m tools.rigs.guest_panel

Walks through the header of a Raspberry Pi and that of a Jetson, whose lines lie on two chips, then
pulls a chip out. The lines are the kernel's, by lgpio; the show behind them stands still. Prints
one JSON object.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import node
from node.board.gpiochips import GpioChips
from node.board.headers import AGX_ORIN, Header, raspberry_pi
from node.channels import State
from node.config_panel import ButtonConfig, InputName, LampName, PanelConfig, wires
from node.control.gpio import board_pins
from node.control.panel import Panel, PanelNeighbours
from node.errors import DeviceError
from node.program.commands import Command, Pressed
from node.program.listening import Listening
from node.program.reading import load_rundown
from node.program.schedule import opening
from node.supervise import Health
from tools.rigs.guest.chips import Bank, SimulatedDevice

DAY: Final = Path(node.__file__).parent / "demo/day.toml"
SLOW: Final = ButtonConfig(debounce_ms=250)
"""An emulated machine needs 100 ms and more for what a contact bounces in 5."""
PATIENCE_S: Final = 60.0
REST_S: Final = 0.7
"""Longer than a nervous finger takes for its second press."""
JETSON: Final = Path("/run/booth/jetson")
"""The root of a machine that says it is a Jetson; its devices are this machine's."""
WANTED: Final = {
    "commands_of_a_press_that_bounces": 1, "blue_while_listening": True,
    "tally_of_a_clip": False, "tally_of_the_camera": True, "red_while_muted": True,
    "lines_free_again": True,
}  # fmt: skip

Submit = Callable[[Command, str], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Board:
    """A header, the folders of its chips' lines by their labels, and how it is wired."""

    header: Header
    chips: Mapping[str, Path]
    there: GpioChips
    table: PanelConfig
    presses: int


class Walk:
    """Presses lines, and sees what the panel makes of them."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._open = partial(board_pins, there=board.there)
        lines = {name: board.header.lines[int(pin)] for _, name, pin in wires(board.table)}
        self._lines = {
            name: board.chips[line.chip] / f"sim_gpio{line.offset}" for name, line in lines.items()
        }
        self._came = asyncio.Event()
        self.commands: list[tuple[float, Command]] = []
        self.near = neighbours(self._submit)

    async def run(self) -> dict[str, object]:
        """Walk; raises `DeviceError`."""
        for name in self._lines:
            self._pull(name, is_high=True)
        panel, ready = Panel(self._board.table, self.near, self._open), asyncio.Event()
        task = asyncio.create_task(panel.run(ready.set))
        began = time.monotonic()
        await first_of(task, ready)
        opened_s = time.monotonic() - began
        spans = [await self._press("next") for _ in range(self._board.presses)]
        bounced = await self._bounce("busy")
        lamps = await self._lamps()
        task.cancel()
        await asyncio.wait({task})
        async with self._open(self._board.table, lambda _name, _is_down, _at_s: None):
            is_free_again = True
        return {
            "opened_s": round(opened_s, 2),
            "press_to_command_ms": {
                "p50": round(statistics.median(spans) * 1000, 1),
                "p95": round(sorted(spans)[int(0.95 * len(spans))] * 1000, 1),
                "max": round(max(spans) * 1000, 1), "n": len(spans),
            },
            "commands_of_a_press_that_bounces": bounced,
            **lamps,
            "lines_free_again": is_free_again,
        }  # fmt: skip

    async def _submit(self, command: Command, _by: str) -> None:
        if not isinstance(command, Pressed):
            self.commands.append((time.monotonic(), command))
            self._came.set()

    async def _press(self, name: InputName, bounces: int = 0) -> float:
        """Seconds from the level's last change to the command."""
        self._came.clear()
        for _ in range(bounces):
            self._pull(name, is_high=False)
            self._pull(name, is_high=True)
        self._pull(name, is_high=False)
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            await self._came.wait()
        await asyncio.sleep(REST_S)
        self._pull(name, is_high=True)
        await asyncio.sleep(REST_S)
        return self.commands[-1][0] - began

    async def _bounce(self, name: InputName) -> int:
        """How many commands a press of 21 edges makes."""
        before = len(self.commands)
        await self._press(name, bounces=10)
        return len(self.commands) - before

    async def _lamps(self) -> dict[str, object]:
        """What the lines of tally and listening light say as the show and the ear change."""
        told: dict[str, object] = {"blue_while_listening": self._is_lit("blue")}
        show = self.near.state.value
        live = next(one.id for one in show.rundown.segments.values() if one.kind == "live")
        told["tally_of_a_clip"] = self._is_lit("tally")
        self.near.state.set(replace(show, airing=replace(show.airing, segment=live)))
        self.near.listening.set(Listening(ear="muted"))
        await asyncio.sleep(0.1)
        told["tally_of_the_camera"] = self._is_lit("tally")
        told["red_while_muted"] = self._is_lit("red") and not self._is_lit("blue")
        return told

    def _pull(self, name: InputName | LampName, *, is_high: bool) -> None:
        (self._lines[name] / "pull").write_text("pull-up" if is_high else "pull-down")

    def _is_lit(self, lamp: LampName) -> bool:
        return (self._lines[lamp] / "value").read_text().strip() == "1"


def neighbours(submit: Submit) -> PanelNeighbours:
    """A show that stands still, and an ear that listens."""
    rundown, _ = load_rundown(DAY, fps=30, has_files=False)
    return PanelNeighbours(
        state=State(opening(rundown, datetime.now(rundown.timezone), None)),
        listening=State(Listening(ear="listening")), health=State[Health]({}),
        submit=submit, voice=None, note=lambda _: None,
    )  # fmt: skip


async def _unheard(_command: Command, _by: str) -> None:
    """Nobody presses."""


async def first_of(task: asyncio.Task[None], ready: asyncio.Event) -> None:
    """Until a part is ready; raises what ended it before."""
    waiting = asyncio.ensure_future(ready.wait())
    await asyncio.wait({task, waiting}, return_when="FIRST_COMPLETED")
    waiting.cancel()
    if task.done():
        task.result()


async def pulled_out() -> dict[str, object]:
    """A chip that goes while nobody presses is told, and its lines can be had once it is back."""
    device = SimulatedDevice("usb", Bank("usb-expander", 8, {}))
    table = PanelConfig(chip="usb-expander", live=ButtonConfig(pin=3))
    device.plug()
    panel, ready = Panel(table, neighbours(_unheard), board_pins), asyncio.Event()
    task = asyncio.create_task(panel.run(ready.set))
    await first_of(task, ready)
    device.unplug()
    began = time.monotonic()
    await asyncio.wait({task}, timeout=PATIENCE_S)
    told_s = time.monotonic() - began
    error = task.exception() if task.done() else None
    device.plug()
    async with board_pins(table, lambda _name, _is_down, _at_s: None) as pins:
        is_back = pins.inputs == {"live"}
    return {"told_s": round(told_s, 1), "told": str(error), "is_back": is_back,
            "is_told": isinstance(error, DeviceError)}  # fmt: skip


def boards() -> tuple[Board, Board]:
    """The Raspberry Pi's header on the chip that is there, and a Jetson's on two that are made."""
    pi = raspberry_pi("pinctrl-bcm2711")
    labels = sorted({line.chip for line in AGX_ORIN.lines.values()})
    banks = (
        Bank(label, 164, {one.offset: one.name for one in AGX_ORIN.lines.values()
                          if one.chip == label})
        for label in labels
    )  # fmt: skip
    jetson = SimulatedDevice("jetson", *banks).plug()
    (JETSON / "proc/device-tree").mkdir(parents=True)
    (JETSON / "proc/device-tree/compatible").write_bytes(b"nvidia,p3737-0000+p3701-0005\0")
    (JETSON / "dev").symlink_to("/dev")
    header = {"pinctrl-bcm2711": Path(os.environ["GPIO_SIM"])}
    read_elsewhere = PanelConfig(busy=SLOW, live=ButtonConfig(pin=4))
    return (
        Board(pi, header, GpioChips(), PanelConfig(busy=SLOW), presses=20),
        Board(AGX_ORIN, jetson, GpioChips(JETSON), read_elsewhere, presses=5),
    )


async def walked() -> dict[str, dict[str, object]]:
    """What was seen on each board, and of the chip that was pulled out."""
    told = {board.header.board: await Walk(board).run() for board in boards()}
    return {**told, "pulled out": await pulled_out()}


def main() -> int:
    """Walk once; 1 where something was not as it should be."""
    try:
        told = asyncio.run(walked())
    except DeviceError as error:
        print(error)
        return 1
    print(json.dumps(told), flush=True)
    *walks, gone = told.values()
    is_well = all(walk[name] == value for walk in walks for name, value in WANTED.items())
    return int(not is_well or not (gone["is_told"] and gone["is_back"]))


if __name__ == "__main__":
    raise SystemExit(main())
