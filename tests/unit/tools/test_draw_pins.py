"""The picture of the pins is that of the node's own wiring."""

import re
from xml.etree import ElementTree as ET

from node.config_panel import STANDARD
from tools.draw_pins import HEADER, OWN, PARTS, PICTURE, picture


def test_the_picture_that_lies_there_is_the_one_that_is_drawn():
    assert PICTURE.read_text(encoding="utf-8") == picture(), "python -m tools.draw_pins"


def test_each_control_stands_once_beside_its_own_line():
    root = ET.fromstring(picture())  # noqa: S314  # our own
    by_row: dict[str, list[str]] = {}
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        by_row.setdefault(text.get("y", ""), []).append(text.text or "")
    for name, pin in STANDARD.items():
        rows = [words for words in by_row.values() if f"GPIO{pin}" in words]
        assert len(rows) == 1
        assert f"{PARTS[name].name} · {PARTS[name].zh}" in rows[0]


def test_the_header_has_all_lines_once_and_its_supplies():
    lines = [what for what in HEADER if isinstance(what, int)]
    assert sorted(lines) == list(range(28))
    supplies = [what for what in HEADER if isinstance(what, str)]
    assert [supplies.count(one) for one in ("3V3", "5V", "GND")] == [2, 2, 8]
    assert len(HEADER) == 40


def test_no_control_lies_on_a_line_that_is_left_free():
    assert not set(STANDARD.values()) & set(OWN)


def test_the_instructions_name_each_line_as_it_is_wired():
    readme = (PICTURE.parent / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| (\w+) \| GPIO(\d+) ", readme, re.MULTILINE))
    assert {name: int(pin) for name, pin in told.items()} == STANDARD
