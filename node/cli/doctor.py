"""livesell doctor: what this machine has, what is wrong with it, and the cure."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from node.board.identity import VERSION
from node.cli import (
    examine,
    examine_board,
    examine_camera,
    examine_ear,
    examine_panel,
    examine_sound,
)
from node.cli.texts import Texts, load
from node.cli.verdict import Level, Verdict
from node.config import Config
from node.errors import ConfigError

Check = Callable[[Config], Verdict]

ALL_CHECKS: tuple[Check, ...] = (
    examine.python,
    examine_board.machine,
    examine.encoder,
    examine_board.hardware_encoder,
    examine_camera.camera,
    examine_sound.microphone,
    examine_sound.speaker,
    examine_sound.echo,
    examine_ear.ear,
    examine_board.gpio,
    examine_panel.panel,
    examine.broker,
    examine_board.clock,
    examine_board.disk,
    examine_board.heat,
    examine.assets,
    examine.seller,
    examine.fonts,
    examine.browser,
    examine.port,
)
SELF_TEST: tuple[Check, ...] = (
    examine_board.machine,
    examine.encoder,
    examine_camera.camera,
    examine.assets,
    examine.fonts,
    examine_board.disk,
    examine_board.clock,
    examine.broker,
)
"""What the demo tells before it goes on air: only what costs no time to know."""

HUES: dict[Level, int] = {"ok": 32, "warn": 33, "fail": 31, "absent": 2}


def doctor(path: Path | None, texts: Texts, *, as_json: bool) -> int:
    """Print every verdict; 1 if one is "fail". Raises `ConfigError` for a wrong configuration."""
    if path is not None and path.exists() and not os.access(path, os.R_OK):
        raise ConfigError([texts("doctor.unreadable", path=path)])
    verdicts = [check(_config(path)) for check in ALL_CHECKS]
    if as_json:
        print(json.dumps(_for_machines(verdicts), ensure_ascii=False, indent=1, default=str))
    else:
        print(texts("doctor.head", version=VERSION))
        print("\n".join(report(verdicts, texts, sys.stdout)))
    return int(any(verdict.level == "fail" for verdict in verdicts))


def self_test(config: Config, texts: Texts, out: TextIO) -> None:
    """Print the short report that the demo begins with."""
    print(texts("demo.self_test", version=VERSION), file=out, flush=True)
    for check in SELF_TEST:
        print("\n".join(report([check(config)], texts, out)), file=out, flush=True)


def report(verdicts: Sequence[Verdict], texts: Texts, out: TextIO) -> Iterator[str]:
    """Lines for people: level, part, how it is; below it the cure."""
    is_colour = out.isatty() and "NO_COLOR" not in os.environ
    for verdict in verdicts:
        level = _padded(texts(f"doctor.level.{verdict.level}"), 7)
        if is_colour:
            level = f"\x1b[{HUES[verdict.level]}m{level}\x1b[0m"
        name = _padded(texts(f"doctor.{verdict.part}.name"), 17)
        yield f"  {level} {name} {verdict.message(texts)}"
        if cure := verdict.cure(texts):
            yield f"  {' ' * 25} → {cure}"


def _config(path: Path | None) -> Config:
    from node.cli.demo import DemoOptions, demo_config  # noqa: PLC0415  # the demo tests itself
    from node.config import load as load_config  # noqa: PLC0415

    return load_config(path) if path is not None else demo_config(DemoOptions())


def _for_machines(verdicts: Sequence[Verdict]) -> dict[str, object]:
    english = load("en")
    return {
        "version": VERSION,
        "ok": all(verdict.level != "fail" for verdict in verdicts),
        "verdicts": [
            {
                "part": verdict.part,
                "level": verdict.level,
                "code": verdict.code,
                "message": verdict.message(english),
                "cure": verdict.cure(english),
                "facts": dict(verdict.facts),
            }
            for verdict in verdicts
        ],
    }


def _padded(text: str, cells: int) -> str:
    wide = sum(ord(one) >= 0x1100 for one in text)  # noqa: PLR2004  # first of the wide scripts
    return text + " " * (cells - len(text) - wide)
