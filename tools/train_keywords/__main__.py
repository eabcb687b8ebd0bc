"""The command: python -m tools.train_keywords INVENTORY.toml --data DIR trains the booth's head."""

import argparse
import os
import sys
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from node.errors import AssetError
from node.voice.models import load_features, load_speech
from tools import kokoro
from tools.make_demo.script import films
from tools.make_streaming import original
from tools.train_keywords.bar import Bar
from tools.train_keywords.card import Made, card
from tools.train_keywords.course import DRAWN, Clock, Ears, Trained, judged, train, versions
from tools.train_keywords.det import curve, drawn
from tools.train_keywords.export import joined
from tools.train_keywords.gather import Material, enrolled_clips, gather
from tools.train_keywords.inventory import Inventory, InventoryError, Locale, load_inventory
from tools.train_keywords.long_front_end import long_embedding
from tools.train_keywords.material import drama, recordings
from tools.train_keywords.publish import publish
from tools.train_keywords.rules import judge
from tools.train_keywords.speech import Speakers, Wanted
from tools.train_keywords.voices import speak_all, spelling
from tools.train_keywords.wanted import (
    Amounts,
    by_kokoro,
    by_programs,
    for_tests,
    hard_for_tests,
    training_voices,
)
from tools.train_keywords.words import HardWords, hard_words

_ROOT = Path(__file__).parents[2]
_PHRASINGS = _ROOT / "node" / "voice" / "intents.toml"
_DEMO = _ROOT / "node" / "demo"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "livesell" / "kokoro"
"""Where the packaged voices lie."""
_LINE_S = 3.5
"""A line of the drama, its echo with it."""
_NICE = 10
_AMOUNTS = Amounts(
    takes={"zh": 45, "en": 40},
    lent={"zh": 14, "en": 4},
    hard={"zh": 2700, "en": 1600},
    hard_by_programs={"en": 4000, "zh": 300},
)
_TEST_HARD: dict[Locale, int] = {"zh": 40, "en": 20}
_EXAMPLES = """examples:
  python -m tools.train_keywords tools/train_keywords/inventory.toml --data ~/.cache/livesell/train
  python -m tools.train_keywords inventory.toml --data DIR --recordings voice-data --seed 2
  python -m tools.train_keywords inventory.toml --data DIR --enrolled staff --out trial
  python -m tools.train_keywords inventory.toml --data DIR --speak-only --part 1/2

needs: the group `train` (jax, onnx), Debian's flite and espeak-ng; the first run pip and npm
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train; returns 0, or 1 where something is missing or the inventory cannot be trained."""
    wish = _parser().parse_args(arguments)
    os.nice(_NICE)
    try:
        return _run(wish)
    except (InventoryError, AssetError, kokoro.KokoroError, OSError, ValueError) as fault:
        print(f"train_keywords: {fault}", file=sys.stderr)
        return 1


def _run(wish: argparse.Namespace) -> int:
    clock, bar = Clock(), Bar()
    inventory = load_inventory(wish.inventory, up_to_rank=wish.rank)
    if not _sound(inventory, wish):
        return 1
    speakers = Speakers(wish.data / "speech", wish.kokoro)
    wanted = wanted_clips(inventory, wish.kokoro)
    with clock.stage("speech"):
        speak_all(speakers, [] if wish.as_spoken else _part(wanted, wish.part), bar)
    if wish.speak_only:
        return 0
    material = gather(
        speakers,
        wanted,
        recordings(wish.recordings) if wish.recordings else (),
        drama(_DEMO, said_in_drama(inventory)),
        enrolled_clips(wish.enrolled),
    )
    ears, place = open_ears(), wish.data
    fitted = [path.read_bytes() for path in wish.fitted]
    file = (joined(fitted, "heads fitted before") if fitted else b"") or train(
        inventory,
        material,
        ears,
        place,
        seed=wish.seed,
        epochs=wish.epochs,
        members=wish.members,
        clock=clock,
        progress=bar,
    )
    trained = judged(
        file, inventory, material, ears, place, hours=wish.hours, clock=clock, progress=bar
    )
    _publish(trained, inventory, material, clock, wish)
    return 0


def open_ears() -> Ears:
    """The frozen models: front end, speech detector, and the embedding for long sound."""
    return Ears(load_features(), load_speech(), long_embedding(original()))


def _sound(inventory: Inventory, wish: argparse.Namespace) -> bool:
    """Whether the inventory can be trained; says what is wrong with it."""
    phrasings = msgspec.toml.decode(
        _PHRASINGS.read_bytes(), type=Mapping[str, Mapping[Locale, list[str]]]
    )
    verdict = judge(inventory.keywords, phrasings, spelling(wish.kokoro))
    for line in verdict.warned if wish.warnings else ():
        print(f"worth a test: {line}")
    for line in verdict.refused:
        print(f"refused: {line}", file=sys.stderr)
    print(
        f"{len(inventory.keywords)} keywords, {len(verdict.warned)} pairs worth a test (--warnings)"
    )
    return not verdict.refused


