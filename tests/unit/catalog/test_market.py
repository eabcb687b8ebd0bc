"""The rules of each market are whole and cited; a merchant's file changes what it may."""

import tomllib

import pytest

from node.catalog.lint import lint
from node.catalog.market import FOLDER, MARKETS, MarketRules, read_rules, rules_of
from node.graphics.label import TEXT_SHARE


def own(tmp_path, text, market="CN"):
    path = tmp_path / "my_rules.toml"
    path.write_text(text, encoding="utf-8")
    return read_rules(market, path)


def faults(tmp_path, text):
    found = own(tmp_path, text)
    assert not isinstance(found, MarketRules)
    return [f"{one.place}: {one.code}: {one.message}" for one in found]


@pytest.mark.parametrize("market", MARKETS)
def test_every_rule_of_a_market_names_its_source(market):
    rules = rules_of(market)
    assert rules.market == market
    assert {"hard_words", "soft_words", "strike", "deadlines", "ai_label"} <= set(rules.rules())
    for rule in rules.rules().values():
        assert f"rule configured for market {market}, source: {rule.source}" in rules.cited(rule)


def test_there_is_one_file_for_each_market():
    assert {path.stem for path in FOLDER.glob("*.toml")} == {one.lower() for one in MARKETS}
    for path in FOLDER.glob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))["title"]


@pytest.mark.parametrize(
    ("market", "days"), [("CN", 7), ("EU", 30), ("UK", 30), ("US", 30), ("SEA", 30)]
)
def test_a_market_says_how_many_days_a_strike_looks_back(market, days):
    assert rules_of(market).strike.days == days


def test_what_is_to_be_checked_says_so():
    rules = rules_of("CN")
    assert rules.cited(rules.strike).endswith("; to be checked")
    assert not rules.cited(rules.hard_words).endswith("to be checked")


@pytest.mark.parametrize("market", MARKETS)
def test_the_ai_label_is_drawn_as_high_as_the_rule_says(market):
    assert rules_of(market).ai_label.least_percent == TEXT_SHARE * 100


def test_a_merchant_adds_and_removes_words_by_a_source_of_his_own(tmp_path):
    rules = own(
        tmp_path,
        '[hard_words]\nadd = ["祖传"]\nsource = "our counsel"\n'
        '[soft_words]\nremove = ["首选"]\nsource = "our counsel"\n',
    )
    assert lint("祖传的茶", rules).hard == ("祖传",)
    assert lint("顶级的茶", rules).hard == ("顶级",)
    assert lint("首选的茶", rules).soft == ()
    assert rules.is_changed()
    assert rules.cited(rules.hard_words) == (
        "rule configured for market CN by my_rules.toml, source: our counsel; to be checked"
    )
    assert rules.strike == rules_of("CN").strike


def test_a_merchant_may_look_back_further(tmp_path):
    rules = own(tmp_path, '[strike]\ndays = 30\nsource = "house rule"\nchecked = true\n')
    assert rules.strike.days == 30
    assert rules.cited(rules.strike).endswith("source: house rule")


def test_nothing_of_a_file_leaks_into_the_markets_own_rules(tmp_path):
    before = rules_of("CN")
    own(tmp_path, '[hard_words]\nadd = ["祖传"]\nsource = "our counsel"\n')
    assert rules_of("CN") == before
    assert lint("祖传").hard == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[hard_words]\nadd = []\n", "hard_words.source: E53: missing: whose rule is it?"),
        ('[strike]\ndays = 3\nsource = "x"\n', "strike.days = 3: E53: expected one of 7, 30"),
        ('[ai_label]\nsource = "x"\n', "ai_label: E53: cannot be changed, only hard_words"),
        ("strike = 7\n", "strike: E53: expected a table"),
        (
            '[soft_words]\nremove = ["茶"]\nsource = "x"\n',
            "soft_words.remove = '茶': E53: not among the words",
        ),
        ('[soft_words]\nadd = "茶"\nsource = "x"\n', "soft_words.add: E53: expected an array"),
        ('[soft_words]\nadd = [1]\nsource = "x"\n', "soft_words.words"),
        ('[hard_words]\nby = "me"\nsource = "x"\n', "hard_words.by: E53: unknown key"),
        ("[strike\n", "line 1"),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(tmp_path, text, told):
    assert any(fault.startswith(told) for fault in faults(tmp_path, text))
