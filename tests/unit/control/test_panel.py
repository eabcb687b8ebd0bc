"""Facts about the panel as a part: what presses do to a show."""

import asyncio
from dataclasses import replace

from node.config_panel import PanelConfig, PresenceConfig
from node.control.panel import BY
from node.errors import CommandError
from node.program.commands import CallStaff, MuteEar, Talk
from node.program.listening import Listening
from node.program.rundown import Condition
from tests.fakes.panel_booth import DESK, played
from tests.fakes.rundowns import agent, clip, gate, rundown


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
