"""One training from inventory to published head; each stage tells how long it took."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from node.media import Pcm
from node.voice.decision import FLOOR
from node.voice.frontend import Features, Rows
from node.voice.hearing import VoiceModels
from node.voice.spotter import Head, Label
from node.voice.vad import SpeechModel
from tools.train_keywords.calibrate import Accepts, Aim, Said, accepts, calibrated, listened
from tools.train_keywords.card import Figures
from tools.train_keywords.examples import FeatureStore
from tools.train_keywords.export import joined, onnx_bytes
from tools.train_keywords.fit import Course, fit
from tools.train_keywords.gather import TRACK_S, Material, learn_from
from tools.train_keywords.inventory import Inventory
from tools.train_keywords.long_front_end import LongEmbedding, rows_of
from tools.train_keywords.material import Split
from tools.train_keywords.measure import QUIET, Place, Trial, trials
from tools.train_keywords.replay import Track, TrackStore, scores_of
from tools.train_keywords.scenes import Scene

Sound = NDArray[np.float32]
Progress = Callable[[str, int, int], None]

DRAWN = 1
"""Seed of clips, scenes and sound to measure with: they are kept on disk by it, and heads of other
seeds learn from the same."""
PLACES = (QUIET, Place("10 dB, 1 m", 10.0, 1.0))
_MIXES: dict[str, float] = {
    "speech": 0.4,
    "near words": 0.2,
    "hard words": 0.1,
    "noise": 0.2,
    "drama": 0.1,
}
"""Of the hours of development sound."""
_TEST_MIXES: dict[str, float] = {
    "speech": 0.3,
    "isolated words": 0.2,
    "hard words": 0.2,
    "noise": 0.2,
    "drama": 0.1,
}


AIM = Aim(0.5, {"near words": 0.1, "hard words": 0.1}, wake=10.0)
"""Half of what a booth may suffer, as other voices fire oftener; words made to sound nearly like
keywords count a tenth, as nobody says them at a booth all day."""
_SAID_CLIPS, _SAID_DB = 6, (5.0, 15.0)
"""Of each keyword, for calibration: by voices that taught, in new rooms and other noise."""
_ISOLATED_S = (0.7, 1.5)
"""Pauses between isolated words."""


@dataclass(slots=True)
class Clock:
    """How long each stage took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        begun = monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + monotonic() - begun


@dataclass(frozen=True, slots=True)
class Ears:
    """The frozen models that all heads share."""

    features: Features
    speech: SpeechModel
    embedding: LongEmbedding

    def rows_of(self, pcm: Pcm) -> Rows:
        """What the node's front end makes of `pcm`."""
        return rows_of(pcm, self.features.melspectrogram, self.embedding)


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished head with its thresholds and figures."""

    file: bytes
    head: Head
    figures: Figures
    plain: Accepts
    """What it accepts of the test sound with no threshold above the floor."""


def train(
    inventory: Inventory,
    material: Material,
    ears: Ears,
    folder: Path,
    *,
    seed: int,
    epochs: int,
    members: int,
    clock: Clock,
    progress: Progress,
) -> bytes:
    """Features, fits and export: the head as ONNX.

    Args:
        inventory: What shall be spotted.
        material: What there is to learn from.
        ears: The frozen models.
        folder: Keeps features.
        seed: Of the fits.
        epochs: Of each fit.
        members: So many heads, alike but for the seed of their fit, are averaged.
        clock: Told how long each stage takes.
        progress: Told what goes on.
    """
    store = FeatureStore(folder / "features", ears.rows_of, DRAWN)
    with clock.stage("features"):
        looks = learn_from(material, inventory, store, progress)
    heads = []
    with clock.stage("fit"):
        for number in range(members):
            weights = fit(
                looks,
                len(inventory.keywords) + 1,
                Course(epochs=epochs),
                seed + number,
                lambda step, steps, loss: progress(f"fit, loss {loss:.2f}", step, steps),
            )
            heads.append(onnx_bytes(weights, f"seed {seed + number}"))
    return joined(heads, f"{members} heads, seeds from {seed}")


def judged(
    file: bytes,
    inventory: Inventory,
    material: Material,
    ears: Ears,
    folder: Path,
    *,
    hours: float,
    clock: Clock,
    progress: Progress,
) -> Trained:
    """Calibration and measurement of a fitted head.

    Args:
        file: The head as ONNX.
        inventory: What it spots.
        material: Sound of all splits.
        ears: The frozen models.
        folder: Keeps features.
        hours: Of development sound to calibrate on; half as many are measured.
        clock: Told how long each stage takes.
        progress: Told what goes on.

    Raises:
        ValueError: the head has another number of classes than the inventory.
    """
    head = opened(file, inventory)
    tracks = TrackStore(folder / "tracks", ears.rows_of, ears.speech, DRAWN)
    with clock.stage("calibration"):
        develop = list(sound(tracks, material, "develop", hours, progress))
        said = _said(
            inventory, material, FeatureStore(folder / "features", ears.rows_of, DRAWN), head
        )
        heard = listened(develop, head, _as("calibration", progress))
        head = calibrated(heard, head, AIM, said)
        found = accepts(heard, head)
    with clock.stage("measurement"):
        test = list(sound(tracks, material, "test", hours / 2, progress))
        heard = listened(test, head, _as("false accepts", progress))
        figures = Figures(
            _tried(inventory, material, ears, head, progress),
            found,
            accepts(heard, head),
        )
        plain = accepts(heard, opened(file, inventory))
    return Trained(file, head, figures, plain)


def _said(inventory: Inventory, material: Material, store: FeatureStore, head: Head) -> Said:
    """How well `head` hears clips of each keyword in a loud hall."""
    stage, found = material.stage("develop"), dict[tuple[str, str], list[float]]()
    numbers = {keyword.text: number for number, keyword in enumerate(inventory.keywords, start=1)}
    for clip, sound in material.clips:
        scores = found.setdefault((clip.text, clip.locale), [])
        if clip.role != "keyword" or clip.engine != "kokoro" or len(scores) == _SAID_CLIPS:
            continue

        def scene(rng: np.random.Generator, _: int, sound: Sound = sound) -> Scene:
            return stage.keyword(sound, rng, snr_db=_SAID_DB)

        rows = store.get(f"said/{clip.name}", 1, scene).rows[0]
        track = Track("said", rows, np.ones(0, np.float32))
        scores.append(float(scores_of(track, head)[:, numbers[clip.text]].max()))
    return found


def opened(file: bytes, inventory: Inventory) -> Head:
    """The exported head, with every threshold at the floor."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def classify(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {"x": rows})[0], np.float32)

    labels = tuple(
        Label(
            keyword.text,
            keyword.intent,
            keyword.locale,
            1.0 if keyword.is_mute else FLOOR,
            keyword.slots,
        )
        for keyword in inventory.keywords
    )
    found = session.get_outputs()[0].shape[-1]
    if found != len(labels) + 1:
        raise ValueError(f"the head has {found} classes, the inventory needs {len(labels) + 1}")
    return Head(labels, classify, hashlib.sha256(file).hexdigest())


