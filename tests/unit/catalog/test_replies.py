"""A merchant's own sentences: read whole, or every fault of them told with its place."""

from pathlib import Path

import pytest

from node.catalog.market import rules_of
from node.catalog.replies import filled_by, own_templates, read_replies

BADGE = 'badge = { zh = "现在只要{price}哦。" }'


def read(folder: Path, text: str):
    path = folder / "replies.toml"
    path.write_text(text, encoding="utf-8")
    return read_replies(path, rules_of("CN"))


def told(found) -> list[str]:
    return [f"{one.place.partition(' = ')[0]}: {one.code}" for one in found]


def test_sentences_are_kept_by_language_and_key(tmp_path):
    found = read(tmp_path, '[price]\nbadge = { zh-CN = "只要{price}。", en = "{price} only." }\n')
    assert found == {"zh": {"price.badge": "只要{price}。"}, "en": {"price.badge": "{price} only."}}


def test_every_language_of_the_node_says_the_same_sentences_filled_with_the_same():
    first, *others = own_templates().values()
    for texts in others:
        assert texts.keys() == first.keys()
        for key, line in texts.items():
            assert filled_by(line) <= filled_by(first[key]) | {"count", "name", "badge"}, key


FAULTS = {
    "an unknown group": ("[prise]\n" + BADGE, ["prise: E53"]),
    "an unknown sentence": ('[price]\nbadges = { zh = "好" }', ["price.badges: E53"]),
    "what nothing fills": ('[price]\nbadge = { zh = "{cost}" }', ["price.badge.zh: E53"]),
    "an open brace": ('[price]\nbadge = { zh = "{price" }', ["price.badge.zh: E53"]),
    "a format": ('[price]\nbadge = { zh = "{price:>9999999}" }', ["price.badge.zh: E53"]),
    "an attribute": ('[price]\nbadge = { zh = "{price.currency}" }', ["price.badge.zh: E53"]),
    "a refused word": ('[price]\nbadge = { zh = "全国最便宜{price}" }', ["price.badge.zh: E20"]),
    "no text": ("[price]\nbadge = 3", ["price.badge: E53"]),
    "half a language": ('[price]\nbadge = { fr = "{price}." }', ["file: E12"]),
    "no TOML": ("[price", ["end of document: E01"]),
}


@pytest.mark.parametrize(("text", "faults"), FAULTS.values(), ids=FAULTS)
def test_every_fault_has_its_place(tmp_path, text, faults):
    assert told(read(tmp_path, text)) == faults


def test_a_fault_says_what_there_is(tmp_path):
    (fault,) = read(tmp_path, '[price]\nplain = { zh = "{cost}" }')
    assert "nothing fills {cost}; here there is {price}" in str(fault)


def test_a_language_that_is_whole_is_welcome(tmp_path):
    own = own_templates()["en"]
    groups: dict[str, list[str]] = {}
    for key, line in own.items():
        group, _, name = key.partition(".")
        groups.setdefault(group, []).append(f"{name} = {{ fr = '''{line}''' }}")
    text = "\n".join(f"[{group}]\n" + "\n".join(lines) for group, lines in groups.items())
    assert read(tmp_path, text)["fr"] == own
