"""A persona's file: read whole, or every fault of it told with its place."""

from pathlib import Path

import pytest

from node.catalog.persona import TIDAL, read_persona

WHOLE = """\
name = { zh = "灯姐", en = "Lumen" }
greeting = { zh = "你好,我是 AI 助手灯姐。", en = "Hello, I'm Lumen, an AI assistant." }
wake_word = { zh = "灯姐灯姐", en = "hey lumen" }
voice = { zh = "cmn", en = "en-us" }
intents = "ask.toml"
replies = "say.toml"
"""
SAY = """\
[price]
badge = { zh = "现在只要{price}哦。" }
"""
ASK = """\
[price]
zh = ["多少钱", "最低多少"]
en = ["how much"]
[stock]
zh = ["有吗"]
en = ["any"]
"""


@pytest.fixture
def booth(tmp_path: Path):
    def write(old: str = "", new: str = "", *, ask: str = ASK, say: str = SAY):
        (tmp_path / "persona.toml").write_text(WHOLE.replace(old, new, 1), encoding="utf-8")
        (tmp_path / "ask.toml").write_text(ask, encoding="utf-8")
        (tmp_path / "say.toml").write_text(say, encoding="utf-8")
        return read_persona(tmp_path / "persona.toml", ("zh", "en"))

    return write


def told(reading) -> list[str]:
    return [
        f"{Path(one.file).name}: {one.place.partition(' = ')[0]}: {one.code}"
        for one in reading.findings
    ]


def test_a_whole_file_is_who_speaks(booth):
    reading = booth()
    assert reading.findings == ()
    assert reading.persona.name == {"zh": "灯姐", "en": "Lumen"}
    assert reading.persona.voice == {"zh": "cmn", "en": "en-us"}
    assert reading.persona.intents["price"]["zh"] == ("多少钱", "最低多少")
    assert reading.persona.replies == {"zh": {"price.badge": "现在只要{price}哦。"}}


def test_without_a_voice_or_phrasings_the_nodes_own_are_used(booth):
    kept = booth('voice = { zh = "cmn", en = "en-us" }\nintents = "ask.toml"\n', "").persona
    assert (kept.voice, kept.intents) == (TIDAL.voice, {})


def test_the_shows_first_locale_comes_first_whatever_the_files_order(booth):
    reading = booth('{ zh = "灯姐", en = "Lumen" }', '{ en = "Lumen", zh = "灯姐" }')
    assert list(reading.persona.name) == ["zh", "en"]


def test_the_nodes_own_persona_stands_the_rules_of_its_kind(tmp_path):
    lines = [
        f'{key} = {{ zh = "{text["zh"]}", en = "{text["en"]}" }}'
        for key, text in (("name", TIDAL.name), ("greeting", TIDAL.greeting),
                          ("wake_word", TIDAL.wake_word), ("voice", TIDAL.voice))
    ]  # fmt: skip
    (tmp_path / "own.toml").write_text("\n".join(lines), encoding="utf-8")
    reading = read_persona(tmp_path / "own.toml", ("zh", "en"))
    assert (reading.findings, reading.persona) == ((), TIDAL)


FAULTS = {
    "no name": ('name = { zh = "灯姐", en = "Lumen" }\n', "", ["persona.toml: file: E11"]),
    "a missing locale": (', en = "hey lumen"', "", ["persona.toml: wake_word.en: E12"]),
    "a hard word": ("我是 AI 助手", "全网第一的 AI", ["persona.toml: greeting.zh: E20"]),
    "a wrong type": ('voice = { zh = "cmn", en = "en-us" }', "voice = 3",
                     ["persona.toml: voice: E53"]),
    "an unknown key": ("voice =", "voize =", ["persona.toml: voize: E53"]),
    "phrasings that are not there": ("ask.toml", "asks.toml", ["persona.toml: intents: E50"]),
    "phrasings elsewhere": ("ask.toml", "../ask.toml", ["persona.toml: intents: E50"]),
    "no TOML": ("name =", "name", ["persona.toml: line 1, column 6: E01"]),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "faults"), FAULTS.values(), ids=FAULTS)
def test_every_fault_has_its_place(booth, old, new, faults):
    reading = booth(old, new)
    assert (told(reading), reading.persona) == (faults, None)


def test_a_greeting_too_long_to_speak_is_shown_and_does_not_refuse(booth):
    reading = booth("你好,我是 AI 助手灯姐。", "你好" * 40)
    assert told(reading) == ["persona.toml: greeting.zh: W16"]
    assert reading.persona is not None


PHRASES = {
    "a phrase of two intents": ('"有吗"', '"多少钱"', ["ask.toml: stock.zh[0]: E02"]),
    "no phrasing in a locale": ('en = ["any"]\n', "", ["ask.toml: stock.en: E12"]),
    "an unknown intent": ("[stock]", "[stok]", ["ask.toml: stok: E53"]),
    "no array": ('["any"]', '"any"', ["ask.toml: stock.en: E53"]),
}


@pytest.mark.parametrize(("old", "new", "faults"), PHRASES.values(), ids=PHRASES)
def test_every_fault_of_the_phrasings_has_its_place(booth, old, new, faults):
    reading = booth(ask=ASK.replace(old, new))
    assert (sorted(told(reading)), reading.persona) == (faults, None)


def test_a_fault_of_its_sentences_refuses_it(booth):
    reading = booth(say=SAY.replace("{price}", "{cost}"))
    assert (told(reading), reading.persona) == (["say.toml: price.badge.zh: E53"], None)
    gone = booth('"say.toml"', '"gone.toml"')
    assert told(gone) == ["persona.toml: replies: E50"]
