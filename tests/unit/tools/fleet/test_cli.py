"""The command line: its grammar, its words, its output."""

import json
import tomllib
from pathlib import Path

import msgspec
import pytest

from node.control.orders import KINDS
from tools.fleet.__main__ import main
from tools.fleet.cli import exits
from tools.fleet.cli.order import wanted
from tools.fleet.cli.output import Column, table, yaml
from tools.fleet.cli.parser import build, span_s
from tools.fleet.cli.texts import load, reason

PAGE = Path(exits.__file__).parents[1] / "page"
VERBS = (
    *("init", "serve", "ls", "describe", "watch", "logs", "ack", "audit", "decode", "version"),
    *("cue", "take", "card", "live", "set", "say", "snapshot", "identify", "reboot", "rebirth"),
    *("apply", "assets", "push", "rollout", "claim", "tag", "wipe", "token"),
)


def keys(table_: dict[str, object], above: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in table_.items():
        found |= keys(value, f"{above}{key}.") if isinstance(value, dict) else {above + key}
    return found


def test_both_languages_have_the_same_words():
    folder = Path(exits.__file__).parent / "locales"
    en, zh = (tomllib.loads((folder / f"{one}.toml").read_text()) for one in ("en", "zh"))
    assert keys(en) == keys(zh)
    en, zh = (json.loads((PAGE / f"locales/{one}.json").read_text()) for one in ("en", "zh"))
    assert set(en) == set(zh)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, language: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--lang", language, "--help"])
    assert ended.value.code == 0
    assert "usage: fleet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "seconds"), [("+1s", 1.0), ("500ms", 0.5), ("30m", 1800.0), ("2", 2.0), ("1h", 3600.0)]
)
def test_a_span_is_read(word: str, seconds: float):
    assert span_s(word) == seconds


def test_a_selector_stands_before_or_after_its_options():
    args = build(load("en")).parse_args(["card", "show", "bag", "n0001", "-l", "site=sz"])
    assert (args.product, args.nodes, args.labels) == ("bag", ["n0001"], "site=sz")


def test_a_table_is_aligned_in_both_scripts():
    rows = [{"a": "展位", "b": 1}, {"a": "x", "b": None}]
    assert list(table(rows, [Column("节点", "a"), Column("N", "b")])) == [
        "节点  N",
        "展位  1",
        "x     -",
    ]


def test_yaml_says_what_json_says():
    value = {"v": 1, "a": [{"x": "yes", "y": [1, 2]}, "plain words"], "e": {}, "s": "a: b"}
    assert "\n".join(yaml(value)) == (
        'v: 1\na:\n  - x: "yes"\n    y:\n      - 1\n      - 2\n  - plain words\ne: {}\ns: "a: b"'
    )


@pytest.mark.parametrize(
    ("counts", "open_", "code"),
    [
        ({"done": 3}, 0, exits.DONE),
        ({"done": 2, "failed": 1}, 0, exits.FAILED),
        ({"done": 2, "timed_out": 1}, 0, exits.LATE),
        ({"done": 2, "sent": 1}, 1, exits.LATE),
        ({"timed_out": 1, "offline": 1}, 0, exits.FAILED),
    ],
)
def test_an_exit_code_says_how_an_action_ended(counts: dict[str, int], open_: int, code: int):
    assert exits.of_counts(counts, open_) == code


def test_a_controller_that_is_not_there_is_exit_1(capsys: pytest.CaptureFixture[str]):
    assert main(["ls", "--server", "http://127.0.0.1:9"]) == exits.BROKEN
    said = capsys.readouterr()
    assert said.out == ""
    assert "127.0.0.1:9" in said.err


def test_a_message_is_decoded(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "m"
    file.write_bytes(b"eyJhbGciOiJFZERTQSJ9.eyJ2IjoxfQ.c2ln\n")
    assert main(["decode", str(file)]) == exits.DONE
    assert json.loads(capsys.readouterr().out) == {"header": {"alg": "EdDSA"}, "payload": {"v": 1}}
    file.write_bytes(b"nothing")
    assert main(["decode", str(file)]) == exits.USAGE


def test_a_code_without_words_stands_for_itself():
    assert reason(load("en"), "busy") == "busy"
    assert reason(load("zh"), "asset_missing") == "缺文件"
    assert reason(load("zh"), "brand_new") == "brand_new"


@pytest.mark.parametrize(("words", "type_", "data"), [
    (["reboot", "n0001"], "sys.reboot", {"what": "node", "force": False}),
    (["reboot", "n0001", "--machine", "--force"], "sys.reboot", {"what": "machine", "force": True}),
    (["identify", "n0001"], "sys.identify", {}),
    (["snapshot", "n0001"], "snapshot", {}),
    (["rebirth", "n0001"], "rebirth", {}),
    (["live", "stop", "--all", "--resume"], "live.stop", {"to": "resume"}),
    (["set", "volume=40", "--all"], "audio.set", {"volume": 40}),
])  # fmt: skip
def test_the_words_of_a_verb_are_a_command_of_the_contract(words, type_, data):
    assert wanted(build(load("en")).parse_args(words)) == (type_, data)
    msgspec.convert(data, KINDS[type_].order)
