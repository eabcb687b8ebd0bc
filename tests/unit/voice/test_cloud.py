"""Facts about what leaves for the cloud: with consent alone, and what comes back is judged."""

import asyncio
import io

import av
import numpy as np
import pytest

from node.encode.utterance import ogg_opus
from node.errors import LinkError
from node.media import SPEECH_RATE_HZ
from node.program.handover import AUDIO_MAX_BYTES, AskReply, AskRequest
from node.voice.acts import HandOver
from node.voice.booth import Question
from node.voice.cloud import Cloud
from node.voice.intents import Understood

SPOKEN = (np.random.default_rng(0).normal(0, 3000, 12 * SPEECH_RATE_HZ)).astype(np.int16)


class FakeSeam:
    """A line that keeps what is sent."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self.sent: list[AskRequest] = []
        self.replies = lambda _reply: "nobody"

    def send(self, request: AskRequest) -> None:
        if not self.is_open:
            raise LinkError("no line")
        self.sent.append(request)

    def withdraw(self, number: int) -> None:
        self.sent = [one for one in self.sent if one.number != number]


def question(*, may_send: bool) -> HandOver:
    asked = Question("typed", Understood("usage", "zh", confidence=0.8), 1.0, may_send=may_send,
                     text="怎么折叠")  # fmt: skip
    return HandOver("cloud", 7, asked, "unknown", "P17")


async def sent(seam: FakeSeam, hand_over: HandOver, pcm=None) -> AskRequest:
    cloud = Cloud(lambda _: "")
    cloud.connect(seam)
    cloud.send(hand_over, "zh", 9.0, pcm)
    async with asyncio.timeout(60):
        while not seam.sent:  # noqa: ASYNC110  # a thread makes the sound small
            await asyncio.sleep(0.01)
    cloud.close()
    return seam.sent[0]


async def test_words_and_sound_leave_with_consent():
    request = await sent(FakeSeam(), question(may_send=True), SPOKEN)
    assert (request.number, request.product, request.text) == (7, "P17", "怎么折叠")
    assert [(one.intent, one.score) for one in request.guesses] == [("usage", 0.8)]
    assert request.audio[:4] == b"OggS"
    assert len(request.audio) <= AUDIO_MAX_BYTES


async def test_without_consent_neither_words_nor_sound_leave():
    request = await sent(FakeSeam(), question(may_send=False), SPOKEN)
    assert (request.text, request.audio) == ("", b"")


async def test_a_line_that_is_down_loses_the_question_and_nothing_else():
    seam = FakeSeam(is_open=False)
    cloud = Cloud(lambda _: "")
    cloud.connect(seam)
    assert not cloud.is_up
    cloud.send(question(may_send=True), "zh", 9.0, None)
    await asyncio.sleep(0.1)
    assert seam.sent == []
    cloud.close()


async def test_a_reply_is_judged_by_who_asked(tmp_path):
    judged = []
    cloud = Cloud(lambda reply: judged.append(reply) or "price")
    seam = FakeSeam()
    cloud.connect(seam)
    reply = AskReply(7, {"zh": "九十九元"}, "P17", "card.show", tmp_path)
    assert seam.replies(reply) == "price"
    (given,) = judged
    assert (given.number, given.by, given.action, given.product) == (7, "cloud", "card.show", "P17")
    assert given.sound == tmp_path
    cloud.close()


def test_without_a_line_the_cloud_is_not_there():
    cloud = Cloud(lambda _: "")
    assert not cloud.is_up
    cloud.withdraw(3)
    cloud.close()


@pytest.mark.parametrize("seconds", [0.2, 8.0])
def test_an_utterance_as_opus_can_be_played(seconds):
    payload = ogg_opus(SPOKEN[: round(seconds * SPEECH_RATE_HZ)])
    with av.open(io.BytesIO(payload)) as file:
        played = sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))
    assert played == pytest.approx(seconds, abs=0.1)
