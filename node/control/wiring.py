"""The control plane among the node's parts: what it may ask of them, and what it tells of them."""

import asyncio
import logging
import os
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from node.board.capacity import free_disk_mib, read_capacity
from node.board.claiming import Claiming
from node.board.clock import Clock
from node.board.identity import VERSION as SOFTWARE
from node.board.journal import RecentLines
from node.board.thermal import read_heat
from node.channels import Fanout, State
from node.config import Config, overlaid
from node.config_control import MqttConfig
from node.control.desired import Overlay
from node.control.filing import fetcher_of
from node.control.handover import HandOver
from node.control.messages import VERSION, JsonObject
from node.control.performing import Machine, ProgramPerformer
from node.control.plane import ControlPlane, open_plane, overlay_of
from node.control.plane import Show as Seams
from node.control.relay import EventRelay
from node.control.reporting import Gauges, Self
from node.control.restarting import Restart
from node.control.shelf import Shelf
from node.control.software_wiring import updater_of
from node.control.still import still_of
from node.control.telemetry import Hearing, Player, Streams, Sys
from node.errors import CommandError, ConfigError
from node.findings import Finding
from node.media import Frame
from node.metrics.events import Event, Events
from node.program.deck import Deck
from node.program.listening import Listening
from node.program.runner import ShowRunner
from node.program.show import Show
from node.supervise import Component, Health

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The parts that the control plane speaks with; `kbps` is what the encoder makes now.

    `join` has further parts run; `claiming` is shown while the node asks to belong to a fleet;
    `connect` is given the line by which questions reach the cloud, once there is one.
    """

    runner: ShowRunner
    state: State[Show]
    deck: Deck
    events: Events
    program: Fanout[Frame]
    health: State[Health]
    listening: State[Listening]
    clock: Clock
    edit: Callable[[Mapping[str, bytes]], Awaitable[Sequence[Finding]]]
    viewers: Callable[[], int]
    kbps: Callable[[], float]
    join: Callable[[Sequence[Component]], None]
    claiming: State[Claiming | None]
    connect: Callable[[HandOver], None] = lambda _: None


def with_overlay(cfg: Config) -> Config:
    """The configuration as it is wanted from afar; one that is refused changes nothing."""
    _, overlay = overlay_of(_shelf(cfg))
    try:
        return overlaid(cfg, overlay)
    except ConfigError as error:
        log.warning("control: the wanted configuration is refused: %s", error)
        return cfg


def control_of(cfg: Config, mqtt: MqttConfig, near: Neighbours) -> ControlPlane:
    """The control plane of this node; raises `ConfigError` for unusable keys."""
    recent = RecentLines()
    logging.getLogger().addHandler(recent)
    wires = _Wires(cfg, near, recent)
    who = Self(
        mqtt.org, cfg.node, SOFTWARE, read_capacity().model,
        ("kiosk", *(("camera",) if cfg.camera is not None else ())), mqtt.trust,
    )  # fmt: skip
    fetcher = fetcher_of(cfg, mqtt, state=near.state, clock=near.clock,
                         keys=lambda: plane.keys("assets"))  # fmt: skip
    handover = HandOver(
        lambda turn, request, left_ms: plane.reporter.ask(turn, request, left_ms),
        is_open=lambda: plane.link.is_up,
        fetch=fetcher.fetch,
    )
    near.connect(handover)
    machine = Machine(
        ready=wires.ready,
        rebirth=lambda: plane.link.rebirth(),
        restart=_restart(mqtt, near.state),
        snapshot=lambda id_, width: wires.snapshot(plane, id_, width),
        log_lines=wires.log_lines,
        reply=handover.take,
    )
    seams = Seams(
        performer=ProgramPerformer(near.runner.submit, near.state, machine),
        gauges=Gauges(wires.player, wires.streams, wires.system, wires.mark),
        edit=near.edit,
        check=wires.check,
        alarm=lambda why: near.events.note(Event(ev="sys.alert", part="control", why=why)),
        fetcher=fetcher,
        handover=handover,
        updater=updater_of(cfg, mqtt, near, lambda: plane),
    )
    plane = open_plane(
        mqtt, who, seams, state_dir=Path(cfg.state_dir), clock=near.clock, shelf=_shelf(cfg)
    )
    near.events.relay = EventRelay(
        plane.postbox, Path(cfg.state_dir), plane.reporter.event, plane.link.said
    )
    return plane


def _restart(mqtt: MqttConfig, state: State[Show]) -> Restart:
    is_supervised = bool(os.environ.get("INVOCATION_ID"))  # by systemd
    return Restart(state, may_reboot=mqtt.may_reboot, is_supervised=is_supervised)


def _shelf(cfg: Config) -> Shelf:
    shelf = Shelf(Path(cfg.state_dir))
    shelf.load()
    return shelf


class _Wires:
    """What others are asked, in the words of the control plane."""

    def __init__(self, cfg: Config, near: Neighbours, recent: RecentLines) -> None:
        self._cfg, self._near, self._recent = cfg, near, recent
        self._pool = ThreadPoolExecutor(1, "still")
        self._began_s = asyncio.get_running_loop().time()

    async def ready(self, segment: str) -> None:
        """Wait until a segment can be taken."""
        show = self._near.state.value
        if segment in show.rundown.segments:
            await self._near.deck.ready(show.named(segment))

    async def snapshot(self, plane: ControlPlane, id_: str, width: int) -> JsonObject:
        """Send a still; raises `CommandError`."""
        jpeg, *size = await still_of(self._near.program, width, self._pool)
        seg = self._near.state.value.airing.segment
        if not plane.reporter.still(id_, seg, (size[0], size[1]), jpeg):
            raise CommandError("no_answer", "there is no connection to send it by")
        return {"bytes": len(jpeg), "width_px": size[0], "height_px": size[1]}

    async def log_lines(self, count: int) -> list[str]:
        """The newest lines of the log, oldest first."""
        return list(self._recent.lines)[-count:]

    def check(self, overlay: Overlay) -> Sequence[str]:
        """The faults of a wanted configuration."""
        try:
            overlaid(self._cfg, overlay)
        except ConfigError as error:
            return error.faults
        return ()

    def mark(self) -> object:
        """Changes with each cue, segment and card."""
        show = self._near.state.value
        card = show.card.product if show.card else ""
        return show.airing.number, show.airing.cued, show.airing.clocked, card, show.armed

    def player(self, node: str, at: int) -> Player:
        """Where the program is."""
        show = self._near.state.value
        passed = [cue for cue in show.segment.cues if 0 <= cue.at <= show.airing.position]
        return Player(
            v=VERSION,
            node=node,
            at=at,
            seg=show.airing.segment,
            pos=round(show.airing.position / show.rundown.fps, 2),
            loop=show.loop,
            beat=next((cue.beat for cue in reversed(passed) if cue.beat), ""),
            card=show.card.product if show.card else "",
            armed=show.armed,
            live=show.segment.kind == "live",
            volume=show.volume,
        )

    def streams(self, node: str, at: int) -> Streams:
        """What goes out."""
        ill = {
            name: (part.last_error or part.condition)[:200]
            for name, part in self._near.health.value.items()
            if part.condition in ("waiting", "failed")
        }
        fps = float(self._cfg.program.fps)
        near, heard = self._near, self._near.listening.value
        hearing = Hearing(heard.ear, heard.again_s, heard.clipped_percent)
        return Streams(VERSION, node, at, near.viewers(), fps, near.kbps(), ill, hearing)

    def system(self, node: str, at: int) -> Sys:
        """How the machine is."""
        loop_s = asyncio.get_running_loop().time()
        return Sys(
            v=VERSION,
            node=node,
            at=at,
            mono_s=round(loop_s, 1),
            cpu_c=read_heat(throttled=lambda: "").temperature_c,
            mem_mb=_memory_mb(),
            disk_free_mb=_disk_mb(Path(self._cfg.state_dir)),
            load=round(os.getloadavg()[0], 2),
            uptime_s=int(loop_s - self._began_s),
        )


def _memory_mb() -> int:
    """The most memory that this process has had, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)


def _disk_mb(folder: Path) -> int | None:
    try:
        return free_disk_mib(folder)
    except OSError:
        return None
