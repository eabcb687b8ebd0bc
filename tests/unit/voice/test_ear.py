"""Facts about the ear as a part: what it hears, what it loses, and how it lives without models."""

import asyncio

import numpy as np
import pytest

from node.audio.cleaner import CleanChunk
from node.channels import Fanout
from node.errors import AssetError
from node.media import SPEECH_RATE_HZ, SpeechChunk
from node.voice.ear import Ear
from node.voice.heard import Spotted, UtteranceEnded
from tests.fakes.plain_models import models, sound

BLOCK = 320
PRICE = 1
ASKED = sound((0, 1.0), (PRICE, 1.0), (0, 2.0))


def chunks(pcm, *, first: int = 0, began_s: float = 100.0):
    for at in range(0, len(pcm) - BLOCK + 1, BLOCK):
        end_s = began_s + (at + BLOCK) / SPEECH_RATE_HZ
        piece = pcm[at : at + BLOCK]
        yield CleanChunk(SpeechChunk(first + at, end_s, piece), np.zeros(BLOCK, np.int16))


async def heard(given, **settings):
    """What an ear tells of chunks, and when its stream began."""
    out, told = Fanout[CleanChunk](size=2000), []
    ear = Ear(heard=out, load=settings.pop("load", models),
              hear=lambda one, began_s: told.append((one, began_s)), **settings)  # fmt: skip
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


async def test_a_question_is_told_in_the_time_of_the_loop():
    _, told = await heard(chunks(ASKED))
    (spotted,) = [one for one in told if isinstance(one[0], Spotted)]
    assert spotted[0].intent == "price"
    assert spotted[1] == pytest.approx(100.0)
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(102.0, abs=0.05)


async def test_a_short_loss_is_heard_as_silence():
    pieces = list(chunks(ASKED))
    del pieces[3:10]
    _, told = await heard(pieces)
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(102.0, abs=0.05)


async def test_after_a_long_loss_the_ear_begins_anew():
    late = chunks(ASKED, first=10 * SPEECH_RATE_HZ, began_s=110.0)
    _, told = await heard([*chunks(ASKED[:SPEECH_RATE_HZ]), *late])
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(112.0, abs=0.05)


async def test_a_microphone_that_was_reopened_counts_from_zero():
    again = chunks(ASKED, began_s=200.0)
    _, told = await heard([*chunks(ASKED[: 3 * SPEECH_RATE_HZ // 2]), *again])
    (ended,) = [one for one in told if isinstance(one[0], UtteranceEnded)]
    assert ended[1] + ended[0].end_s == pytest.approx(202.0, abs=0.05)


async def test_what_may_be_set_is_set_before_each_piece():
    seen = []
    await heard(chunks(ASKED), prepare=seen.append)
    assert seen


async def test_without_models_the_ear_says_why_and_the_node_runs_on():
    def load():
        raise AssetError("booth.onnx: expected 830000 bytes, found 12")

    ear, told = await heard(chunks(ASKED), load=load)
    assert ear.trouble == "booth.onnx: expected 830000 bytes, found 12"
    assert told == []
