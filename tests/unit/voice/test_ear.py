"""Facts about the ear as a part: what it hears, what it loses, and how it lives without models."""

import asyncio
from concurrent.futures import Executor, Future
from dataclasses import replace

import numpy as np
import pytest

from node.audio.cleaner import CleanChunk
from node.channels import Fanout
from node.errors import AssetError, TransientError
from node.media import SPEECH_RATE_HZ, SpeechChunk
from node.supervise import Supervisor
from node.voice.ear import TRYING_S, Ear
from node.voice.heard import SpeechVanished, Spotted, UtteranceEnded
from node.voice.pace import FIRST_REST_S
from tests.fakes.inline_pool import InlinePool
from tests.fakes.plain_models import models, sound
from tests.virtual_time import run_virtually

BLOCK = 320
PRICE = 1
ASKED = sound((0, 1.0), (PRICE, 1.0), (0, 2.0))


def chunks(pcm, *, first: int = 0, began_s: float = 100.0):
    for at in range(0, len(pcm) - BLOCK + 1, BLOCK):
        end_s = began_s + (at + BLOCK) / SPEECH_RATE_HZ
        piece = pcm[at : at + BLOCK]
        yield CleanChunk(SpeechChunk(first + at, end_s, piece), np.zeros(BLOCK, np.int16))


def heard(given, **settings):
    """What an ear tells of chunks, and when its stream began."""
    return run_virtually(_heard(given, **settings))


async def _heard(given, **settings):
    out, told = Fanout[CleanChunk](size=2000), []
    ear = Ear(heard=out, load=settings.pop("load", models),
              hear=lambda one, began_s: told.append((one, began_s)),
              pool=InlinePool(), **settings)  # fmt: skip
    is_ready = asyncio.Event()
    task = asyncio.ensure_future(ear.run(is_ready.set))
    await is_ready.wait()
    given = list(given)
    for one in given:
        out.put(one)
    for _ in range(1000):
        if ear._at == given[-1].chunk.at_16k + BLOCK or ear.trouble:
            break
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    ear.close()
    return ear, told


def test_a_question_is_told_in_the_time_of_the_loop():
    _, told = heard(chunks(ASKED))
    (spotted,) = [one for one in told if isinstance(one[0], Spotted)]
    assert spotted[0].intent == "price"
    assert spotted[1] == pytest.approx(100.0)
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(102.0, abs=0.05)


def test_a_short_loss_is_heard_as_silence():
    pieces = list(chunks(ASKED))
    del pieces[3:10]
    _, told = heard(pieces)
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(102.0, abs=0.05)


def test_after_a_long_loss_the_ear_begins_anew():
    late = chunks(ASKED, first=10 * SPEECH_RATE_HZ, began_s=110.0)
    _, told = heard([*chunks(ASKED[:SPEECH_RATE_HZ]), *late])
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(112.0, abs=0.05)


