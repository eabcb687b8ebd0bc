"""Facts about the panel as a part: what presses do to a show, and what its lamps tell."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from node.channels import State
from node.config_panel import ButtonConfig, PanelConfig, PresenceConfig
from node.control.panel import BY, ButtonWatch, Panel, PanelNeighbours
from node.control.panel_wiring import panel_of
from node.errors import CommandError, DeviceError
from node.program.commands import Arm, CallStaff, MuteEar, Talk
from node.program.listening import Listening
from node.program.rundown import Condition, Rundown
from node.supervise import PartHealth, Supervisor
from tests.fakes.fake_pins import Bench
from tests.fakes.rundowns import agent, clip, gate, live, rundown
from tests.fakes.studio import Studio

DESK = replace(live("desk", 60), on_busy="idle")
DAY = rundown(clip("a", 60), clip("b", 60), DESK, agent("idle", 8), play=("a", "b", "desk"))
TICK_S = 0.1
"""A command takes effect at the next frame."""


class Voice:
    """Keeps what it is asked; `refusal` is raised instead."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.refusal: CommandError | None = None

    async def obey(self, command: object) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(command)


class Booth:
    """A panel in a studio, and what a hand can do to it."""

    def __init__(self, studio: Studio, cfg: PanelConfig, *, has_voice: bool, held=()) -> None:
        self.studio, self.bench, self.voice = studio, Bench(frozenset(held)), Voice()
        self.listening, self.health = State(Listening()), State({})
        self.faults: list[str] = []
        near = PanelNeighbours(
            state=studio.state, listening=self.listening, health=self.health,
            submit=studio.runner.submit, voice=self.voice.obey if has_voice else None,
            note=lambda one: self.faults.append(f"{one.ev} {one.part}: {one.why}"),
        )  # fmt: skip
        self.panel = Panel(cfg, near, self.bench.open)
        self.watch = ButtonWatch(self.panel.ill)

    async def press(self, name: str, for_s: float = 0.1) -> None:
        await self.hold(name)
        await asyncio.sleep(for_s)
        await self.let_go(name)

    async def hold(self, name: str) -> None:
        await self._edge(name, is_down=True)

    async def let_go(self, name: str) -> None:
        await self._edge(name, is_down=False)

    async def _edge(self, name: str, *, is_down: bool) -> None:
        assert self.bench.pins is not None
        self.bench.pins.edge(name, asyncio.get_running_loop().time(), is_down=is_down)
        await asyncio.sleep(TICK_S)

    @property
    def on_air(self) -> str:
        return self.studio.state.value.airing.segment

    @property
    def lit(self) -> set[str]:
        assert self.bench.pins is not None
        return set(self.bench.pins.lit)

    def beeps(self) -> int:
        assert self.bench.pins is not None
        return self.bench.pins.written.count(("buzzer", True))

    def pressed(self) -> list[tuple[str, str]]:
        return [(one.name, one.by) for one in self.studio.facts if one.ev == "button"]


Scene = Callable[[Booth], Awaitable[None]]


def played(
    scene: Scene,
    cfg: PanelConfig = PanelConfig(),  # noqa: B008  # frozen
    *,
    day: Rundown = DAY,
    has_voice: bool = True,
    held=(),
) -> Booth:
    """A booth in which a scene was played."""
    studio = Studio(day)
    booth = Booth(studio, cfg, has_voice=has_voice, held=held)

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


def test_live_takes_the_camera_and_gives_the_picture_back():
    async def scene(booth):
        await booth.press("live")
        assert booth.on_air == "desk"
        await asyncio.sleep(1)
        await booth.press("live")
        assert booth.on_air == "a"

    assert played(scene).pressed() == [("live", BY), ("live", BY)]


def test_a_nervous_finger_on_live_takes_the_camera_once():
    async def scene(booth):
        for _ in range(3):
            await booth.press("live", for_s=0.0)
        assert booth.on_air == "desk"

    assert len(played(scene).pressed()) == 3


def test_live_where_the_camera_came_by_itself_leaves_it_on_air():
    async def scene(booth):
        await booth.press("live")
        assert booth.on_air == "desk"
        assert booth.beeps() == 1

    played(scene, day=rundown(DESK, clip("a", 60), agent("idle", 8), play=("desk", "a")))


def test_live_brings_a_busy_host_back():
    async def scene(booth):
        await booth.press("busy")
        assert booth.on_air == "idle"
        await booth.press("live")
        assert booth.on_air == "desk"
        assert not booth.studio.state.value.is_busy

    day = rundown(DESK, clip("a", 60), agent("idle", 8), play=("desk", "a"))
    played(scene, day=day)


