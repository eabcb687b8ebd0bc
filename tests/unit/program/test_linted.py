"""Every text that a day and its catalog hold is searched for the market's words."""

import copy
from dataclasses import fields, is_dataclass
from typing import get_type_hints

import pytest

from node.catalog import draft as catalog_draft
from node.catalog import reading as catalog_reading
from node.catalog.texts import Text
from node.program import draft as day_draft
from node.program import reading as day_reading
from node.program import segment_draft
from node.tables import Table, read_table
from tests.fakes.booth import full_booth

LINTED_TEXTS = {
    "RundownDraft.title",
    "SegmentDraft.title",
    "SegmentDraft.text",
    "SegmentDraft.ai_label",
    "CueDraft.text",
    "ProductDraft.texts",
    "SellerDraft.texts",
}
LINTED_LINES = {"SellerDraft.licence", "SellerDraft.contact"}
UNSEEN = {
    "RundownDraft": {"texts", "locales"},
    "SegmentDraft": {"id", "kind", "asset", "source", "out", "next", "on_lost", "on_busy"},
    "CueDraft": {"id", "do", "product", "offer", "segment", "beat"},
    "GateDraft": {"key", "conditions", "otherwise"},
    "BlockDraft": {"play", "experiment", "speaker"},
    "ExperimentDraft": {"id", "unit", "variants"},
    "OutputDraft": {"id", "kinds", "overlay", "sent", "other"},
    "CatalogDraft": {"format", "currency"},
    "ProductDraft": {"id", "gtin", "image", "ask"},  # `ask` is what visitors say, never shown
    "RefPriceDraft": {"basis"},
    "PricesDraft": {"amounts"},
    "OfferDraft": {"id", "product"},
}
"""Names, numbers and words of the format: no sentence of the merchant's."""


def drafts():
    """Every class of a file as its author left it."""
    for module in (day_draft, segment_draft, catalog_draft):
        for value in vars(module).values():
            is_own = getattr(value, "__module__", "") == module.__name__
            if is_own and is_dataclass(value) and value.__name__.endswith("Draft"):
                yield value


def test_every_field_that_can_hold_words_is_searched_or_never_seen():
    undecided = set()
    for kind in drafts():
        hints = get_type_hints(kind, vars(__import__(kind.__module__, fromlist=["*"])))
        for one in fields(kind):
            place = f"{kind.__name__}.{one.name}"
            is_text = str(hints[one.name]).count("str") or Text.__name__ in str(hints[one.name])
            named = UNSEEN.get(kind.__name__, set())
            if is_text and place not in LINTED_TEXTS | LINTED_LINES and one.name not in named:
                undecided.add(place)
    known = {"CatalogDraft.products", "CatalogDraft.offers", "RundownDraft.by_id",
             "RundownDraft.experiments", "RundownDraft.outputs"}  # fmt: skip
    assert undecided - known == set()


SELLER = {
    "name": {"zh": "灯塔商行", "en": "Lighthouse"},
    "address": {"zh": "三号码头", "en": "Pier 3"},
    "licence": "91440000",
    "contact": "+86 20 1234",
}


@pytest.fixture
def files(tmp_path):
    """The day that uses everything, with the texts that it lacks, as entries to be changed."""
    booth = full_booth(tmp_path)
    day, at_day = read_table(booth.day)
    catalog, at_catalog = read_table(tmp_path / "catalog.toml")
    day, catalog = copy.deepcopy(dict(day.entries)), copy.deepcopy(dict(catalog.entries))
    catalog["seller"] = SELLER
    for product in catalog["product"].values():
        for key in ("badge", "measure", "size", "material", "origin", "returns", "delivery"):
            product.setdefault(key, {"zh": "甲", "en": "a"})
        product.setdefault("colour", {"zh": ["甲"], "en": ["a"]})
    return {"day": (day, at_day), "catalog": (catalog, at_catalog)}


def texts_of(entries, path=()):
    """The path of each `{ zh = … }`, at any depth."""
    pairs = entries.items() if isinstance(entries, dict) else enumerate(entries)
    for key, value in pairs:
        if isinstance(value, dict) and "zh" in value:
            yield (*path, key)
        elif isinstance(value, dict | list):
            yield from texts_of(value, (*path, key))


