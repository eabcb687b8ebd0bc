"""JSON Schema of the two files that people write, for editors that complete and explain keys.

The form alone: which keys there are, their types, and the words to choose from. Rules that look
at more than one value are those of node/program/rules.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from node.catalog.draft import FACTS
from node.catalog.market import MARKETS
from node.catalog.rules import FORMAT as CATALOG_FORMAT
from node.catalog.rules import SPAN_DAYS
from node.program.conditions import GRAMMAR
from node.program.draft import RATES
from node.program.rules.cue import NEEDS
from node.program.rules.file import FORMAT as RUNDOWN_FORMAT
from node.program.rules.file import REQUIRED
from node.program.rules.output import DATA, KINDS, OTHER, OVERLAYS

Schema = Mapping[str, object]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ID_PATTERN: Final = "^[A-Za-z0-9_-]{1,64}$"


def rundown_schema() -> Schema:
    """The schema of a rundown (day.toml)."""
    properties = {
        "format": {"const": RUNDOWN_FORMAT},
        "id": _text("Name of this day", pattern=ID_PATTERN),
        "title": _local("What the show is called"),
        "date": _text("First day, without quotes; the rundown repeats daily", format="date"),
        "market": _of(MARKETS, "Whose rules apply"),
        "rules": _text("File of the merchant's changes to the market's rules"),
        "timezone": _text("As in Asia/Shanghai"),
        "locales": _list(_text("As in zh"), "The first one is spoken, all are shown"),
        "fps": {"enum": list(RATES), "description": "What the times are written for"},
        "catalog": _text("File of the products"),
        "persona": _text("File of who speaks: name, greeting, wake_word, voice"),
        "assets": _text("Manifest of the files that were approved"),
        "qr_base": _text("Where codes lead, https://…", format="uri"),
        "fallback": _text("The slate that plays when nothing else can"),
        "segment": _list(_segment(), "The items of the show"),
        "block": _list(_block(), "The day; blocks cover 24 hours"),
        "ab": _named(_experiment(), "A/B tests by loop"),
        "output": _named(_output(), "What each output may carry"),
    }
    required = ["format", "fps", "fallback", "block", *REQUIRED]
    return _table(properties, required, "A booth's day") | {"$schema": DIALECT}


def catalog_schema() -> Schema:
    """The schema of a catalog (catalog.toml)."""
    properties = {
        "format": {"const": CATALOG_FORMAT},
        "currency": _text("The one that the kiosk shows", pattern="^[A-Z]{3}$"),
        "seller": _seller(),
        "product": _named(_product(), "What is sold"),
        "offer": _named(_offer(), "Lower prices with an end and a quantity"),
    }
    return _table(properties, ["format", "currency"], "A booth's products") | {"$schema": DIALECT}


def _segment() -> Schema:
    gate = {
        "any": _list(_text(GRAMMAR), "One of them opens the gate"),
        "all": _list(_text(GRAMMAR), "All of them open the gate"),
        "else": _text("Plays while the gate is closed"),
    }
    properties = {
        "id": _text("Its name", pattern=ID_PATTERN),
        "kind": _of(KINDS, "What it is"),
        "asset": _text("Its file, in the rundown's folder"),
        "source": _text("The camera of a live segment, as in camera0"),
        "length": _text("MM:SS.s", pattern=r"^\d{1,3}:[0-5]\d(\.\d{1,3})?$"),
        "overrun": _text("How much longer live may go on, MM:SS.s"),
        "episode": {"type": "integer", "minimum": 1},
        "title": _local("Its title"),
        "text": _local("What a slate says"),
        "ai_label": _local("What is drawn all the time over what is made by AI"),
        "out": _text("cut, or fade 300ms"),
        "next": _text("Plays next, whatever the block says"),
        "on_busy": _text("Plays while the host is busy"),
        "on_lost": _text("Plays while the camera gives nothing"),
        "gate": _table(gate, ["else"], "What must hold for the segment to play"),
        "cue": _list(_cue(), "What happens when"),
    }
    return _table(properties, ["id", "kind"], "An item of the show")


def _cue() -> Schema:
    properties = {
        "at": _text("Media time: MM:SS.s, or -MM:SS.s from the end of a clip"),
        "clock": _text("Time of day, HH:MM; for offers and countdowns"),
        "do": _of(NEEDS, "The action"),
        "for": _text("How long: 40s, 300ms, 2m"),
        "beat": _text("A word of the plot, as in climax"),
        "product": _text("Of the catalog"),
        "offer": _text("Of the catalog"),
        "segment": _text("Of this file"),
        "text": _local("What is said or written"),
    }
    return _table(properties, ["do"], "A timed action")


def _block() -> Schema:
    properties = {
        "from": _text("HH:MM"),
        "to": _text("HH:MM, over midnight if need be"),
        "play": _list(_text("A segment"), "Played over and over"),
        "ab": _text("The experiment that this block runs"),
        "hard": {"type": "boolean", "description": "Ends on the minute, also within a clip"},
        "speaker": _of(("on", "off"), "Off closes the microphone too"),
    }
    return _table(properties, ["from", "to", "play"], "A span of the day")


def _experiment() -> Schema:
    properties = {"unit": {"const": "loop"}, "seed": {"type": "integer", "minimum": 0}}
    order = _list(_text("A segment"), "An order of the same segments")
    table = _table(properties, ["unit", "seed"], "Variants A, B … by loop")
    return table | {"patternProperties": {"^[A-Z]$": order}}


def _output() -> Schema:
    properties = {
        "own": {"type": "boolean", "description": "False for a platform's"},
        "kinds": _list(_of(KINDS), "What it carries"),
        "overlay": _list(_of(OVERLAYS), "What is drawn into the picture"),
        "data": _list(_of(DATA), "What is sent beside the picture"),
        "other": _of(OTHER, "Instead of what it does not carry"),
    }
    return _table(properties, [], "An output")


def _seller() -> Schema:
    properties = {
        "name": _local("Of the company or person"),
        "licence": _text("Registration number"),
        "address": _local("Place of business"),
        "contact": _text("A telephone number, or where to write"),
    }
    return _table(properties, ["name"], "Who sells, told at each block's start")


def _product() -> Schema:
    facts = {key: _local(f"Answers questions about {key}") for key in FACTS}
    strike = {"basis": _of(SPAN_DAYS), "from": _text("", format="date"),
              "to": _text("", format="date")}  # fmt: skip
    colours = _table({}, [], "As many in each language") | {
        "additionalProperties": _list(_text(""))
    }
    properties = {
        "gtin": _text("8, 12, 13 or 14 digits"),
        "title": _local("Its name"),
        "badge": _local("A word on the card"),
        "measure": _local("What a quantity is counted in"),
        "colour": colours,
        "price": _prices(),
        "ref_price": _table(strike, ["basis", "from", "to"], "Struck price") | _prices_pattern(),
        "stock": {"type": "integer", "minimum": 0},
        "image": _text("Its picture, in the catalog's folder"),
        "ask": _list(_text(""), "What visitors call it"),
        "net": _text('What it holds, as in "120 g": tells the price of a unit'),
        "unit_price_per": _text('What the price of a unit is told for, as in "100 g"'),
        **facts,
    }
    return _table(properties, ["title", "price"], "A product")


def _offer() -> Schema:
    window = {"from": _text("HH:MM"), "to": _text("HH:MM")}
    properties = {
        "product": _text("Of this file"),
        "price": _prices(),
        "window": _table(window, ["from", "to"], "When"),
        "qty": {"type": "integer", "minimum": 1},
        "on": _text("The one day, without quotes", format="date"),
    }
    return _table(properties, list(properties), "A real deadline")


def _table(properties: Mapping[str, object], required: list[str], about: str) -> dict[str, object]:
    return {
        "type": "object",
        "description": about,
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _named(inner: Schema, about: str) -> Schema:
    return {"type": "object", "description": about, "patternProperties": {ID_PATTERN: inner}}


def _local(about: str) -> Schema:
    return {"type": "object", "description": f"{about}, by locale",
            "additionalProperties": {"type": "string"}}  # fmt: skip


def _prices() -> Schema:
    return _table({}, [], 'Decimal texts by currency, as in CNY = "129.00"') | _prices_pattern()


def _prices_pattern() -> dict[str, object]:
    amount = {"type": "string", "pattern": r"^\d{1,12}(\.\d{1,3})?$"}
    return {"patternProperties": {"^[A-Z]{3}$": amount}}


def _of(words: Iterable[str], about: str = "") -> Schema:
    return {"enum": list(words)} | ({"description": about} if about else {})


def _list(inner: Schema, about: str = "") -> Schema:
    return {"type": "array", "items": inner} | ({"description": about} if about else {})


def _text(about: str, **more: str) -> Schema:
    return {"type": "string", **more} | ({"description": about} if about else {})
