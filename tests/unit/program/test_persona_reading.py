"""The persona that a rundown names: part of the day, of its hash, and judged with it."""

import pytest

from node.catalog.persona import TIDAL
from tests.fakes.booth import Booth

NAMED = ("catalog  =", 'persona = "who.toml"\ncatalog  =')
WHO = """\
name = { en = "Lumen", zh = "灯姐" }
greeting = { zh = "你好", en = "Hello" }
wake_word = { zh = "灯姐灯姐", en = "hey lumen" }
"""


@pytest.fixture
def booth(tmp_path):
    return Booth(tmp_path)


def test_without_the_key_the_nodes_own_speaks(booth):
    assert booth.read().rundown.persona == TIDAL


def test_a_named_persona_belongs_to_the_day_and_its_hash(booth):
    before = booth.read().rundown.sha256
    booth.change(*NAMED)
    (booth.folder / "who.toml").write_text(WHO, encoding="utf-8")
    day = booth.read().rundown
    assert list(day.persona.name.items()) == [("zh", "灯姐"), ("en", "Lumen")]
    assert day.sha256 != before
    (booth.folder / "who.toml").write_text(WHO.replace("Hello", "Hi"), encoding="utf-8")
    assert booth.read().rundown.sha256 not in (before, day.sha256)


def test_a_persona_with_an_error_refuses_the_day_and_names_its_own_file(booth):
    booth.change(*NAMED)
    (booth.folder / "who.toml").write_text(WHO.replace("你好", "全网第一"), encoding="utf-8")
    reading = booth.read()
    [finding] = reading.findings
    assert (reading.rundown, finding.code) == (None, "E20")
    assert str(finding).startswith(f"{booth.folder / 'who.toml'}: greeting.zh = '全网第一': E20: ")


@pytest.mark.parametrize("name", ["gone.toml", "../who.toml", "/etc/hostname"])
def test_a_persona_that_is_not_beside_the_day_is_refused(booth, name):
    booth.change(NAMED[0], NAMED[1].replace("who.toml", name))
    assert booth.faults() == [f"persona = '{name}': E50"]


@pytest.mark.parametrize("tag", ["cn", "english", "ZH", "zh-"])
def test_an_unknown_locale_is_told_with_what_is_expected(booth, tag):
    booth.change('locales  = ["zh", "en"]', f'locales  = ["zh", "en", "{tag}"]')
    found = [str(one) for one in booth.read().findings if "locales" in one.place]
    assert len(found) == 1
    assert f"locales[2] = '{tag}': E53: unknown locale: expected a language as in zh" in found[0]


def test_texts_come_in_the_order_of_the_locales_whatever_the_files_order(booth):
    booth.change('locales  = ["zh", "en"]', 'locales  = ["en", "zh"]')
    reading = booth.read()
    assert list(reading.rundown.title) == ["en", "zh"]
    titles = [list(one.title) for one in reading.catalog.products.values()]
    assert titles == [["en", "zh"]] * len(titles)
