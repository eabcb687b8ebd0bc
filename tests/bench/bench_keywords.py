"""How well the committed head hears: recall, top-1, false accepts, and the speech detector.

    python -m tests.bench.bench_keywords --data DIR --recordings DIR [--hours 5] [--quick]

`--data` is where tools/train_keywords keeps its speech: clips of voices that no training heard.
`--recordings` holds human speech and noise with its manifest.csv; the split "test" alone is used.
All runs through `node.voice.hearing.Hearing` with the thresholds that were published. Rooms, noise
and distance are computed: no figure is one of a real booth, and no human says the phrases.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from node.voice.decision import FLOOR, WAKE, Bias, threshold
from node.voice.frontend import FrontEnd
from node.voice.hearing import VoiceModels
from node.voice.models import load_models
from node.voice.spotter import Head, Spotter
from node.voice.vad import WINDOW_SAMPLES, Vad
from tools.train_keywords.__main__ import CACHE, open_ears, said_in_drama, wanted_clips
from tools.train_keywords.calibrate import Accepts, Listened, accepts, listened
from tools.train_keywords.course import DRAWN, sound
from tools.train_keywords.gather import Material, gather, to_float
from tools.train_keywords.inventory import LOCALES, Inventory, Keyword, load_inventory
from tools.train_keywords.material import drama, recordings
from tools.train_keywords.measure import QUIET, Place, at_place, confusions, recall, trials
from tools.train_keywords.replay import TrackStore
from tools.train_keywords.speech import Speakers

ROOT = Path(__file__).parents[2]
PLACES = (
    QUIET,
    *(Place(f"{snr} dB", snr) for snr in (20.0, 10.0, 5.0)),
    *(Place(f"{metres} m", None, metres) for metres in (0.5, 1.0, 2.0)),
    Place("10 dB, 1 m", 10.0, 1.0),
)
QUICK = (QUIET, Place("10 dB", 10.0))
TALK = ("speech", "noise", "drama")
ODDS = (1, 2, 4, 8, 16, 32)
AUDIBLE = 0.02
"""Of the clip's peak: windows of it that are louder hold speech."""

Sound = NDArray[np.float32]
Clips = Sequence[tuple[Keyword, Sound]]
Noise = Callable[[int], Sound]


def main() -> None:
    """Measure and print."""
    wish = parse()
    models = load_models()
    known = {label.keyword for label in models.head.labels}
    inventory = load_inventory(ROOT / "tools/train_keywords/inventory.toml")
    material = gather(
        Speakers(wish.data / "speech", wish.data),
        (one for one in wanted_clips(inventory, CACHE) if one.role.startswith("test")),
        recordings(wish.recordings),
        drama(ROOT / "node/demo", said_in_drama(inventory)),
    )
    clips = [(k, pcm) for k, pcm in spoken(inventory, material) if k.text in known]
    rng = np.random.default_rng(11)
    noises = material.stage("test").noises
    print(f"{len(known)} keywords, {len(clips)} clips of held-out voices\n")
    heard(clips, models, lambda count: noises.draw(count, rng), QUICK if wish.quick else PLACES)
    detected(clips[:40], models, lambda count: noises.draw(count, rng), material.noise["test"])
    test = false_accepts(material, models, wish)
    operating_points(clips, models, lambda count: noises.draw(count, rng), test)
    called = replace(models, head=addressed(models.head))
    print("\nby who called the assistant, with the lower thresholds of that moment")
    heard(clips, called, lambda count: noises.draw(count, rng), QUICK if wish.quick else PLACES)
    told(accepts(test, called.head))


def heard(clips: Clips, models: VoiceModels, noise: Noise, places: Sequence[Place]) -> None:
    """Recall and top-1 by place and language, then by intent, then what was confused."""
    print(f"{'place':12} " + "   ".join(f"{locale}: right wrong top-1" for locale in LOCALES))
    first, everything = [], []
    for place in places:
        cells = []
        for locale in LOCALES:
            mine = [(k, pcm) for k, pcm in clips if k.locale == locale]
            done = trials(mine, models, place, noise, 3)
            everything += done
            first += done if place is QUIET else []
            found = recall(done)
            cells.append(
                f"    {found.right:.3f} {found.wrong:.3f} {top_1(mine, models, place, noise):.3f}"
            )
        print(f"{place.name:12} {'   '.join(cells)}")
    print("\nby intent, in quiet: zh, en")
    for intent in dict.fromkeys(trial.keyword.intent for trial in first):
        shares = [
            recall([t for t in first if (t.keyword.intent, t.keyword.locale) == (intent, locale)])
            for locale in LOCALES
        ]
        print(f"  {intent:12} " + "  ".join(f"{one.right:.2f} of {one.count}" for one in shares))
    print("\nconfused most, all places")
    for (said, taken), count in confusions(everything).most_common(10):
        print(f"  {said} -> {taken}: {count}")


def top_1(clips: Clips, models: VoiceModels, place: Place, noise: Noise) -> float:
    """Share of clips whose highest score, whatever it is, is one of the right intent."""
    rng = np.random.default_rng(3)
    front_end, spotter = FrontEnd(models.features), Spotter(models.head)
    right = 0
    for keyword, clip in clips:
        front_end.reset()
        spotter.reset()
        scores = spotter.feed(front_end.feed(at_place(clip, place, noise, rng)))
        best = models.head.labels[int(np.argmax(scores[:, 1:].max(axis=0)))]
        right += best.intent == keyword.intent
    return right / max(1, len(clips))


