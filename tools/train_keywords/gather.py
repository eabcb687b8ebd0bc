"""Brings together what a head learns from: spoken clips, recordings, and scenes made of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from node.media import Pcm
from tools.train_keywords.augment import Noises
from tools.train_keywords.examples import FeatureStore, LookBook, Looks
from tools.train_keywords.inventory import Inventory
from tools.train_keywords.material import Recording, Split, read_sound, to_pcm
from tools.train_keywords.scenes import Scene, Stage
from tools.train_keywords.speech import Speakers, Wanted, read_wav

Sound = NDArray[np.float32]
Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many."""

TAKES = {"kokoro": 8, "flite": 4, "espeak": 4}
"""Scenes of a keyword's clip: many of one that was slow to make."""
HARD_TAKES = {"kokoro": 5, "flite": 2, "espeak": 2}
NOISY_TAKES = {"kokoro": 5, "flite": 3, "espeak": 3}
_NOISY_DB = (-1.0, 13.0)
"""Further scenes of a keyword's clip, in a hall at its loudest."""
_CROSSED_TAKES = 2
"""Further scenes of its beginning, with another word behind it."""
_BEHEADED = 4
"""Each so many-th scene lacks the beginning of its keyword."""
_PERSON_TAKES = 12
"""Scenes of an enrolled recording, of which there are few."""
TRACK_S = 20.0
_TALK_TRACKS, _NOISE_TRACKS = 600, 150
"""200 min of human speech and drama, 50 min of noise; from fewer recordings, mixed anew."""
_DEVELOP_EVERY = 5
"""Each fifth hard clip is kept for calibration."""


@dataclass(frozen=True, slots=True)
class Material:
    """All sound there is, read into memory."""

    clips: tuple[tuple[Wanted, Sound], ...]
    enrolled: tuple[tuple[str, Sound], ...]
    recorded: dict[Split, tuple[Sound, ...]]
    isolated: tuple[Sound, ...]
    noise: dict[Split, tuple[Sound, ...]]
    drama: tuple[Sound, ...]

    def hard(self, split: Split) -> list[tuple[Wanted, Sound]]:
        """Hard words of one split; none stands in two, and the test's have voices of their own."""
        role = "test_hard" if split == "test" else "hard"
        texts = [(clip, sound) for clip, sound in self.clips if clip.role == role]
        if split == "test":
            return texts
        is_kept = split == "develop"
        return [pair for pair in texts if _is_kept(pair[0]) == is_kept]

    def stage(self, split: Split) -> Stage:
        """Noises and strangers' words of one split."""
        voices = self.recorded[split]
        others = [sound for clip, sound in self.hard(split) if clip.engine != "kokoro"]
        is_training = split == "train"
        noises = Noises(self.noise[split], voices, has_tunes=is_training)
        return Stage(noises, [*voices, *others], moves_throats=is_training)


def gather(
    speakers: Speakers,
    wanted: Iterable[Wanted],
    recorded: Sequence[Recording],
    drama: Iterable[Sound],
    enrolled: Iterable[tuple[str, Sound]] = (),
) -> Material:
    """Read what is on disk; clips not yet spoken are left out."""
    there = [(one, speakers.path(one)) for one in wanted]
    clips = [(one, to_float(read_wav(path))) for one, path in there if path.exists()]
    speech: dict[Split, tuple[Sound, ...]] = {}
    noise: dict[Split, tuple[Sound, ...]] = {}
    for split in ("train", "develop", "test"):
        mine = [one for one in recorded if one.split == split]
        talking = [one for one in mine if not (one.is_noise or one.is_measure_only)]
        speech[split] = tuple(read_sound(one.path) for one in talking)
        noise[split] = tuple(read_sound(one.path) for one in mine if one.is_noise)
    isolated = tuple(read_sound(one.path) for one in recorded if one.is_measure_only)
    return Material(tuple(clips), tuple(enrolled), speech, isolated, noise, tuple(drama))


def learn_from(
    material: Material, inventory: Inventory, store: FeatureStore, progress: Progress
) -> Looks:
    """The looks of the training split; features are computed where they are not kept."""
    book = LookBook()
    stage = material.stage("train")
    for task, done, tasks in _counted(list(_tasks(material, inventory, store, stage, book))):
        task()
        progress("features", done, tasks)
    return book.looks()