def sound(
    tracks: TrackStore, material: Material, split: Split, hours: float, progress: Progress
) -> Iterator[Track]:
    """Sound of one split without keywords, `hours` of it, mixed of all kinds."""
    stage = material.stage(split)
    hard = [clip for _, clip in material.hard(split)] or list(material.recorded[split])
    near = [clip for one, clip in material.hard(split) if one.engine == "kokoro"] or hard
    human = list(material.recorded[split])
    draws: dict[str, Callable[[np.random.Generator], Pcm]] = {
        "speech": lambda rng: stage.talk(human, TRACK_S, rng),
        "isolated words": lambda rng: stage.talk(material.isolated, TRACK_S, rng, _ISOLATED_S),
        "hard words": lambda rng: stage.talk(hard, TRACK_S, rng),
        "near words": lambda rng: stage.talk(near, TRACK_S, rng),
        "noise": lambda rng: stage.noise(TRACK_S, rng),
        "drama": lambda rng: stage.talk(material.drama, TRACK_S, rng),
    }
    mixes = _MIXES if split == "develop" else _TEST_MIXES
    counts = {kind: round(share * hours * 3600 / TRACK_S) for kind, share in mixes.items()}
    whole, done = sum(counts.values()), 0
    for kind, count in counts.items():
        for number in range(count):
            yield tracks.get(kind, f"{split}/{number}", draws[kind])
            done += 1
            progress(f"{split} sound", done, whole)


def _tried(
    inventory: Inventory, material: Material, ears: Ears, head: Head, progress: Progress
) -> dict[str, list[Trial]]:
    by_text = {keyword.text: keyword for keyword in inventory.keywords if not keyword.is_mute}
    clips = [
        (by_text[clip.text], pcm)
        for clip, pcm in material.clips
        if clip.role == "test" and clip.text in by_text
    ]
    models = VoiceModels(ears.features, ears.speech, head)
    rng = np.random.default_rng(DRAWN)
    noises = material.stage("test").noises
    return {
        place.name: trials(
            clips,
            models,
            place,
            lambda count: noises.draw(count, rng),
            DRAWN,
            _as(place.name, progress),
        )
        for place in PLACES
    }


def _as(name: str, progress: Progress) -> Callable[[int, int], None]:
    return lambda done, whole: progress(name, done, whole)


def versions() -> dict[str, str]:
    """Of what a head depends on."""
    return {
        name: version(name) for name in ("jax", "numpy", "onnx", "onnxruntime", "livekit-wakeword")
    }
