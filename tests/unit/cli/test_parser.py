"""Words to arguments; help in both languages; wrong usage is exit 2."""

import argparse
import string

import pytest

from node.__main__ import main
from node.cli.parser import build
from node.cli.texts import LOCALES, Texts, choose_locale, load
from node.cli.words import span_s

VERBS = [
    *("run", "demo", "check", "doctor", "take", "card", "layout", "skip", "status", "verify"),
    *("volume", "camera", "identify", "claim", "hear", "update"),
    *("rehearse", "compile", "sheet", "schema", "new"),
    "version",
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("lang", LOCALES)
def test_every_verb_has_help_with_examples(capsys, verb, lang):
    with pytest.raises(SystemExit, match="0"):
        main([verb, "--help", "--lang", lang])
    shown = capsys.readouterr().out
    assert f"livesell {verb}" in shown
    assert verb == "version" or {"en": "example", "zh": "示例"}[lang] in shown


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["take"],
        ["take", "--url"],
        ["card"],
        ["card", "show"],
        ["layout", "round"],
        ["volume"],
        ["camera"],
        ["camera", "open"],
        ["volume", "101"],
        ["volume", "-1"],
        ["volume", "0050"],
        ["volume", "loud"],
        ["check"],
        ["verify"],
        ["hear"],
        ["hear", "a.wav", "--listen"],
        ["hear", "a.wav", "--locale", "fr"],
        ["verify", "x.jsonl", "--head", "abc"],
        ["status", "--json", "--watch"],
        ["demo", "--port", "65536"],
        ["demo", "--port", "-1"],
        ["demo", "--seconds", "0"],
        ["demo", "--size", "3x3"],
        ["demo", "--head"],
        ["take", "ep1", "--lang", "fr"],
        ["run", "node.toml"],
    ],
)
def test_wrong_usage_is_exit_2(capsys, words):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "seconds"), [("30", 30), ("30s", 30), ("1.5m", 90), ("2h", 7200), ("0.5", 0.5)]
)
def test_a_span_is_read(word, seconds):
    assert span_s(load("en"), word) == seconds


@pytest.mark.parametrize("word", ["", "s", "-1", "0", "nan", "inf", "1d", "1 fortnight", "1e999"])
def test_what_is_no_span_is_refused(word):
    with pytest.raises(argparse.ArgumentTypeError, match="no span"):
        span_s(load("en"), word)


@pytest.mark.parametrize(
    ("argv", "environ", "locale"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        (["status", "--lang", "zh"], {}, "zh"),
        (["--lang=en", "status"], {"LANG": "zh_TW"}, "en"),
        (["status", "--lang"], {"LANG": "zh_CN"}, "zh"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_systems(argv, environ, locale):
    assert choose_locale(argv, environ) == locale


def facts(texts: Texts) -> dict[str, set[str]]:
    return {
        key: {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for key, text in texts._by_key.items()
        if not key.endswith(("examples", "about"))
    }


def test_both_languages_have_the_same_texts_with_the_same_facts():
    english, chinese = load("en"), load("zh")
    assert sorted(english._by_key) == sorted(chinese._by_key)
    assert facts(english) == facts(chinese)


def test_no_help_text_has_a_percent_sign_that_argparse_would_read():
    for locale in LOCALES:
        assert not [key for key, text in load(locale)._by_key.items() if "%" in text]
        build(load(locale)).format_help()


def test_version_is_one_line(capsys):
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("livesell ")