def _tasks(
    material: Material, inventory: Inventory, store: FeatureStore, stage: Stage, book: LookBook
) -> Iterator[Callable[[], None]]:
    numbers = {keyword.text: number for number, keyword in enumerate(inventory.keywords, start=1)}
    for clip, sound in material.clips:
        if clip.role == "keyword" and clip.text in numbers:
            yield _word(
                store,
                stage,
                book,
                f"keyword/{clip.name}",
                sound,
                numbers[clip.text],
                TAKES[clip.engine],
            )
            yield _harder(store, stage, book, clip, sound, numbers[clip.text])
    for number, (text, sound) in enumerate(material.enrolled):
        if text in numbers:
            yield _word(
                store,
                stage,
                book,
                _name("enrolled", sound, number),
                sound,
                numbers[text],
                _PERSON_TAKES,
            )
    for clip, sound in material.hard("train"):
        yield _hard(store, stage, book, clip, sound)
    human = [*material.recorded["train"], *material.drama]
    for number in range(_TALK_TRACKS if human else 0):
        yield _track(
            store, book, f"talk/{number}", "human", lambda rng: stage.talk(human, TRACK_S, rng)
        )
    for number in range(_NOISE_TRACKS):
        yield _track(store, book, f"noise/{number}", "noise", lambda rng: stage.noise(TRACK_S, rng))


def _word(
    store: FeatureStore,
    stage: Stage,
    book: LookBook,
    name: str,
    sound: Sound,
    label: int,
    takes: int,
) -> Callable[[], None]:
    def scene(rng: np.random.Generator, take: int) -> Scene:
        return stage.keyword(sound, rng, beheaded=take % _BEHEADED == _BEHEADED - 1)

    return lambda: book.add_word(store.get(name, takes, scene), label)


def _harder(
    store: FeatureStore,
    stage: Stage,
    book: LookBook,
    clip: Wanted,
    sound: Sound,
    label: int,
) -> Callable[[], None]:
    def noisy(rng: np.random.Generator, _: int) -> Scene:
        return stage.keyword(sound, rng, snr_db=_NOISY_DB)

    def crossed(rng: np.random.Generator, _: int) -> Scene:
        return stage.crossed(sound, rng)

    def add() -> None:
        takes = NOISY_TAKES[clip.engine]
        book.add_word(store.get(f"noisy/{clip.name}", takes, noisy), label)
        book.add_word(store.get(f"crossed/{clip.name}", _CROSSED_TAKES, crossed), label)

    return add


def _hard(
    store: FeatureStore, stage: Stage, book: LookBook, clip: Wanted, sound: Sound
) -> Callable[[], None]:
    def scene(rng: np.random.Generator, _: int) -> Scene:
        return Scene(stage.hard(sound, rng), 0, 0)

    name, takes = f"hard/{clip.name}", HARD_TAKES[clip.engine]
    group = "hard" if clip.engine == "kokoro" else "programs"
    return lambda: book.add_other(store.get(name, takes, scene).rows, group)


def _track(
    store: FeatureStore,
    book: LookBook,
    name: str,
    group: str,
    sound: Callable[[np.random.Generator], Pcm],
) -> Callable[[], None]:
    def scene(rng: np.random.Generator, _: int) -> Scene:
        return Scene(sound(rng), 0, 0)

    return lambda: book.add_other(store.get(name, 1, scene).rows, group)


def to_float(pcm: Pcm) -> Sound:
    """Samples within ±1."""
    return np.asarray(pcm / np.float32(32768), np.float32)


def enrolled_clips(folder: Path | None) -> Iterator[tuple[str, Sound]]:
    """Recordings of people: `folder`/KEYWORD/*.wav; nothing where there is no folder.

    Raises:
        OSError, av.error.FFmpegError: a file is no sound.
    """
    for path in sorted(folder.glob("*/*.wav")) if folder else ():
        yield path.parent.name, to_float(to_pcm(read_sound(path)))


def _name(kind: str, sound: Sound, number: int) -> str:
    return f"{kind}/{number}/{sha256(sound.tobytes()).hexdigest()}"


def _is_kept(clip: Wanted) -> bool:
    return int(clip.name[:8], 16) % _DEVELOP_EVERY == 0


def _counted(
    tasks: list[Callable[[], None]],
) -> Iterator[tuple[Callable[[], None], int, int]]:
    for number, task in enumerate(tasks, start=1):
        yield task, number, len(tasks)
