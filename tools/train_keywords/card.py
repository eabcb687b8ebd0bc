"""The model card of a head: what it learnt from, how it did, where it is weak."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tools.train_keywords.calibrate import Accepts
from tools.train_keywords.inventory import LOCALES, Keyword
from tools.train_keywords.measure import Trial, confusions, recall

_WEAK = 0.5
_CONFUSED = 12


@dataclass(frozen=True, slots=True)
class Made:
    """What a head was made of, in numbers and words for its card."""

    name: str
    sha256: str
    seed: int
    sources: tuple[str, ...]
    amounts: tuple[tuple[str, str], ...]
    durations: tuple[tuple[str, float], ...]
    fitted: tuple[str, ...] = ()
    """SHA-256 of the heads that were fitted before, where this run averaged such."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a head did: trials by place, false accepts on development and on test sound."""

    trials: dict[str, list[Trial]]
    develop: Accepts
    test: Accepts


def card(
    made: Made, figures: Figures, thresholds: dict[str, float], held_out: Sequence[str]
) -> str:
    """The card as Markdown."""
    return "\n".join(
        [
            f"# {made.name}: the head that spots the booth's keywords",
            "",
            "Made by `python -m tools.train_keywords`; figures below are what that run measured,",
            "streamed through the node's own hearing, thresholds fixed beforehand.",
            f"SHA-256 `{made.sha256}`, seed {made.seed}. Licence of this file: Apache-2.0.",
            *_fitted(made.fitted),
            "",
            "## Data",
            *(f"- {line}" for line in made.sources),
            "",
            "|What|How much|",
            "|-|-|",
            *(f"|{what}|{amount}|" for what, amount in made.amounts),
            "",
            "|Stage|Seconds (shared cores)|",
            "|-|-|",
            *(f"|{stage}|{seconds:.0f}|" for stage, seconds in made.durations),
            "",
            *_recall_by_place(figures, held_out),
            *_false_accepts(figures),
            *_by_intent(figures),
            *_by_keyword(figures, thresholds),
            *_confused(figures),
            *_limits(),
            "",
        ]
    )


def _fitted(digests: Sequence[str]) -> list[str]:
    if not digests:
        return []
    names = ", ".join(f"`{digest[:16]}`" for digest in digests)
    return [
        f"The mean of heads fitted by earlier runs: {names};",
        "each learnt from the part of the clips below that had been spoken by then.",
    ]


def _recall_by_place(figures: Figures, held_out: Sequence[str]) -> list[str]:
    lines = [
        "## Keywords understood",
        f"Synthetic voices that no training heard, not even blended: {', '.join(held_out)}.",
        "Real people will do worse; see the limits.",
        "",
        "|Place|"
        + "|".join(f"{locale}: understood / misunderstood, clips" for locale in LOCALES)
        + "|",
        "|-|-|-|",
    ]
    for place, done in figures.trials.items():
        cells = []
        for locale in LOCALES:
            found = recall([trial for trial in done if trial.keyword.locale == locale])
            cells.append(f"{found.right:.3f} / {found.wrong:.3f}, {found.count}")
        lines.append(f"|{place}|{'|'.join(cells)}|")
    return [*lines, ""]


def _false_accepts(figures: Figures) -> list[str]:
    lines = [
        "## False accepts",
        "All keywords together; hours are of sound, mixed anew from fewer minutes.",
        "",
    ]
    lines += ["|Kind|Development: hours, per hour|Test: hours, per hour|", "|-|-|-|"]
    kinds = [
        *figures.develop.hours,
        *(k for k in figures.test.hours if k not in figures.develop.hours),
    ]
    for kind in kinds:
        cells = [
            f"{found.hours[kind]:.2f}, {found.of(kind):.2f}" if kind in found.hours else ""
            for found in (figures.develop, figures.test)
        ]
        lines.append(f"|{kind}|{'|'.join(cells)}|")
    whole = [
        f"{sum(found.hours.values()):.2f}, {found.per_hour:.2f}"
        for found in (figures.develop, figures.test)
    ]
    return [*lines, f"|**all**|{'|'.join(whole)}|", ""]


def _by_intent(figures: Figures) -> list[str]:
    done = next(iter(figures.trials.values()), [])
    lines = ["## By intent", "|Intent|zh|en|", "|-|-|-|"]
    for intent in dict.fromkeys(trial.keyword.intent for trial in done):
        cells = []
        for locale in LOCALES:
            mine = [t for t in done if t.keyword.intent == intent and t.keyword.locale == locale]
            cells.append(f"{recall(mine).right:.2f}" if mine else "")
        lines.append(f"|{intent}|{'|'.join(cells)}|")
    return [*lines, ""]


def _by_keyword(figures: Figures, thresholds: dict[str, float]) -> list[str]:
    done = next(iter(figures.trials.values()), [])
    false = Counter(event.keyword for _, event in figures.test.events)
    hours = max(1e-9, sum(figures.test.hours.values()))
    lines = [
        "## By keyword",
        "|Keyword|Intent|Threshold|Understood|Misunderstood|False accepts an hour|",
        "|-|-|-|-|-|-|",
    ]
    keywords: dict[str, Keyword] = {trial.keyword.text: trial.keyword for trial in done}
    weak = []
    for text, keyword in keywords.items():
        found = recall([trial for trial in done if trial.keyword.text == text])
        if found.right < _WEAK:
            weak.append(text)
        lines.append(
            f"|{text}|{keyword.intent}|{thresholds[text]:.2f}|{found.right:.2f}"
            f"|{found.wrong:.2f}|{false[text] / hours:.2f}|"
        )
    return [*lines, "", f"Understood less than half the time: {', '.join(weak) or 'none'}.", ""]


def _confused(figures: Figures) -> list[str]:
    every = confusions([trial for done in figures.trials.values() for trial in done])
    lines = ["## Confused most", "|Said|Taken for|Times, all places|", "|-|-|-|"]
    lines += [f"|{said}|{taken}|{count}|" for (said, taken), count in every.most_common(_CONFUSED)]
    return [*lines, ""]


def _limits() -> list[str]:
    return [
        "## Limits",
        "- No human recording of these phrases was heard, neither in training nor in measuring.",
        "- Rooms, noise and distances are computed; no booth, no microphone was used.",
        "- The embedding carries little tone; words that differ by it alone are left out.",
        "- Words under three syllables (stop, continue) fire on other short words: the node counts",
        "  them only in their moment.",
    ]
