"""Home Assistant among the node's parts: what it is shown of them, and what it may ask."""

import asyncio
import time
from pathlib import Path
from typing import Final

from node.board.capacity import read_capacity
from node.board.identity import VERSION as SOFTWARE
from node.board.thermal import read_heat
from node.config import Config
from node.config_control import HomeAssistantConfig
from node.control.broker import Login, endpoint
from node.control.discovery import Device, Present
from node.control.home_assistant import Booth, HomeAssistant
from node.control.messages import VERSION, Command
from node.control.orders import KINDS, Order
from node.control.performing import Machine, ProgramPerformer
from node.control.wiring import Neighbours
from node.errors import ConfigError
from node.program import commands
from node.program.show import Show

BY: Final = "home"
"""The way in that the log names."""


def home_assistant_of(cfg: Config, table: HomeAssistantConfig, near: Neighbours) -> HomeAssistant:
    """Home Assistant's line; raises `ConfigError` for a password that cannot be read."""
    wires = _Wires(cfg, table, near)
    login = Login(f"ls-{cfg.node}-home", table.username, _password(table), ca_file=table.ca_file)
    booth = Booth(wires.device, wires.present, wires.perform)
    return HomeAssistant(endpoint(table.endpoint), login, table.prefix, booth, is_shown=table.show)


def _password(table: HomeAssistantConfig) -> str:
    if not table.password_file:
        return ""
    try:
        return Path(table.password_file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError([f"home_assistant.password_file: {error}"]) from error


class _Wires:
    """What Home Assistant is shown and asks, in the words of the program."""

    def __init__(self, cfg: Config, table: HomeAssistantConfig, near: Neighbours) -> None:
        self._table, self._near, self._node = table, near, cfg.node
        self._model = read_capacity().model
        machine = Machine(ready=self._ready, rebirth=_nothing)
        self._performer = ProgramPerformer(self._submit, near.state, machine)

    def device(self) -> Device:
        """The device, with a button for each segment of today that may have one."""
        show = self._near.state.value
        segments = [show.rundown.segments.get(name) for name in self._table.takes]
        takes = {
            one.id: next(iter(one.title.values()), "") or one.id
            for one in segments
            if one is not None and one.kind != "live"
        }
        name = self._table.device or self._node
        return Device(
            self._node, name, SOFTWARE, self._model, takes, has_volume=True, has_identify=True
        )

    def present(self) -> Present:
        """How the node is."""
        show, near = self._near.state.value, self._near
        ill = [
            f"{name}: {part.last_error or part.condition}"
            for name, part in near.health.value.items()
            if part.condition in ("waiting", "failed") and name != HomeAssistant.name
        ]
        heat_c = read_heat(throttled=lambda: "").temperature_c
        return Present(
            is_live=show.segment.kind == "live",
            segment=show.airing.segment,
            card=show.card.product if show.card else "",
            viewers=near.viewers(),
            ill="; ".join(ill),
            volume=show.volume,
            temperature_c=None if heat_c is None else round(heat_c),
        )

    async def perform(self, order: Order) -> None:
        """Act; raises a `NodeError` where that is not possible now."""
        kind = next(one for one in KINDS.values() if one.order is type(order))
        now = int(time.time() * 1000)
        command = Command(VERSION, "", kind.name, self._node, now, now + 1000 * kind.ttl_s, order)
        await self._performer.perform(command)

    async def _submit(self, command: commands.Command, _by: str) -> Show:
        return await self._near.runner.submit(command, BY)

    async def _ready(self, segment: str) -> None:
        show = self._near.state.value
        if segment in show.rundown.segments:
            await self._near.deck.ready(show.named(segment))


async def _nothing() -> None:
    await asyncio.sleep(0)