def detected(clips: Clips, models: VoiceModels, noise: Noise, noises: Sequence[Sound]) -> None:
    """The speech detector: AUC over windows of clips, share of pure noise called speech."""
    print("\nspeech detector: AUC (clips of synthetic voices, not hand-labelled)")
    rng = np.random.default_rng(4)
    for place in (QUIET, Place("10 dB", 10.0), Place("0 dB", 0.0)):
        scores, truth = [], []
        for _, clip in clips:
            clean = to_float(at_place(clip, QUIET, noise, rng))
            found = Vad(models.speech).feed(at_place(clip, place, noise, rng))
            scores += found
            truth += list(loud(clean, len(found)))
        print(f"  {place.name:8} {auc(np.array(scores), np.array(truth)):.3f}")
    for number, one in enumerate(noises):
        found = Vad(models.speech).feed((one * 32767).astype(np.int16))
        print(f"  noise {number}: {np.mean(np.array(found) >= 0.5):.1%} called speech")


def loud(clean: Sound, windows: int) -> NDArray[np.bool_]:
    """Which windows hold speech, seen in the clip without noise."""
    peaks = np.abs(clean[: windows * WINDOW_SAMPLES]).reshape(windows, -1).max(axis=1)
    return np.asarray(peaks > AUDIBLE * peaks.max())


def auc(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """How often a window of speech scores above one without."""
    order = np.argsort(np.argsort(scores))
    hits = int(truth.sum())
    least = hits * (hits - 1) / 2
    return float((order[truth].sum() - least) / max(1, hits * (len(truth) - hits)))


def false_accepts(
    material: Material, models: VoiceModels, wish: argparse.Namespace
) -> Sequence[Listened]:
    """False accepts an hour, by kind of sound and by keyword; returns what was listened to."""
    ears = open_ears()
    tracks = TrackStore(wish.data / "tracks", ears.rows_of, ears.speech, DRAWN)
    hours = 0.5 if wish.quick else wish.hours
    test = sound(tracks, material, "test", hours, lambda *_: None)
    listened_to = listened(list(test), models.head, lambda *_: None)
    found = accepts(listened_to, models.head)
    told(found)
    for kind, event in found.events:
        print(f"    {kind}: {event.keyword} ({event.intent}) {event.score:.2f}")
    return listened_to


def told(found: Accepts) -> None:
    """False accepts an hour, all and by kind of sound."""
    print(f"\nfalse accepts: {found.per_hour:.2f} an hour in {sum(found.hours.values()):.1f} h")
    for kind, length in found.hours.items():
        print(f"  {kind:16} {found.of(kind):6.2f} an hour in {length:.2f} h")


def operating_points(
    clips: Clips, models: VoiceModels, noise: Noise, test: Sequence[Listened]
) -> None:
    """What recall costs: the odds of every threshold raised alike, a ROC on the test's sound."""
    print("\nthresholds' odds times: false accepts an hour (all; talk = speech, noise, drama; wake")
    print("word alone), recall of zh, en in quiet and at 10 dB. ROC points: chosen on the test")
    for factor in ODDS:
        head = raised(models.head, factor)
        found = accepts(test, head)
        talk = [event for kind, event in found.events if kind in TALK]
        wake = [event for _, event in found.events if event.intent == WAKE]
        hours = sum(found.hours.values())
        talked = sum(found.hours.get(kind, 0.0) for kind in TALK)
        shares = [
            recall(trials(mine, replace(models, head=head), place, noise, 3)).right
            for place in QUICK
            for locale in LOCALES
            if (mine := [(k, pcm) for k, pcm in clips if k.locale == locale])
        ]
        print(
            f"  {factor:4} {found.per_hour:6.1f} {len(talk) / max(1e-9, talked):6.1f} "
            f"{len(wake) / max(1e-9, hours):6.1f}   " + " ".join(f"{one:.2f}" for one in shares)
        )


def raised(head: Head, factor: float) -> Head:
    """`head` with the odds of each threshold times `factor`."""
    odds = [max(FLOOR, one.threshold) / (1.000001 - one.threshold) * factor for one in head.labels]
    labels = [
        replace(one, threshold=odd / (1 + odd)) for one, odd in zip(head.labels, odds, strict=True)
    ]
    return replace(head, labels=tuple(labels))


def addressed(head: Head) -> Head:
    """`head` with the thresholds that count when the assistant was called."""
    called = Bias(is_addressed=True)
    labels = [replace(one, threshold=threshold(one, called)) for one in head.labels]
    return replace(head, labels=tuple(labels))


def spoken(inventory: Inventory, material: Material) -> Iterator[tuple[Keyword, Sound]]:
    """The test's clips with their keywords."""
    by_text = {keyword.text: keyword for keyword in inventory.keywords if not keyword.is_mute}
    tests = [pair for pair in material.clips if pair[0].role == "test" and pair[0].text in by_text]
    return ((by_text[clip.text], pcm) for clip, pcm in tests)


def parse() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=5.0)
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
