"""Facts about the self-trigger map: what a clip says itself needs more to be believed there."""

import asyncio
import json
import os
import threading
import wave

import pytest

from node.channels import State
from node.errors import AssetError
from node.media import SPEECH_RATE_HZ
from node.voice.triggers import MARGIN, Trigger, TriggerMap, TriggerMaps, self_triggers
from tests.fakes.busy import Busy
from tests.fakes.plain_models import LABELS, models, sound
from tests.fakes.rundowns import clip, rundown
from tests.fakes.studio import Studio

PRICE, HOW_MUCH, WAKE, STOP = range(1, len(LABELS) + 1)
SPEAKING = sound((0, 2.0), (PRICE, 1.0), (0, 3.0), (WAKE, 1.0), (0, 1.0))


def test_each_place_where_a_clip_says_a_keyword_is_found_once():
    found = self_triggers([SPEAKING], models())
    assert [one.intent for one in found] == ["price", "wake"]
    assert found[0].from_s == pytest.approx(2.4, abs=0.3)
    assert found[0].score > 0.9


def test_pieces_of_any_length_give_the_same_map():
    pieces = [SPEAKING[at : at + 777] for at in range(0, len(SPEAKING), 777)]
    assert self_triggers(pieces, models()) == self_triggers([SPEAKING], models())


def test_thresholds_rise_around_a_trigger_and_nowhere_else():
    one = TriggerMap(1, "head", (Trigger(2.0, 3.0, "price", 0.6),))
    assert one.boosts(2.5) == {"price": pytest.approx(0.6 + MARGIN)}
    assert one.boosts(4.0) == {"price": pytest.approx(0.6 + MARGIN)}
    assert one.boosts(1.0) == one.boosts(6.0) == {}


def _clip(folder):
    path = folder / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SPEECH_RATE_HZ, 0, "NONE", ""))
        file.writeframes(SPEAKING.tobytes())
    return path


def _show(path):
    studio = Studio(rundown(clip("a", 60), play=("a",)))
    show = studio.state.value
    segment = show.rundown.segments["a"]
    segments = {**show.rundown.segments, "a": type(segment)(**_fields(segment, asset=path))}
    day = type(show.rundown)(**_fields(show.rundown, segments=segments))
    return State(type(show)(**_fields(show, rundown=day)))


def _fields(one, **changes):
    return {name: getattr(one, name) for name in one.__dataclass_fields__} | changes


async def _maps(state, folder, load=models, leisure=None) -> TriggerMaps:
    """Maps that have heard what there is."""
    maps = TriggerMaps(state, load=load, state_dir=folder, leisure=leisure)
    task = asyncio.ensure_future(maps.run(lambda: None))
    async with asyncio.timeout(60):
        while not (maps._maps or task.done()):  # noqa: ASYNC110  # a thread hears them
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    maps.close()
    return maps


async def test_a_clip_is_heard_once_and_its_map_kept(tmp_path):
    state = _show(_clip(tmp_path))
    first = await _maps(state, tmp_path)
    (kept,) = (tmp_path / "triggers").iterdir()
    assert [one["intent"] for one in json.loads(kept.read_text())["triggers"]] == ["price", "wake"]
    changed = kept.read_text().replace('"price"', '"stock"')
    kept.write_text(changed)
    again = await _maps(state, tmp_path)
    assert [one.intent for one in _one(again).triggers] == ["stock", "wake"]
    assert [one.intent for one in _one(first).triggers] == ["price", "wake"]


def _one(maps: TriggerMaps) -> TriggerMap:
    (found,) = maps._maps.values()
    assert found is not None
    return found


async def test_a_clip_is_heard_at_leisure(tmp_path):
    leisure = Busy()
    await _maps(_show(_clip(tmp_path)), tmp_path, leisure=leisure)
    assert leisure.slept


async def test_who_hears_clips_has_no_low_priority_since_it_would_keep_pythons_lock(tmp_path):
    priorities = []

    def load():
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return models()

    await _maps(_show(_clip(tmp_path)), tmp_path, load)
    assert priorities == [os.getpriority(os.PRIO_PROCESS, 0)]


async def test_a_torn_map_is_made_anew(tmp_path):
    state = _show(_clip(tmp_path))
    await _maps(state, tmp_path)
    (kept,) = (tmp_path / "triggers").iterdir()
    kept.write_bytes(kept.read_bytes()[:20])
    assert len(_one(await _maps(state, tmp_path)).triggers) == 2


async def test_a_clip_that_cannot_be_read_has_no_map(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"no sound at all")
    maps = await _maps(_show(path), tmp_path)
    assert maps._maps == {path: None}
    assert maps.boosts() == {}


async def test_without_models_there_are_no_maps(tmp_path):
    def load():
        raise AssetError("no models")

    maps = TriggerMaps(_show(_clip(tmp_path)), load=load, state_dir=tmp_path)
    task = asyncio.ensure_future(maps.run(lambda: None))
    await asyncio.sleep(0.2)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    maps.close()
    assert maps.boosts() == {}
