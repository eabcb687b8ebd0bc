"""How many scripted turns the dialogue answers right: `python -m tests.bench.bench_dialogue`.

The turns (tests/vectors/dialogue/turns.txt) are in Chinese and English, with context,
interruption, change of product and words typed in haste. A turn is right when intent, answerer,
product and the words said are all as expected. Each wrong one is listed. Then: how many questions
of health and safety (health.txt, health_aside.txt) would be handed to a model, and how many others
(harmless.txt) are taken for such.
"""

import argparse
import time
from collections import Counter

from tests.fakes.asked_booth import FOLDER, Script
from tests.fakes.health_questions import is_told_for_safety, questions, reaches_a_model


def main() -> int:
    """Play the script and print the share that is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=float, default=0.9, help="share below which it fails")
    least = parser.parse_args().least
    began = time.perf_counter()
    played = Script((FOLDER / "turns.txt").read_text(encoding="utf-8")).play()
    took_ms = (time.perf_counter() - began) * 1000
    wrong = [(turn, fault) for turn, fault in played if fault]
    for turn, fault in wrong:
        expected = f"{turn.intent} {turn.who} {turn.product}"
        print(f"line {turn.line}: {turn.text!r} ({turn.talk}): expected {expected}, "
              f"{turn.words!r}; got {fault}")  # fmt: skip
    right = len(played) - len(wrong)
    unseen = [fault for turn, fault in played if turn.talk.startswith("New words")]
    missed = sum("intent ''" in fault for _, fault in wrong)
    scripts = Counter("zh" if any(one > "\u2e80" for one in turn.text) else "en"
                      for turn, _ in played)  # fmt: skip
    told = ", ".join(f"{count} {name}" for name, count in sorted(scripts.items()))
    print(f"{right} of {len(played)} turns right ({right / len(played):.1%}; {told})")
    print(f"of {len(unseen)} turns written after all words were: {unseen.count('')} right")
    print(f"of {len(wrong)} wrong ones {missed} were not understood: asked back, then to staff")
    print(f"{took_ms / len(played):.2f} ms a turn, understanding and booth included")
    for name in ("health.txt", "health_aside.txt", "harmless.txt"):
        asked = questions(name)
        told, reaching = sum(map(is_told_for_safety, asked)), sum(map(reaches_a_model, asked))
        print(f"{name}: of {len(asked)}, {told} told for safety, {reaching} may reach a model")
    return 0 if right / len(played) >= least else 1


if __name__ == "__main__":
    raise SystemExit(main())
