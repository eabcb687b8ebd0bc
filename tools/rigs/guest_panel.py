"""The panel on a simulated GPIO chip: press to command, bounces, lamps; run in the virtual booth.

    GPIO_SIM=/sys/devices/platform/gpio-sim.0/gpiochip0 python -m tools.rigs.guest_panel

Prints one JSON object. The lines are the kernel's, by lgpio; the show behind them stands still.
"""

import asyncio
import json
import os
import statistics
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import node
from node.channels import State
from node.config_panel import STANDARD, ButtonConfig, InputName, PanelConfig
from node.control.gpio import board_pins
from node.control.panel import Panel, PanelNeighbours
from node.errors import DeviceError
from node.program.commands import Command, Pressed
from node.program.listening import Listening
from node.program.reading import load_rundown
from node.program.schedule import opening
from node.supervise import Health

DAY: Final = Path(node.__file__).parent / "demo/day.toml"
TABLE: Final = PanelConfig(busy=ButtonConfig(debounce_ms=250))
"""An emulated machine needs 100 ms and more for what a contact bounces in 5."""
PRESSES: Final = 20
PATIENCE_S: Final = 60.0
REST_S: Final = 0.7
"""Longer than a nervous finger takes for its second press."""


class Walk:
    """Presses lines, and sees what the panel makes of them."""

    def __init__(self, chip: Path) -> None:
        self._chip = chip
        self._came = asyncio.Event()
        self.commands: list[tuple[float, Command]] = []
        rundown, _ = load_rundown(DAY, fps=30, has_files=False)
        self.state = State(opening(rundown, datetime.now(rundown.timezone), None))
        self.near = PanelNeighbours(
            state=self.state, listening=State(Listening(ear="listening")), health=State[Health]({}),
            submit=self._submit, voice=None, note=lambda _: None,
        )  # fmt: skip

    async def run(self) -> dict[str, object]:
        """Walk; raises `DeviceError`."""
        for pin in STANDARD.values():
            self._pull(pin, is_high=True)
        panel, ready = Panel(TABLE, self.near, board_pins), asyncio.Event()
        task = asyncio.create_task(panel.run(ready.set))
        began = time.monotonic()
        await asyncio.wait(
            {task, asyncio.ensure_future(ready.wait())}, return_when="FIRST_COMPLETED"
        )
        if task.done():
            task.result()
        opened_s = time.monotonic() - began
        spans = [await self._press("next") for _ in range(PRESSES)]
        bounced = await self._bounce("busy")
        lamps = await self._lamps()
        task.cancel()
        await asyncio.wait({task})
        with_free = board_pins(PanelConfig(), lambda _name, _is_down, _at_s: None)
        async with with_free:
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
            self._pull(STANDARD[name], is_high=False)
            self._pull(STANDARD[name], is_high=True)
        self._pull(STANDARD[name], is_high=False)
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            await self._came.wait()
        await asyncio.sleep(REST_S)
        self._pull(STANDARD[name], is_high=True)
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
        show = self.state.value
        live = next(one.id for one in show.rundown.segments.values() if one.kind == "live")
        told["tally_of_a_clip"] = self._is_lit("tally")
        self.state.set(replace(show, airing=replace(show.airing, segment=live)))
        self.near.listening.set(Listening(ear="muted"))
        await asyncio.sleep(0.1)
        told["tally_of_the_camera"] = self._is_lit("tally")
        told["red_while_muted"] = self._is_lit("red") and not self._is_lit("blue")
        return told

    def _pull(self, pin: int, *, is_high: bool) -> None:
        level = "pull-up" if is_high else "pull-down"
        (self._chip / f"sim_gpio{pin}/pull").write_text(level)

    def _is_lit(self, lamp: str) -> bool:
        pins = {str(name): pin for name, pin in STANDARD.items()}
        return (self._chip / f"sim_gpio{pins[lamp]}/value").read_text().strip() == "1"


def main() -> int:
    """Walk once; 1 where something was not as it should be."""
    try:
        told = asyncio.run(Walk(Path(os.environ["GPIO_SIM"])).run())
    except DeviceError as error:
        print(error)
        return 1
    print(json.dumps(told), flush=True)
    wanted = {
        "commands_of_a_press_that_bounces": 1, "blue_while_listening": True,
        "tally_of_a_clip": False, "tally_of_the_camera": True, "red_while_muted": True,
        "lines_free_again": True,
    }  # fmt: skip
    return int(any(told[name] != value for name, value in wanted.items()))


if __name__ == "__main__":
    raise SystemExit(main())
