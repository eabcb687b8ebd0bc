"""Says aloud what the show says: renders it, plays it into the program, tells its length."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from node.channels import State
from node.errors import AssetError, CommandError, DeviceError
from node.media import SAMPLE_RATE_HZ, Samples
from node.program.commands import Answer, CutReason, CutSaying, SayLasts, SpeechCommand
from node.program.rundown import Rundown
from node.program.saying import reading_s
from node.program.show import Saying, Show
from node.program.spoken import SpokenRing
from node.voice.sounding import place_to_resume
from node.voice.speech import Speech

log = logging.getLogger(__name__)

KEPT_S = 10.0
"""The rest of a sentence that was cut can be asked for so long (domain.md §6)."""
HELD_AFTER_S, HELD_FOR_S = 1.0, 20.0
"""A sentence whose sound is not there after so long is held on air for it, so long at most."""

Submit = Callable[[SpeechCommand, str], Awaitable[object]]


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """What was not heard of a sentence, kept until a moment of the loop."""

    saying: Saying
    samples: Samples
    until_s: float


class Aloud:
    """Optional component: the voice of what the show says, its cues and its answers alike.

    It follows `state`; `submit(command, by)` is the show's way in. What is answered to a visitor
    leaves nothing on disk, unless it was rendered ahead. With nothing that can speak the
    show runs on and its words are read. Speech is part of the program and so is heard by viewers
    and, where its block has it on, from the booth's loudspeaker.
    """

    name = "speech"

    def __init__(
        self, *, state: State[Show], ring: SpokenRing, speech: Speech, submit: Submit
    ) -> None:
        self._state, self._ring, self._speech, self._submit = state, ring, speech, submit
        self._said: Saying | None = None
        self._silenced: Saying | None = None
        self._whole: Samples | None = None
        self._rest: _Rest | None = None
        self._to_resume: dict[str, Samples] = {}
        self._recordings: dict[str, Path] = {}

    @property
    def is_speaking(self) -> bool:
        """Whether speech is in the program now."""
        return self._ring.is_playing

    async def run(self, ready: Callable[[], None]) -> None:
        """Speak until cancelled."""
        async with self._speech, asyncio.TaskGroup() as group:
            group.create_task(self._speech.work(), name="speech ahead")
            ready()
            try:
                await self._follow(group)
            finally:
                self._ring.flush()

    async def cut(self, why: CutReason, by: str) -> bool:
        """Silence what is being said, at once; false where there is nothing, or it is firm.

        Its rest is kept for `resume`.
        """
        saying = self._state.value.saying
        if saying is None or saying.is_firm:
            return False
        self._silence(saying)
        with contextlib.suppress(CommandError):  # it has just ended, or the program stands still
            await self._submit(CutSaying(saying.cue, why), by)
        return True

    async def resume(self, by: str) -> bool:
        """Go on with what was cut within the last 10 s; false where there is nothing."""
        rest, self._rest = self._rest, None
        if rest is None or asyncio.get_running_loop().time() > rest.until_s:
            return False
        self._to_resume = {rest.saying.cue: rest.samples}
        saying = rest.saying
        with contextlib.suppress(CommandError):
            await self._submit(
                Answer(saying.cue, dict(saying.text), saying.locale, aloud=saying.aloud), by
            )
            return True
        return False

    def record(self, cue: str, sound: Path) -> None:
        """A recording is to be played for the line `cue`; what cannot be played is spoken."""
        self._recordings = {cue: sound}

    async def _follow(self, group: asyncio.TaskGroup) -> None:
        rundown: Rundown | None = None
        task: asyncio.Task[None] | None = None
        async for show in self._state.watch():
            if show.rundown is not rundown:
                rundown = show.rundown
                self._speech.prepare(_lines(rundown))
            if _is_same(show.saying, self._said):
                self._said = show.saying
                continue
            if task is not None:
                task.cancel()
            self._leave(show)
            self._said, task = show.saying, None
            if show.saying is not None:
                task = group.create_task(self._say(show.saying, show), name="say")

    def _leave(self, show: Show) -> None:
        """What was said before is over; only what was said to its end may run out."""
        said = self._said
        if said is not None and (show.saying is not None or show.tick < said.until_tick):
            self._ring.flush()

    async def _say(self, saying: Saying, show: Show) -> None:
        locale = saying.locale or show.rundown.locales[0]
        text = saying.text.get(locale)
        if text is None:
            locale, text = next(iter(saying.text.items()))
        text = saying.aloud or text
        self._whole = None
        samples = self._to_resume.pop(saying.cue, None)
        if samples is None:
            samples = await self._sound(saying, text, locale)
        if samples is None or _is_same(saying, self._silenced):
            return
        self._whole = samples
        self._ring.put(samples)
        await self._tell(saying, self._gone_s(saying) + len(samples) / SAMPLE_RATE_HZ)

    async def _sound(self, saying: Saying, text: str, locale: str) -> Samples | None:
        if (recording := self._recordings.pop(saying.cue, None)) is not None:
            try:
                return await self._speech.recorded(recording)
            except (AssetError, DeviceError) as error:
                log.warning("a recorded reply is not played but spoken: %s", error)
        if self._speech.is_mute:
            return None
        speaking = self._speech.render(text, locale, is_kept=not saying.is_answer)
        rendering = asyncio.ensure_future(speaking)
        try:
            await asyncio.wait((rendering,), timeout=HELD_AFTER_S)
            if not rendering.done():
                await self._tell(saying, HELD_FOR_S)
            return (await rendering).samples
        except DeviceError as error:
            log.warning("not spoken: %s", error)
            await self._tell(saying, max(self._gone_s(saying), reading_s(saying.text)))
            return None
        finally:
            rendering.cancel()

    async def _tell(self, saying: Saying, for_s: float) -> None:
        """Tell the show how long it lasts, unless something else is said by now."""
        with contextlib.suppress(CommandError):
            await self._submit(SayLasts(saying.cue, for_s), "")

    def _gone_s(self, saying: Saying) -> float:
        """From the sentence's beginning to the tick that comes next."""
        show = self._state.value
        return (show.tick + 1 - saying.since_tick) / show.rundown.fps

    def _silence(self, saying: Saying) -> None:
        self._silenced = saying
        rest, whole = self._ring.flush(), self._whole
        if whole is None or not len(rest):
            return
        place = place_to_resume(whole, len(whole) - len(rest))
        until_s = asyncio.get_running_loop().time() + KEPT_S
        self._rest = _Rest(saying, whole[place:], until_s)


def _is_same(one: Saying | None, other: Saying | None) -> bool:
    """Whether it is the same sentence; its length may have become known."""
    if one is None or other is None:
        return one is other
    return (one.cue, one.since_tick) == (other.cue, other.since_tick)


def _lines(rundown: Rundown) -> Iterator[tuple[str, str]]:
    """All that a rundown will have said, each in its language."""
    locale = rundown.locales[0]
    for segment in rundown.segments.values():
        for cue in segment.cues:
            if cue.do == "say" and locale in cue.text:
                yield cue.text[locale], locale