def test_a_microphone_that_was_reopened_counts_from_zero():
    again = chunks(ASKED, began_s=200.0)
    _, told = heard([*chunks(ASKED[: 3 * SPEECH_RATE_HZ // 2]), *again])
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(202.0, abs=0.05)


def test_what_may_be_set_is_set_before_each_piece():
    seen = []
    heard(chunks(ASKED), prepare=seen.append)
    assert seen


def test_without_models_the_ear_says_why_and_the_node_runs_on():
    def load():
        raise AssetError("booth.onnx: expected 830000 bytes, found 12")

    ear, told = heard(chunks(ASKED), load=load)
    assert ear.trouble == "booth.onnx: expected 830000 bytes, found 12"
    assert told == []


class SlowPool(Executor):
    """Work on sound takes `factor(now_s)` times as long as the sound lasts, in virtual time."""

    def __init__(self, factor):
        self._factor = factor

    def submit(self, work, *given):
        loop, done = asyncio.get_running_loop(), Future()
        result, pieces = work(*given), len(given[1]) if len(given) > 1 else 0
        took_s = pieces * BLOCK / SPEECH_RATE_HZ * self._factor(loop.time())
        loop.call_later(took_s, done.set_result, result)
        return done


def listened(factor, pcm, look=lambda ear, now_s: None, load=models, **settings):
    """What an ear on such a board tells of a microphone, which is looked at with each block."""

    async def main():
        out, told = Fanout[CleanChunk](size=50), []
        ear = Ear(heard=out, load=load, pool=SlowPool(factor),
                  hear=lambda one, began_s: told.append((one, began_s)), **settings)  # fmt: skip
        ear.kept = Supervisor()
        task = asyncio.ensure_future(ear.kept.run(optional=[ear]))
        await asyncio.sleep(0.02)
        loop = asyncio.get_running_loop()
        for one in chunks(pcm, began_s=loop.time()):
            await asyncio.sleep(one.chunk.captured_s - loop.time())
            out.put(one)
            look(ear, loop.time())
        await asyncio.sleep(2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return ear, told

    return run_virtually(main())


def test_an_ear_that_was_held_up_goes_on_with_the_present():
    pcm = sound((0, 2.0), (PRICE, 1.0), (0, 4.0), (PRICE, 1.0), (0, 2.0))
    ear, told = listened(lambda now_s: 150 if 2 < now_s < 2.1 else 0.1, pcm)
    asked = [(began_s + one.at_s) for one, began_s in told if isinstance(one, Spotted)]
    assert asked == [pytest.approx(7.7, abs=0.5)]
    assert any(isinstance(one, SpeechVanished) for one, _ in told)
    assert ear.dropped > 0
    assert ear.trouble == ""


def test_an_ear_that_cannot_keep_up_rests_says_so_and_tries_again():
    said = []

    def look(ear, now_s):
        part = ear.kept.health.value["ear"]
        if not said or said[-1][1] != part.condition:
            said.append((now_s, part.condition, part.last_error))

    listened(lambda _: 2.0, sound((0, 400.0)), look)
    (_, first, _), (began_s, rests, why), (again_s, well, _), (_, _, why_again) = said[:4]
    assert (first, rests, well) == ("ready", "waiting", "ready")
    assert began_s < 30
    assert why == "this machine is too slow right now: rests for 60 s, then tries again"
    assert again_s - began_s == pytest.approx(FIRST_REST_S, abs=0.1)
    assert "rests for 120 s" in why_again


def test_how_long_an_ear_still_rests_counts_down_to_nothing():
    left = []
    listened(lambda _: 2.0, sound((0, 100.0)), lambda ear, _: left.append(ear.rests_s))
    assert left[0] == 0
    assert max(left) == pytest.approx(FIRST_REST_S, abs=0.1)
    assert left[-1] == 0


def test_of_each_rest_somebody_is_told():
    rests = []
    listened(lambda _: 2.0, sound((0, 200.0)), tired=lambda *told: rests.append(told))
    assert rests == [("too_slow", 60), ("too_slow", 120)]


class ShortMemory:
    """Models of which the one for speech fails while `is_short` says so of what it is given."""

    def __init__(self, is_short):
        self._is_short, self.opened = is_short, 0

    def __call__(self):
        self.opened += 1
        well = models()

        def speech(sound, state):
            if self._is_short(sound):
                raise TransientError("silero_vad.onnx: bad allocation")
            return well.speech(sound, state)

        return replace(well, speech=speech)


FAILED = "the model of the ear failed, it is tried again soon: silero_vad.onnx: bad allocation"


def states(load, pcm):
    """How an ear is, each time that it changes: health, trouble, whether it rests."""
    seen = []

    def look(ear, now_s):
        now = (ear.kept.health.value["ear"].condition, ear.trouble, ear.rests_s > 0)
        if not seen or seen[-1] != now:
            seen.append(now)

    return seen, *listened(lambda _: 0.1, pcm, look, load)


def test_an_ear_whose_model_fails_rests_and_says_why_until_it_works_again():
    memory = ShortMemory(lambda sound: memory.opened == 1 and abs(sound.mean()) > 0.01)
    seen, _, told = states(memory, sound((0, 1.0), (PRICE, 1.0), (0, 8.0), (PRICE, 1.0), (0, 2.0)))
    assert seen == [("ready", "", False), ("waiting", FAILED, True), ("ready", "", False)]
    assert [one.intent for one, _ in told if isinstance(one, Spotted)] == ["price"]


def test_who_was_speaking_when_a_model_failed_is_not_waited_for():
    memory = ShortMemory(lambda sound: memory.opened == 1 and abs(sound.mean()) > 0.01)
    _, _, told = states(memory, sound((0, 1.0), (PRICE, 1.0), (0, 1.0)))
    assert isinstance(told[-1][0], SpeechVanished)


def test_an_ear_whose_model_goes_on_failing_is_at_no_moment_told_to_hear():
    memory = ShortMemory(lambda _: memory.opened > 1 or abs(_.mean()) > 0.01)
    seen, _, _ = states(memory, sound((0, 1.0), (PRICE, 1.0), (0, 60.0)))
    assert memory.opened > 3
    assert seen == [("ready", "", False), ("waiting", FAILED, True)]


def test_rests_after_a_failed_model_are_never_shorter_than_what_the_supervisor_waits():
    memory, rests, counted = ShortMemory(lambda _: True), [], []

    def look(ear, now_s):
        health = ear.kept.health.value["ear"]
        counted.append((health.failures, ear.rests_s))

    listened(lambda _: 0.1, sound((0, 200.0)), look, memory, tired=lambda *one: rests.append(one))
    assert rests[:7] == [("model_failed", s) for s in (2, 4, 8, 16, 32, 60, 60)]
    left = [rests_s for failures, rests_s in counted if failures]
    assert min(left) == TRYING_S
    assert left.count(TRYING_S) < len(left) / 20


def test_what_is_answered_is_never_older_than_a_breath():
    ages = []

    async def main():
        out = Fanout[CleanChunk](size=50)
        loop = asyncio.get_running_loop()
        ear = Ear(heard=out, load=models, pool=SlowPool(lambda _: 1.5),
                  hear=lambda one, began_s: ages.append(loop.time() - began_s - one.at_s)
                  if isinstance(one, Spotted) else None)  # fmt: skip
        task = asyncio.ensure_future(ear.run(lambda: None))
        await asyncio.sleep(0.02)
        for one in chunks(sound(*[(0, 1.0), (PRICE, 1.0)] * 10), began_s=loop.time()):
            await asyncio.sleep(one.chunk.captured_s - loop.time())
            out.put(one)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_virtually(main())
    assert ages
    assert max(ages) < 3
