"""The self-trigger map: where a clip's own sound would be taken for a visitor's question.

Each clip is heard once by the head in use and remembered by its content; while the clip plays, the
thresholds of what it says itself rise there (voice recipe: what is known beforehand).
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from node.board.leisure import Leisure
from node.channels import State
from node.decode.speech import read_speech
from node.errors import AssetError
from node.media import SPEECH_RATE_HZ, Pcm
from node.program.show import Show
from node.voice.frontend import HOP_SAMPLES, FrontEnd
from node.voice.hearing import VoiceModels
from node.voice.spotter import Spotter

if TYPE_CHECKING:
    from node.program.rundown import Rundown

log = logging.getLogger(__name__)

VERSION: Final = 1
NOTED: Final = 0.25
"""A score from here on is noted: half of what is accepted anywhere, for an echo differs."""
MARGIN: Final = 0.15
"""So far above the clip's own score a visitor has to be."""
BEFORE_S: Final = 0.3
BEHIND_S: Final = 1.5
"""The echo comes later than the clip plays, and what decides looks 0.5 s back."""
FOLDER: Final = "triggers"


class Trigger(msgspec.Struct, frozen=True):
    """The clip's sound scores up to `score` (0..1) for an intent between two times, s."""

    from_s: float
    to_s: float
    intent: str
    score: float


class TriggerMap(msgspec.Struct, frozen=True):
    """All triggers of a clip, as one head (its SHA-256) hears them."""

    version: int
    head: str
    triggers: tuple[Trigger, ...]

    def boosts(self, at_s: float) -> dict[str, float]:
        """Thresholds by intent at a position of the clip."""
        raised: dict[str, float] = {}
        for one in self.triggers:
            if one.from_s - BEFORE_S <= at_s <= one.to_s + BEHIND_S:
                raised[one.intent] = max(raised.get(one.intent, 0.0), one.score + MARGIN)
        return raised


def self_triggers(sound: Iterable[Pcm], models: VoiceModels) -> tuple[Trigger, ...]:
    """Where `sound` (pieces of a whole) would be taken for a question. Thread: any."""
    front_end, spotter = FrontEnd(models.features), Spotter(models.head)
    intents = [label.intent for label in models.head.labels]
    noted: list[tuple[float, str, float]] = []
    at = 0
    for pcm in sound:
        for scores in spotter.feed(front_end.feed(pcm)):
            at += HOP_SAMPLES
            noted += [
                (at / SPEECH_RATE_HZ, intents[number], float(scores[number + 1]))
                for number in np.flatnonzero(scores[1:] >= NOTED)
            ]
    return _spans(noted)


class TriggerMaps:
    """Optional component: has each clip of the rundown heard once, and tells what is playing.

    Maps lie in `state_dir`/triggers by the clip's stamp and the head's SHA-256. Heard at
    `leisure`; a clip that cannot be read has no map and is said once.
    """

    name = "trigger maps"

    def __init__(
        self, state: State[Show], *, load: Callable[[], VoiceModels], state_dir: Path,
        leisure: Leisure | None = None,
    ) -> None:  # fmt: skip
        self._state, self._load, self._folder = state, load, state_dir / FOLDER
        self._pool = ThreadPoolExecutor(1, "triggers")
        self._leisure = leisure or Leisure()
        self._maps: dict[Path, TriggerMap | None] = {}

    async def run(self, ready: Callable[[], None]) -> None:
        """Hear what is new until cancelled."""
        loop = asyncio.get_running_loop()
        ready()
        try:
            models = await loop.run_in_executor(self._pool, self._load)
        except AssetError:  # the ear has said it
            await asyncio.Event().wait()
            return
        rundown: Rundown | None = None
        async for show in self._state.watch():
            if show.rundown is rundown:
                continue
            rundown = show.rundown
            for segment in show.rundown.segments.values():
                path = segment.asset
                if segment.kind in {"clip", "agent"} and path and path not in self._maps:
                    self._maps[path] = await loop.run_in_executor(
                        self._pool, self._known_or_heard, path, models
                    )

    def boosts(self) -> Mapping[str, float]:
        """Thresholds by intent at this moment of the show."""
        show = self._state.value
        path = show.segment.asset
        one = None if path is None else self._maps.get(path)
        return {} if one is None else one.boosts(show.airing.position / show.rundown.fps)

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _known_or_heard(self, clip: Path, models: VoiceModels) -> TriggerMap | None:
        """Thread: the maps' own."""
        try:
            stat = clip.stat()
            stamp = f"{clip} {stat.st_size} {stat.st_mtime_ns} {models.head.sha256} {VERSION}"
            place = self._folder / f"{hashlib.sha256(stamp.encode()).hexdigest()[:32]}.json"
            known = _read(place, models.head.sha256)
            if known is not None:
                return known
            sound = self._at_leisure(read_speech(clip))
            found = TriggerMap(VERSION, models.head.sha256, self_triggers(sound, models))
            _write(place, found)
        except (AssetError, OSError) as error:
            log.info("%s: no self-trigger map: %s", clip.name, error)
            return None
        return found

    def _at_leisure(self, pieces: Iterable[Pcm]) -> Iterator[Pcm]:
        """The pieces, with a rest behind each. Thread: the maps' own."""
        for pcm in pieces:
            yield pcm
            self._leisure.rest()


def _spans(noted: Sequence[tuple[float, str, float]]) -> tuple[Trigger, ...]:
    """Hops of the same intent within a second are one trigger."""
    open_: dict[str, Trigger] = {}
    done: list[Trigger] = []
    for at_s, intent, score in noted:
        last = open_.get(intent)
        if last is not None and at_s - last.to_s <= 1.0:
            open_[intent] = Trigger(last.from_s, at_s, intent, max(last.score, score))
            continue
        if last is not None:
            done.append(last)
        open_[intent] = Trigger(at_s, at_s, intent, score)
    return tuple(sorted([*done, *open_.values()], key=lambda one: one.from_s))


def _read(place: Path, head: str) -> TriggerMap | None:
    try:
        known = msgspec.json.decode(place.read_bytes(), type=TriggerMap)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        log.info("%s: heard anew, since it cannot be read: %s", place.name, error)
        return None
    return known if known.version == VERSION and known.head == head else None


def _write(place: Path, found: TriggerMap) -> None:
    """A map that power loss tears is read as none and made anew."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(found))
    fresh.replace(place)