def test_busy_hands_over_and_takes_back():
    async def scene(booth):
        await booth.press("busy")
        assert booth.studio.state.value.is_busy
        await asyncio.sleep(1)
        await booth.press("busy")
        assert not booth.studio.state.value.is_busy

    played(scene)


def test_next_ends_what_is_on_air_and_a_second_press_at_once_ends_nothing_more():
    async def scene(booth):
        await booth.press("next")
        await booth.press("next", for_s=0.0)
        assert booth.on_air == "b"
        await asyncio.sleep(1)
        await booth.press("next")
        assert booth.on_air == "desk"

    played(scene)


def test_mute_and_talk_reach_the_voice_and_name_what_they_want():
    async def scene(booth):
        booth.listening.set(Listening(ear="armed"))
        await booth.press("mute")
        booth.listening.set(Listening(ear="muted"))
        await asyncio.sleep(1)
        await booth.press("mute")
        await booth.press("talk")

    booth = played(scene)
    assert booth.voice.asked == [MuteEar(is_muted=True), MuteEar(is_muted=False), Talk()]


def test_talk_makes_no_sound_that_the_microphone_would_hear():
    async def scene(booth):
        await booth.press("talk")
        assert booth.beeps() == 0

    played(scene)


def test_staff_is_called_and_without_a_voice_the_press_alone_is_noted():
    async def scene(booth):
        await booth.press("staff")
        await asyncio.sleep(1)
        assert booth.beeps() == 1

    assert played(scene).voice.asked == [CallStaff()]
    booth = played(scene, has_voice=False)
    assert (booth.voice.asked, booth.pressed()) == ([], [("staff", BY)])


def test_staff_held_opens_the_gate_before_what_comes_next():
    async def scene(booth):
        await asyncio.sleep(1)
        assert booth.studio.state.value.gate is not None
        await booth.press("staff", for_s=2.0)
        assert "b" in booth.studio.state.value.crowd.staff
        assert booth.beeps() == 1

    shut = replace(clip("b", 60), gate=gate(Condition("staff"), otherwise="a"))
    booth = played(scene, day=rundown(clip("a", 60), shut, play=("a", "b")))
    assert booth.pressed() == [("staff", BY)]
    assert booth.voice.asked == []


def test_staff_held_where_there_is_no_gate_is_refused_by_two_beeps():
    async def scene(booth):
        await booth.press("staff", for_s=2.0)
        await asyncio.sleep(1)
        assert booth.beeps() == 2

    played(scene)


def test_live_and_next_held_together_bring_the_slate():
    async def scene(booth):
        await booth.hold("live")
        await booth.hold("next")
        assert booth.on_air == "desk"
        await asyncio.sleep(3)
        assert booth.on_air == "slate"

    played(scene)


def test_an_order_that_is_refused_is_told_by_two_beeps_and_ends_nothing():
    async def scene(booth):
        booth.voice.refusal = CommandError("no_microphone", "this node has no microphone")
        await booth.press("mute")
        await asyncio.sleep(1)
        assert booth.beeps() == 2
        await booth.press("next")
        assert booth.on_air == "b"

    played(scene)


def test_without_a_voice_mute_is_refused():
    async def scene(booth):
        await booth.press("mute")
        await asyncio.sleep(1)
        assert booth.beeps() == 2

    played(scene, has_voice=False)


def test_who_stands_there_is_counted_and_who_only_moves_is_not():
    async def scene(booth):
        for _ in range(3):
            await booth.press("presence", for_s=0.3)
        await asyncio.sleep(2)
        await booth.press("presence")

    cfg = PanelConfig(presence=PresenceConfig(quiet_s=2))
    assert played(scene, cfg).pressed() == [("presence", BY), ("presence", BY)]


def test_a_stuck_button_is_ignored_noted_and_told_by_health_until_it_is_let_go():
    async def scene(booth):
        await booth.hold("next")
        await asyncio.sleep(5)
        part = booth.health.value["buttons"]
        assert (part.condition, part.last_error) == ("waiting", "buttons: next stuck: ignored")
        assert booth.health.value["panel"].condition == "ready"
        on_air = booth.on_air
        await booth.press("live")
        assert booth.on_air == "desk" != on_air
        await booth.let_go("next")
        await asyncio.sleep(1)
        assert booth.health.value["buttons"].condition == "ready"

    assert played(scene, PanelConfig(stuck_s=5)).faults == ["fault buttons: next stuck"]


