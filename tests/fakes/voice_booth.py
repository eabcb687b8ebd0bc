"""A voice in a studio: what a visitor can do with it, and what it then says and sends."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from node.channels import State
from node.media import Pcm
from node.program.commands import ShowCard
from node.program.listening import Listening
from node.program.rundown import Rundown
from node.voice.acting import Acting
from node.voice.acts import HandOver
from node.voice.booth import Ways
from node.voice.conversation import Conversation, Noted
from node.voice.heard import Heard, Spotted, UtteranceEnded
from node.voice.intents import Understood
from node.voice.lexicon import Lexicon, lexicon_of
from node.voice.moments import Moments
from node.voice.replies import own_replies
from node.voice.saying import Aloud
from node.voice.spotter import HeadLocale
from node.voice.voice import VoicePart
from node.voice.wishes import Wishes
from tests.fakes.asked_booth import sample_catalog
from tests.fakes.rundowns import clip, rundown
from tests.fakes.studio import Studio
from tests.fakes.voices import FakeSpeech

if TYPE_CHECKING:
    from node.supervise import Component
    from node.voice.second import SecondEar
    from node.voice.speech import Speech

DAY = rundown(clip("a", 60), play=("a",))
CATALOG = sample_catalog()
PRICE: tuple[str, str, HeadLocale] = ("多少钱", "price", "zh")
WAKE: tuple[str, str, HeadLocale] = ("小潮小潮", "wake", "zh")


@dataclass
class FakeEars:
    """A microphone that is there and tells nothing."""

    listening: Listening = field(
        default_factory=lambda: Listening(duplex="full", microphone="desk", level_db=-40.0)
    )
    is_shut: bool = False

    def shut(self, *, is_shut: bool) -> None:
        """Keep it."""
        self.is_shut = is_shut


@dataclass
class FakeCloud:
    """A line that keeps what was sent."""

    is_up: bool = True
    sent: list[tuple[HandOver, Pcm | None]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)

    def send(self, hand_over: HandOver, locale: str, due_s: float, pcm: Pcm | None) -> None:
        """Keep what goes."""
        assert locale
        assert due_s > 0
        self.sent.append((hand_over, pcm))

    def withdraw(self, number: int) -> None:
        """Keep its number."""
        self.withdrawn.append(number)


@dataclass
class FakeSecond:
    """A second stage that understands everything as this."""

    intent: str
    is_there: bool = True
    asked: list[Pcm] = field(default_factory=list)

    async def understood(self, pcm: Pcm, _lexicon: Lexicon) -> Understood:
        """The same for everything, after half a second."""
        self.asked.append(pcm)
        await asyncio.sleep(0.5)
        return Understood(self.intent, "en" if self.intent else "", confidence=0.8)


class VoiceBooth:
    """A voice in a studio, and what a visitor can do with it."""

    def __init__(
        self, studio: Studio, wishes: Wishes, ears: FakeEars | None, second: FakeSecond | None
    ) -> None:
        self.studio, self.ears, self.cloud = studio, ears, FakeCloud()
        self.noted: list[Noted] = []
        self.replies = own_replies()
        self.listening = State(Listening())
        self.aloud = Aloud(
            state=studio.state, ring=studio.spoken, speech=cast("Speech", FakeSpeech(seconds=1.0)),
            submit=studio.runner.submit,
        )  # fmt: skip
        moments = Moments(lambda: CATALOG)
        lexicon = lexicon_of(CATALOG)

        def converse(ways: Callable[[], Ways], close_ear: Callable[[], None]) -> Conversation:
            acting = Acting(
                state=studio.state, submit=studio.runner.submit, tongue=self.aloud,
                hand=lambda one: talk.hand(one), withdraw=lambda n: talk.withdraw(n),
                close_ear=close_ear,
            )  # fmt: skip
            talk = Conversation(
                lambda: self.replies, state=studio.state, moments=moments, acting=acting,
                ways=ways, cloud=self.cloud, note=self.noted.append,
            )  # fmt: skip
            return talk

        self.voice = VoicePart(
            wishes, state=studio.state, listening=self.listening, lexicon=lambda: lexicon,
            moments=moments, ring=studio.spoken, tongue=self.aloud,
            submit=studio.runner.submit, ears=ears, converse=converse,
            can_ask_cloud=lambda: wishes.may_send, second=cast("SecondEar | None", second),
        )  # fmt: skip

    def hear(self, *events: Heard) -> None:
        """Something is heard now; the stream of sound began at loop time 0."""
        for event in events:
            self.voice.hear(event, 0.0)

    def spot(self, keyword: str, intent: str, locale: HeadLocale) -> None:
        """A keyword is heard now."""
        now = asyncio.get_running_loop().time()
        self.hear(Spotted(now, now - 1, keyword, intent, locale, 0.9))

    def ended(self, pcm: Pcm | None = None) -> None:
        """An utterance ends now."""
        now = asyncio.get_running_loop().time()
        self.hear(UtteranceEnded(now - 1, now, None, pcm))

    def said(self) -> list[str]:
        """What has been said aloud, by key."""
        return [one.cue for one in self.studio.facts if one.ev == "say.start"]


Scene = Callable[[VoiceBooth], Awaitable[None]]


def played(
    scene: Scene,
    wishes: Wishes = Wishes(),  # noqa: B008  # frozen
    *,
    has_ears: bool = True,
    day: Rundown = DAY,
    second: FakeSecond | None = None,
) -> VoiceBooth:
    """A booth in which a scene was played; P17 can be asked for by name or by its card."""
    studio = Studio(day)
    booth = VoiceBooth(studio, wishes, FakeEars() if has_ears else None, second)

    async def story(_: Studio) -> None:
        parts: tuple[Component, ...] = (booth.aloud, booth.voice)
        tasks = [asyncio.ensure_future(part.run(lambda: None)) for part in parts]
        await asyncio.sleep(1)
        try:
            await scene(booth)
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    studio.run(story)
    return booth


async def with_card(booth: VoiceBooth) -> None:
    """P17's card is shown."""
    await booth.studio.runner.submit(ShowCard("P17", 60.0))
    await asyncio.sleep(0.2)