def judged(which, entries, source):
    table = Table(entries, file=f"{which}.toml", place="", faults=[])
    if which == "day":
        return day_reading.judge_entries(table, source).findings
    return catalog_reading.judge_entries(table, source, ("zh", "en")).findings


@pytest.mark.parametrize("which", ["day", "catalog"])
def test_a_hard_word_in_any_text_is_refused(files, which):
    entries, source = files[which]
    paths = list(texts_of(entries))
    assert len(paths) > 15
    for path in paths:
        changed = copy.deepcopy(entries)
        inner = changed
        for key in path:
            inner = inner[key]
        inner["zh"] = ["全 網第一"] if isinstance(inner["zh"], list) else "全 網第一"
        found = [one for one in judged(which, changed, source) if one.code == "E20"]
        assert len(found) == 1, path
        assert found[0].place.split(" = ")[0].endswith(f"{path[-1]}.zh")


@pytest.mark.parametrize("key", ["licence", "contact"])
def test_a_hard_word_in_a_line_of_the_seller_is_refused(files, key):
    entries, source = files["catalog"]
    entries["seller"] = SELLER | {key: "顶级"}
    (found,) = [one for one in judged("catalog", entries, source) if one.code == "E20"]
    assert found.place.startswith(f"seller.{key}")


def test_a_claim_with_evidence_is_no_word_to_warn_of(files):
    entries, source = files["catalog"]
    product = next(iter(entries["product"].values()))
    product["badge"] = {"zh": "最便宜", "en": "Cheapest", "evidence": "survey.pdf"}
    assert [one for one in judged("catalog", entries, source) if one.code == "W21"] == []
    del product["badge"]["evidence"]
    assert len([one for one in judged("catalog", entries, source) if one.code == "W21"]) == 2


def test_a_merchants_rules_count_in_the_day_and_in_its_catalog(tmp_path):
    booth = full_booth(tmp_path)
    (tmp_path / "my_rules.toml").write_text(
        '[hard_words]\nadd = ["灯"]\nsource = "our counsel"\n', encoding="utf-8"
    )
    booth.change("market ", 'rules    = "my_rules.toml"\nmarket ')
    found = [one for one in booth.read().findings if one.code == "E20"]
    assert {one.file.rpartition("/")[2] for one in found} == {"day.toml", "catalog.toml"}
    assert all("by my_rules.toml, source: our counsel" in one.message for one in found)


def test_rules_that_change_nothing_shown_change_the_wire_form(tmp_path):
    booth = full_booth(tmp_path)
    before = booth.read().rundown
    (tmp_path / "my_rules.toml").write_text(
        '[hard_words]\nadd = ["祖传"]\nsource = "our counsel"\n', encoding="utf-8"
    )
    booth.change("market ", 'rules    = "my_rules.toml"\nmarket ')
    after = booth.read().rundown
    assert after.rules.hard_words.by == "my_rules.toml"
    assert after.sha256 != before.sha256


@pytest.mark.parametrize(
    ("name", "told"),
    [("absent.toml", "rules = 'absent.toml': E50"), ("/etc/passwd", "rules = '/etc/passwd': E50")],
)
def test_rules_that_are_not_there_refuse_the_day(tmp_path, name, told):
    booth = full_booth(tmp_path)
    booth.change("market ", f'rules    = "{name}"\nmarket ')
    assert told in booth.faults()


def test_a_fault_of_the_merchants_rules_stands_at_its_own_file(tmp_path):
    booth = full_booth(tmp_path)
    (tmp_path / "my_rules.toml").write_text("[strike]\ndays = 3\n", encoding="utf-8")
    booth.change("market ", 'rules    = "my_rules.toml"\nmarket ')
    found = [str(one) for one in booth.read().findings if one.code == "E53"]
    assert any(one.startswith(f"{tmp_path}/my_rules.toml: strike.days = 3: E53") for one in found)


def test_an_unknown_market_is_told_with_the_list(tmp_path):
    booth = full_booth(tmp_path)
    booth.change('"CN"', '"cnn"')
    (found,) = [one for one in booth.read().findings if one.place.startswith("market")]
    assert found.message == (
        "unknown market (did you mean CN?), expected one of CN, EU, UK, US, SEA"
    )