def wanted_clips(inventory: Inventory, cache: Path) -> list[Wanted]:
    """Every clip: quick ones, what tests need, then the long list."""
    parts = kokoro.fetch_parts(cache)
    texts = [keyword.text for keyword in inventory.keywords]
    packages = cache / "python"
    dictionary = packages / "jieba" / "dict.txt"
    pronouncing = packages / "misaki" / "data" / "us_gold.json"
    hard: dict[Locale, HardWords] = {
        "zh": hard_words("zh", texts, dictionary, spelling(cache)),
        "en": hard_words("en", texts, None, pronouncing=pronouncing),
    }
    voices = training_voices(kokoro.voice_names(parts), inventory)
    return [
        *by_programs(inventory, hard, _AMOUNTS, DRAWN),
        *for_tests(inventory, DRAWN),
        *hard_for_tests(inventory, hard, _TEST_HARD, DRAWN),
        *by_kokoro(inventory, hard, voices, _AMOUNTS, DRAWN),
    ]


def _part(wanted: Sequence[Wanted], part: str) -> list[Wanted]:
    """Share number `n` of `m`, "n/m"; what is said in one breath stays together."""
    number, whole = map(int, part.split("/"))
    return [
        one
        for one in wanted
        if zlib.crc32("|".join(one.breath or (one.name,)).encode()) % whole == number - 1
    ]


def said_in_drama(inventory: Inventory) -> tuple[tuple[str, float, float], ...]:
    """Where characters of the drama really say a keyword."""
    return tuple(
        (name, line.at, line.at + _LINE_S)
        for name, film in films().items()
        for line in film.lines
        if any(keyword.text in line.words for keyword in inventory.keywords)
    )


def _publish(
    trained: Trained,
    inventory: Inventory,
    material: Material,
    clock: Clock,
    wish: argparse.Namespace,
) -> None:
    spoken = [clip for clip, _ in material.clips]
    amounts = [
        ("keywords", str(len(inventory.keywords))),
        *(
            (f"clips, {role}, {engine}", str(count))
            for role in ("keyword", "hard", "test", "test_hard")
            for engine in ("kokoro", "flite", "espeak")
            if (count := sum(one.role == role and one.engine == engine for one in spoken))
        ),
        (
            "recordings of people: train, develop, test",
            ", ".join(str(len(material.recorded[split])) for split in ("train", "develop", "test")),
        ),
        ("isolated Mandarin words, measured only", str(len(material.isolated))),
        ("enrolled recordings", str(len(material.enrolled))),
    ]
    made = Made(
        wish.name,
        trained.head.sha256,
        wish.seed,
        _SOURCES,
        tuple(amounts),
        tuple(clock.seconds.items()),
        tuple(sha256(path.read_bytes()).hexdigest() for path in wish.fitted),
    )
    thresholds = {label.keyword: label.threshold for label in trained.head.labels}
    publish(
        wish.out, wish.name, trained.file, trained.head.labels, {"seed": wish.seed, **versions()}
    )
    (wish.out / f"{wish.name}.md").write_text(
        card(made, trained.figures, thresholds, inventory.held_out), "utf-8"
    )
    (wish.out / f"{wish.name}.svg").write_text(_det(trained), "utf-8")
    print(f"\n{wish.out / wish.name}.onnx, .toml, .md, .svg")


def _det(trained: Trained) -> str:
    false = [event.score for _, event in trained.plain.events]
    hours = sum(trained.plain.hours.values())
    return drawn(
        {
            place: curve(
                [trial.heard.score for trial in done if trial.is_right and trial.heard],
                len(done),
                false,
                hours,
            )
            for place, done in trained.figures.trials.items()
        }
    )


_SOURCES = (
    "Speech: Kokoro-82M v1.0 (weights and voices Apache-2.0, ONNX export MIT), flite (BSD-like); "
    "espeak-ng (GPL-3, run as a program) for a small share of hard words.",
    "People, as negatives only: DSPSpeech-20 (MIT); wake-word-benchmark and "
    "speech-to-intent-benchmark (Apache-2.0).",
    "Noise: Precise-Community-Data (public-domain waiver).",
    "Measured with, never learnt from: audio-cmn (CC-BY-SA), the benchmark's kitchen.",
    "The demo's own drama, without the lines in which a keyword is really said.",
    "The embedding underneath: see manifest.toml.",
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "train_keywords",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("inventory", type=Path, help="keywords by intent and language")
    parser.add_argument(
        "--data", type=Path, required=True, help="keeps speech and features; grows to some GB"
    )
    parser.add_argument(
        "--recordings", type=Path, help="human speech and noise with its manifest.csv"
    )
    parser.add_argument(
        "--enrolled", type=Path, help="FOLDER/KEYWORD/*.wav of people who consented"
    )
    parser.add_argument(
        "--out", type=Path, default=_ROOT / "models", help="where the head goes (models)"
    )
    parser.add_argument("--name", default="booth", help="of the head (booth)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the fits; all heads learn from the same clips (1)"
    )
    parser.add_argument("--epochs", type=int, default=6, help="of each fit (6)")
    parser.add_argument("--members", type=int, default=4, help="heads averaged into one (4)")
    parser.add_argument(
        "--fitted", type=Path, nargs="+", default=[], help="ONNX heads to calibrate and measure"
    )
    parser.add_argument("--rank", type=int, default=2, help="intents up to this rank (2)")
    parser.add_argument("--hours", type=float, default=10.0, help="of sound to calibrate on (10)")
    parser.add_argument("--kokoro", type=Path, default=CACHE, help=f"packaged voices ({CACHE})")
    parser.add_argument("--as-spoken", action="store_true", help="take the speech that is there")
    parser.add_argument("--speak-only", action="store_true", help="stop when all is spoken")
    parser.add_argument("--part", default="1/1", help="speak only this share of the list: 1/2, 2/2")
    parser.add_argument(
        "--warnings", action="store_true", help="tell pairs of keywords worth a test"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
