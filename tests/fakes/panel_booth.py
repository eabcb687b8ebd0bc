"""A panel in a studio: what a hand can do to it, and what its lamps then are."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

from node.channels import State
from node.config_panel import InputName, LampName, PanelConfig
from node.control.panel import ButtonWatch, Panel, PanelNeighbours
from node.program.commands import VoiceCommand
from node.program.listening import Listening
from node.program.rundown import Rundown
from node.supervise import Health, Supervisor
from tests.fakes.fake_pins import Bench, FakePins
from tests.fakes.rundowns import agent, clip, live, rundown
from tests.fakes.studio import Studio

DESK = replace(live("desk", 60), on_busy="idle")
DAY = rundown(clip("a", 60), clip("b", 60), DESK, agent("idle", 8), play=("a", "b", "desk"))
TICK_S = 0.1
"""A command takes effect at the next frame."""


class PanelVoice:
    """Keeps what it is asked; `refusal` is raised instead."""

    def __init__(self) -> None:
        self.asked: list[VoiceCommand] = []
        self.refusal: Exception | None = None

    async def obey(self, command: VoiceCommand) -> None:
        """Keep it, or raise the refusal."""
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(command)


class PanelBooth:
    """A panel in a studio, and what a hand can do to it."""

    def __init__(
        self, studio: Studio, cfg: PanelConfig, *, has_voice: bool = True,
        held: Collection[InputName] = (),
    ) -> None:  # fmt: skip
        self.studio, self.bench, self.voice = studio, Bench(frozenset(held)), PanelVoice()
        self.listening, self.health = State(Listening()), State[Health]({})
        self.faults: list[str] = []
        near = PanelNeighbours(
            state=studio.state, listening=self.listening, health=self.health,
            submit=studio.runner.submit, voice=self.voice.obey if has_voice else None,
            note=lambda one: self.faults.append(f"{one.ev} {one.part}: {one.why}"),
        )  # fmt: skip
        self.panel = Panel(cfg, near, self.bench.open)
        self.watch = ButtonWatch(self.panel.ill)

    async def press(self, name: InputName, for_s: float = 0.1) -> None:
        """Push a button and let it go."""
        await self.hold(name)
        await asyncio.sleep(for_s)
        await self.let_go(name)

    async def hold(self, name: InputName) -> None:
        """Push a button."""
        await self._edge(name, is_down=True)

    async def let_go(self, name: InputName) -> None:
        """Let it go."""
        await self._edge(name, is_down=False)

    async def _edge(self, name: InputName, *, is_down: bool) -> None:
        self.pins.edge(name, asyncio.get_running_loop().time(), is_down=is_down)
        await asyncio.sleep(TICK_S)

    @property
    def pins(self) -> FakePins:
        """The lines that are open."""
        assert self.bench.pins is not None
        return self.bench.pins

    @property
    def on_air(self) -> str:
        """The segment."""
        return self.studio.state.value.airing.segment

    @property
    def lit(self) -> set[LampName]:
        """The lamps that are on."""
        return set(self.pins.lit)

    def beeps(self) -> int:
        """How often the buzzer has sounded."""
        return self.pins.written.count(("buzzer", True))

    def pressed(self) -> list[tuple[str, str]]:
        """The presses that count, and by what."""
        return [(one.name, one.by) for one in self.studio.facts if one.ev == "button"]


Scene = Callable[[PanelBooth], Awaitable[None]]


def played(
    scene: Scene,
    cfg: PanelConfig = PanelConfig(),  # noqa: B008  # frozen
    *,
    day: Rundown = DAY,
    has_voice: bool = True,
    held: Collection[InputName] = (),
) -> PanelBooth:
    """A booth in which a scene was played."""
    studio = Studio(day)
    booth = PanelBooth(studio, cfg, has_voice=has_voice, held=held)

    async def story(_: Studio) -> None:
        parts = Supervisor()
        task = asyncio.ensure_future(parts.run(optional=(booth.panel, booth.watch)))
        booth.health = parts.health
        await asyncio.sleep(1)
        try:
            await scene(booth)
            assert not task.done(), task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    studio.run(story)
    return booth
