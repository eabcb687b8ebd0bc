"""compile, sheet, schema, new: what they write, and what they refuse."""

import hashlib
import json
import re

import pytest

from node.__main__ import main
from node.catalog.draft import draft_catalog
from node.cli.sheet import as_text
from node.cli.sheet_tables import Sheet
from node.cli.texts import load
from node.findings import has_errors
from node.program.draft import draft_rundown
from node.program.reading import read_rundown
from node.program.schema import catalog_schema, rundown_schema
from node.tables import Table, read_table
from tests.fakes.booth import full_booth
from tests.fakes.clip_factory import ClipSpec, write_clip

PRODUCTS = "id,title_zh,title_en,price,stock,gtin,image\nP1,茶具,Tea set,129.00,10,,img/p.png\nP2,,Cup,89,,,\n"  # noqa: E501


@pytest.fixture
def booth(tmp_path):
    return full_booth(tmp_path)


def test_compile_writes_the_wire_form_and_tells_its_hash(booth, capsys):
    target = booth.folder / "day.json"
    assert main(["compile", str(booth.day), "-o", str(target)]) == 0
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert capsys.readouterr().out == f"sha256:{digest}  {target}\n"
    assert booth.read().rundown.sha256 == digest


def test_compile_refuses_a_day_with_errors_and_writes_nothing(booth, capsys):
    booth.change('fallback = "hold"\n', "")
    target = booth.folder / "day.json"
    assert main(["compile", str(booth.day), "-o", str(target)]) == 1
    assert "fallback: E03" in capsys.readouterr().err
    assert not target.exists()


def test_compile_to_stdout_is_the_json_alone(booth, capfdbinary):
    assert main(["compile", str(booth.day)]) == 0
    printed = capfdbinary.readouterr()
    assert json.loads(printed.out)["rundown"]["id"] == "pier-3"
    assert b"sha256:" in printed.err


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "zh",
            ("三号码头 · 一盏灯", "第六集 天亮", "¥198.00", "12:40-12:55", "优惠开始", "喇叭关闭"),
        ),
        ("en", ("Pier 3 · One Lantern", "Daybreak", "CN¥198.00", "offer starts", "speaker off")),
    ],
)
def test_a_sheet_tells_the_day_in_its_language(booth, capsys, locale, words):
    assert main(["sheet", str(booth.day), "--locale", locale]) == 0
    shown = capsys.readouterr().out
    assert [word for word in words if word not in shown] == []


def test_a_gate_stands_on_the_sheet_as_people_say_it(booth):
    reading = booth.read()
    lines = as_text(Sheet(reading.rundown, reading.catalog, load("en")))
    (gate,) = [line for line in lines if "tease6" in line and "→" in line]
    assert "4 × scans / 15 min or 12 × like / 10 min or staff or ≥ 18:00 → tease6" in gate


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_rules_of_the_market_stand_on_the_sheet_with_their_sources(booth, capsys, locale):
    assert main(["sheet", str(booth.day), "--locale", locale]) == 0
    shown, rules = capsys.readouterr().out, booth.read().rundown.rules
    assert all(rule.source in shown for rule in rules.rules().values())
    assert load(locale)("sheet.no_seller") in shown


def test_a_page_holds_a_merchants_text_as_text(booth):
    booth.change("第六集 天亮", "<script>alert(1)</script>")
    page = booth.folder / "sheet.html"
    assert main(["sheet", str(booth.day), "--locale", "zh", "--html", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert '<html lang="zh">' in text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def properties(schema):
    """The names of all properties, at any depth."""
    found = set()
    for key, inner in schema.items():
        if key == "properties":
            found |= set(inner)
        if isinstance(inner, dict):
            found |= properties(inner)
    return found


def test_the_schemas_know_every_key_that_the_files_may_have(booth, monkeypatch):
    asked = {"rundown": set(), "catalog": set()}
    reading = ["rundown"]
    has = Table.has

    def note(table, key):
        asked[reading[0]].add(key)
        return has(table, key)

    monkeypatch.setattr(Table, "has", note)
    draft_rundown(*read_table(booth.day), fps=None)
    reading[0] = "catalog"
    draft_catalog(*read_table(booth.folder / "catalog.toml"))
    chosen = re.compile(
        r"[A-Z]|[A-Z]{3}|[LP]\d|zh|en|evidence|order|kiosk|web|platform|noon1|last3"
    )
    for which, schema in (("rundown", rundown_schema()), ("catalog", catalog_schema())):
        known = properties(schema) | {"lottery"}
        assert {key for key in asked[which] - known if not chosen.fullmatch(key)} == set()


@pytest.mark.parametrize("which", ["rundown", "catalog"])
def test_a_schema_is_printed_as_json(capsys, which):
    assert main(["schema", which]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


@pytest.fixture
def material(tmp_path):
    (tmp_path / "clips").mkdir()
    write_clip(tmp_path / "clips/01 门.mp4", ClipSpec(seconds=1))
    (tmp_path / "products.csv").write_text(PRODUCTS, encoding="utf-8-sig")
    return tmp_path


def start(folder, *more, products="products.csv"):
    words = ["--clips", str(folder / "clips"), "--products", str(folder / products), *more]
    return main(["new", str(folder / "day.toml"), *words])


def test_a_starter_passes_the_check(material, capsys):
    assert start(material) == 0
    reading = read_rundown(material / "day.toml")
    assert reading.findings == ()
    assert [one.id for one in reading.rundown.segments.values()] == ["pause", "01", "desk"]
    assert reading.rundown.segments["01"].length == 30
    assert reading.catalog.products["P2"].title == {"zh": "Cup", "en": "Cup"}
    assert "livesell check" in capsys.readouterr().out


def test_a_starter_never_overwrites(material, capsys):
    (material / "day.toml").write_text("mine", encoding="utf-8")
    assert start(material) == 1
    assert "is there already" in capsys.readouterr().err
    assert (material / "day.toml").read_text(encoding="utf-8") == "mine"
    assert not (material / "catalog.toml").exists()


def test_a_starter_takes_a_catalog_as_it_is(material):
    assert start(material) == 0
    (material / "day.toml").unlink()
    before = (material / "catalog.toml").read_bytes()
    assert start(material, products="catalog.toml") == 0
    assert (material / "catalog.toml").read_bytes() == before
    assert not has_errors(read_rundown(material / "day.toml").findings)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("id,name\n", "no column 'price'"),
        ("id,price\n", "no products"),
        ("id,price\nP/1,1\n", "line 2: id 'P/1'"),
        ("id,price\nP1,1\nP1,2\n", "line 3: id 'P1' is there twice"),
        ("id,price\nP1,ten\n", "line 2: price 'ten'"),
        ("id,price,stock\nP1,1,many\n", "line 2: stock 'many'"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_line_by_line(material, capsys, content, fault):
    (material / "products.csv").write_text(content, encoding="utf-8")
    assert start(material) == 78
    assert fault in capsys.readouterr().err
    assert not (material / "day.toml").exists()


def test_clips_outside_the_folder_are_refused(material, tmp_path_factory, capsys):
    other = tmp_path_factory.mktemp("other")
    words = ["--clips", str(material / "clips"), "--products", str(material / "products.csv")]
    assert main(["new", str(other / "day.toml"), *words]) == 1
    assert "must lie in the folder" in capsys.readouterr().err
