"""Thresholds from development sound: raised where it costs least recall, never lowered."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from node.voice.decision import FLOOR, WAKE
from node.voice.heard import Spotted
from node.voice.spotter import Head, Label, Scores
from tools.train_keywords.replay import Track, choices, replay, scores_of

_HIGHEST = 0.985
_ABOVE = 1.2
"""A threshold's odds over those of the false accept below it: other voices fire a little higher."""
_ROUNDS = 40
_CHEAP = 0.002
"""Of recall: what a raised threshold costs even where no clip is lost; other voices' may be."""

Key = tuple[str, str]
"""Keyword and locale of a label."""
Listened = tuple[Track, Scores]
Said = Mapping[Key, Sequence[float]]
"""The best score of each clip in which a keyword is really said."""


@dataclass(frozen=True, slots=True)
class Accepts:
    """False accepts in so many hours, by kind of sound."""

    hours: dict[str, float]
    events: tuple[tuple[str, Spotted], ...]

    @property
    def per_hour(self) -> float:
        """Of all keywords together."""
        return len(self.events) / max(1e-9, sum(self.hours.values()))

    def of(self, kind: str) -> float:
        """False accepts an hour in one kind of sound."""
        return sum(where == kind for where, _ in self.events) / max(1e-9, self.hours.get(kind, 0))


@dataclass(frozen=True, slots=True)
class Aim:
    """So many false accepts an hour at most; those in some kinds of sound count for less."""

    per_hour: float
    weights: Mapping[str, float] = field(default_factory=dict)
    wake: float = 1.0
    """How many times as much the wake word's count, which alone counts all day long."""

    def weight(self, kind: str, intent: str) -> float:
        """What a false accept of an intent in this kind of sound counts."""
        return self.weights.get(kind, 1.0) * (self.wake if intent == WAKE else 1.0)


@dataclass(frozen=True, slots=True)
class _Raise:
    """A threshold for `key` that removes its `removed` lowest accepts, which count `gain`."""

    key: Key
    threshold: float
    removed: int
    gain: float
    cost: float


def listened(
    tracks: Sequence[Track], head: Head, progress: Callable[[int, int], None]
) -> list[Listened]:
    """Tracks with the scores that `head` gives them, whatever its thresholds."""
    heard = []
    for number, track in enumerate(tracks, start=1):
        heard.append((track, scores_of(track, head)))
        progress(number, len(tracks))
    return heard


def accepts(heard: Sequence[Listened], head: Head) -> Accepts:
    """What `head` spots in sound that holds no keyword."""
    hours: dict[str, float] = {}
    events: list[tuple[str, Spotted]] = []
    for track, scores in heard:
        hours[track.kind] = hours.get(track.kind, 0.0) + track.seconds / 3600
        events += [(track.kind, event) for event in replay(track, head, scores)]
    return Accepts(hours, tuple(events))


def calibrated(heard: Sequence[Listened], head: Head, aim: Aim, said: Said) -> Head:
    """`head` with thresholds at which what was heard holds no more false accepts than `aim`.

    Up goes, again and again, the threshold that loses the smallest share of `said` for each false
    accept that it removes. A keyword at .985 that still fires is left so and shows in the report.
    """
    allowed = aim.per_hour * sum(track.seconds for track, _ in heard) / 3600
    clips = {key: sorted(scores) for key, scores in said.items()}
    labels = head.labels
    for _ in range(_ROUNDS):
        events = list(_false(heard, labels, aim))
        before = labels
        labels = _raised(labels, events, allowed, clips)
        if labels == before:
            break
    return replace(head, labels=labels)


def _false(
    heard: Iterable[Listened], labels: Sequence[Label], aim: Aim
) -> Iterable[tuple[Key, float, float]]:
    """Key, score and weight of each false accept."""
    for track, scores in heard:
        for choice in choices(track, scores, labels):
            weight = aim.weight(track.kind, choice.label.intent)
            yield _key(choice.label), choice.score, weight


def _raised(
    labels: tuple[Label, ...],
    events: Iterable[tuple[Key, float, float]],
    allowed: float,
    clips: Mapping[Key, Sequence[float]],
) -> tuple[Label, ...]:
    left: dict[Key, list[tuple[float, float]]] = {}
    for key, score, weight in events:
        left.setdefault(key, []).append((score, weight))
    for scores in left.values():
        scores.sort()
    limits = {_key(label): max(FLOOR, label.threshold) for label in labels}
    over = sum(weight for scores in left.values() for _, weight in scores) - allowed
    while over > 0:
        steps = [
            step
            for key, scores in left.items()
            for step in _steps(key, scores, limits[key], clips.get(key, ()))
        ]
        if not steps:
            break
        step = min(steps, key=lambda one: one.cost / one.gain)
        limits[step.key] = step.threshold
        left[step.key] = left[step.key][step.removed :]
        over -= step.gain
    return tuple(replace(label, threshold=limits[_key(label)]) for label in labels)


def _steps(
    key: Key, scores: Sequence[tuple[float, float]], limit: float, clips: Sequence[float]
) -> Iterable[_Raise]:
    """Thresholds for `key` above each of its false accepts."""
    for score, _ in scores:
        odds = _ABOVE * score / max(1e-6, 1 - score)
        threshold = round(min(_HIGHEST, odds / (1 + odds)), 3)
        if threshold > max(score, limit):
            removed = [weight for other, weight in scores if other < threshold]
            lost = bisect_left(clips, threshold) - bisect_left(clips, limit)
            share = lost / len(clips) if clips else threshold - limit
            yield _Raise(key, threshold, len(removed), sum(removed), share + _CHEAP)


def _key(label: Label) -> Key:
    return label.keyword, label.locale
