"""Thresholds from development negatives: raised where false accepts come from, never lowered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from node.voice.decision import FLOOR
from node.voice.heard import Spotted
from node.voice.spotter import Head, Label
from tools.train_keywords.replay import Track, replay

_HIGHEST = 0.98
_ABOVE = 0.005
_ROUNDS = 4


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


def accepts(tracks: Sequence[Track], head: Head, progress: Callable[[int, int], None]) -> Accepts:
    """What `head` spots in sound that holds no keyword."""
    hours: dict[str, float] = {}
    events: list[tuple[str, Spotted]] = []
    for number, track in enumerate(tracks, start=1):
        hours[track.kind] = hours.get(track.kind, 0.0) + track.seconds / 3600
        events += [(track.kind, event) for event in replay(track, head)]
        progress(number, len(tracks))
    return Accepts(hours, tuple(events))


def calibrated(
    tracks: Sequence[Track], head: Head, per_hour: float, progress: Callable[[int, int], None]
) -> tuple[Head, Accepts]:
    """`head` with thresholds at which `tracks` hold at most `per_hour` false accepts in all.

    The threshold of the keyword that fires most goes up first, just above its weakest false
    accept. A keyword at .98 that still fires is left so and shows in the report.
    """
    found = accepts(tracks, head, progress)
    for _ in range(_ROUNDS):
        allowed = int(per_hour * sum(found.hours.values()))
        if len(found.events) <= allowed:
            break
        head = replace(head, labels=_raised(head.labels, found.events, allowed))
        found = accepts(tracks, head, progress)
    return head, found


def _raised(
    labels: Sequence[Label], events: Sequence[tuple[str, Spotted]], allowed: int
) -> tuple[Label, ...]:
    scores = {(label.keyword, label.locale): list[float]() for label in labels}
    for _, event in events:
        scores[event.keyword, event.locale].append(event.score)
    left = {key: sorted(found) for key, found in scores.items()}
    limits = {(label.keyword, label.locale): max(FLOOR, label.threshold) for label in labels}
    while sum(map(len, left.values())) > allowed:
        worst = max(left, key=lambda key: len(left[key]))
        limits[worst] = min(_HIGHEST, left[worst][0] + _ABOVE)
        left[worst] = [score for score in left[worst][1:] if score >= limits[worst]]
    return tuple(
        replace(label, threshold=round(limits[label.keyword, label.locale], 3)) for label in labels
    )
