"""What the rundown format knows and this version does not do yet: refused by name, never ignored.

Each key stands with what to do instead. Once a thing is built, its line goes.
"""

from collections.abc import Mapping
from typing import Final

from node.findings import did_you_mean
from node.tables import Table

HEAD: Final = {
    "ab": "remove it, and `ab` in the blocks",
    "assets": "remove it; the files are looked for, their hashes and signatures are not checked",
    "lottery": "remove it",
    "persona": "remove it",
}
SEGMENT: Final = {
    "gate": "remove it, and the segment plays whenever it is its turn",
    "on_busy": "remove it; the operator takes another segment instead",
}
CUE: Final = {
    "clock": "give `at`, the media time, instead",
    "lottery": "remove it",
    "offer": "remove it; offers are read but never put on screen",
}
BLOCK: Final = {"ab": "remove it, and the block plays its `play` as it stands"}
OUTPUT: Final = {
    "data": "remove it; every viewer gets the card as data",
    "other": "remove it; kiosk and web carry all kinds",
    "overlay": "remove it; kiosk and web carry all overlays",
    "own": "remove it; kiosk and web are always your own",
}
ACTIONS: Final = frozenset(
    {"countdown", "listen.close", "listen.open", "lottery.open", "offer.start", "say"}
)
_OUTPUTS: Final = ("kiosk", "web")
_KINDS: Final = frozenset({"clip", "live", "agent", "slate"})


def refuse_unbuilt(table: Table, cures: Mapping[str, str]) -> None:
    """A fault (E53) for each key of `cures` that the table has."""
    for key, cure in cures.items():
        if table.has(key):
            _refuse(table, key, cure)


def refuse_unbuilt_cue(table: Table) -> None:
    """A fault for what a cue asks for: its action (E10), or else single keys of it (E53)."""
    action = table.entries.get("do")
    if isinstance(action, str) and action in ACTIONS:
        message = f"{action!r} is not built into this version yet: remove this cue"
        table.fault("do", message, "E10")
        for key in CUE:
            table.has(key)  # refused with the whole cue
        return
    refuse_unbuilt(table, CUE)


def refuse_unbuilt_block(table: Table) -> None:
    """A fault for A/B and for a speaker that is to be off; `speaker = "on"` is how it is."""
    refuse_unbuilt(table, BLOCK)
    speaker = table.string("speaker")
    if speaker == "off":
        _refuse(table, "speaker", "remove it; the speaker is always on")
    elif speaker not in {None, "on"}:
        table.fault("speaker", 'expected "on" or "off"')


def refuse_unbuilt_outputs(head: Table) -> None:
    """A fault for each output that would not carry all there is."""
    outputs = head.table("output")
    for name in outputs.entries if outputs is not None else ():
        output = outputs.table(name) if outputs is not None else None
        if outputs is not None and name not in _OUTPUTS:
            _refuse(outputs, name, "remove it; there are the outputs kiosk and web")
        elif output is not None:
            _output(output)


def _output(table: Table) -> None:
    refuse_unbuilt(table, OUTPUT)
    kinds = table.strings("kinds")
    for index, kind in enumerate(kinds or ()):
        if kind and kind not in _KINDS:
            message = f"no kind of segment{did_you_mean(kind, _KINDS)}"
            table.faults.append(table.item("kinds", index).finding("E53", message))
    if kinds is not None and _KINDS - set(kinds):
        table.fault("kinds", "fewer than all kinds is not built into this version yet: remove it")
    table.finish()


def _refuse(table: Table, key: str, cure: str) -> None:
    table.fault(key, f"{key!r} is not built into this version yet: {cure}")