def test_a_line_that_floats_does_not_run_away_with_the_show():
    async def scene(booth):
        for number in range(60):
            at_s = asyncio.get_running_loop().time()
            booth.bench.pins.edge("busy", at_s, is_down=number % 2 == 0)
            await asyncio.sleep(0.02)
        assert booth.health.value["buttons"].last_error == "buttons: busy rattles: ignored"

    booth = played(scene)
    assert len(booth.pressed()) < 12


def test_a_button_that_is_held_as_the_node_starts_does_nothing():
    async def scene(booth):
        await asyncio.sleep(1)
        await booth.let_go("next")
        assert booth.on_air == "a"

    assert played(scene, held=["next"]).pressed() == []


def test_the_tally_is_lit_while_the_camera_is_in_the_picture():
    async def scene(booth):
        assert "tally" not in booth.lit
        await booth.press("live")
        await asyncio.sleep(0.2)
        assert "tally" in booth.lit
        await asyncio.sleep(1)
        await booth.press("live")
        await asyncio.sleep(0.2)
        assert "tally" not in booth.lit

    played(scene)


def test_the_tally_blinks_while_the_camera_comes_next():
    async def scene(booth):
        await booth.studio.runner.submit(Arm("desk"))
        await asyncio.sleep(4)
        assert 7 <= booth.bench.pins.written.count(("tally", True)) * 2 <= 10

    played(scene)


def test_a_camera_that_is_lost_is_not_on_air():
    async def scene(booth):
        await booth.press("live")
        await asyncio.sleep(0.5)
        assert "tally" in booth.lit
        booth.studio.is_camera_there = False
        await asyncio.sleep(3)
        assert "tally" not in booth.lit

    played(scene)


@pytest.mark.parametrize(
    ("ear", "lit"),
    [
        ("off", set()), ("closed", set()), ("armed", {"red", "green", "blue"}),
        ("listening", {"blue"}), ("sending", {"red", "green"}), ("muted", {"red"}),
    ],
)  # fmt: skip
def test_the_listening_light_has_the_colours_of_the_ear(ear, lit):
    async def scene(booth):
        booth.listening.set(Listening(ear="listening"))
        await asyncio.sleep(0.1)
        booth.listening.set(Listening(ear=ear))
        await asyncio.sleep(0.1)
        assert booth.lit - {"tally", "buzzer"} == lit

    played(scene)


def test_the_light_is_dark_where_the_ears_parts_do_not_work():
    studio = Studio(DAY)
    booth = Booth(studio, PanelConfig(), has_voice=True)

    async def story(_: Studio) -> None:
        task = asyncio.ensure_future(booth.panel.run(lambda: None))
        booth.listening.set(Listening(ear="listening"))
        await asyncio.sleep(0.1)
        assert booth.lit == {"blue"}
        booth.health.set({"microphone": PartHealth("waiting", is_essential=False)})
        await asyncio.sleep(0.1)
        assert booth.lit == set()
        task.cancel()

    studio.run(story)


def test_a_panel_that_is_not_there_is_told_by_health_and_tried_again():
    async def scene(booth):
        assert booth.bench.opened == 1
        booth.bench.fault = "panel: no /dev/gpiochip0"
        booth.bench.pins.fault = "panel: the line is gone"
        await booth.hold("next")
        assert booth.on_air == "b"
        await asyncio.sleep(1)
        part = booth.health.value["panel"]
        assert (part.condition, part.last_error) == ("waiting", "panel: no /dev/gpiochip0")
        booth.bench.fault = ""
        await asyncio.sleep(4)
        assert booth.health.value["panel"].condition == "ready"
        await booth.press("next")
        assert booth.on_air == "desk"

    played(scene)


def test_a_control_that_is_not_wired_is_not_there():
    cfg = PanelConfig(live=ButtonConfig(pin="none"))

    async def scene(booth):
        assert "live" not in booth.bench.pins.inputs
        await booth.press("next")

    assert played(scene, cfg).on_air == "b"


def test_a_node_without_a_table_has_no_panel():
    near = PanelNeighbours(State(None), State(Listening()), State({}), None, None, lambda _: None)
    assert panel_of(None, near).parts == ()


async def test_health_of_the_buttons_fails_for_what_is_ill_and_only_once():
    ill = State({"live": "stuck"})
    readied = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await ButtonWatch(ill).run(lambda: readied.append(True))
    assert readied == []
    ill.set({})
    task = asyncio.ensure_future(ButtonWatch(ill).run(lambda: readied.append(True)))
    await asyncio.sleep(0)
    ill.set({"live": "stuck"})
    with pytest.raises(DeviceError, match="live stuck"):
        await task
    assert readied == [True]
