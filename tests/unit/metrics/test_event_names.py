"""The event schema is written once: what the code notes is what `EVENTS` lists, with its fields."""

import ast
import json
from pathlib import Path

import pytest

from node.metrics.events import EVENTS, Event

ROOT = Path(__file__).parents[3]
TREES = [ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "node").rglob("*.py"))]
PLACE = {"v", "id", "ts", "mono", "show", "rd", "loop", "variant", "seg", "pos", "frame", "cue",
         "beat", "ev", "out"}  # fmt: skip


def noted() -> set[str]:
    """Every `ev` that some line of the node gives to an event or a fact."""
    found: set[str] = set()
    for call in (node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        given = [one.value for one in call.keywords if one.arg == "ev" and name == "Event"]
        given += call.args[:1] if name in ("fact", "Fact") else []
        for value in given:
            found |= {one.value for one in ast.walk(value) if isinstance(one, ast.Constant)}
    return found


def test_the_table_lists_every_event_that_the_code_notes_and_no_other():
    dynamic = {"say.end", "say.cut"}  # one line gives either
    assert noted() | dynamic == set(EVENTS)


def test_every_field_of_the_table_is_one_of_the_schema():
    fields = set(Event.__struct_fields__)
    told = {field for line in EVENTS.values() for field in line.split()}
    assert told | PLACE == fields


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_event_has_words_for_the_operator(language):
    path = ROOT / "node/web/locales" / f"{language}.json"
    words = json.loads(path.read_text("utf-8"))
    assert {name for name in EVENTS if f"ev.{name}" not in words} == set()
