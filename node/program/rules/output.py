"""Rules for outputs: what may be carried where, and what must be drawn there."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, TypeVar, get_args

from node.catalog.draft import is_id
from node.findings import Finding, did_you_mean
from node.program.draft import OutputDraft, RundownDraft
from node.program.rundown import Kind, Output, OverlayKind

T = TypeVar("T", Kind, OverlayKind)

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OVERLAYS: Final[tuple[OverlayKind, ...]] = get_args(OverlayKind)
DATA: Final = ("card", "offer", "countdown")
OTHER: Final = ("slate", "stop")
OWN: Final = ("kiosk", "web")
"""Outputs that are the merchant's own unless the file says otherwise."""
OUTPUTS_MAX: Final = 16
"""Beyond any booth's need; each may cost a picture and an encoder of its own."""


def words(draft: RundownDraft) -> Iterator[Finding]:
    """E53: names, kinds, overlays and policies that there are, and not too many outputs."""
    for number, output in enumerate(draft.outputs.values()):
        table = output.table
        if number >= OUTPUTS_MAX:
            yield table.finding("E53", f"a day has at most {OUTPUTS_MAX} outputs")
        if not is_id(output.id):
            yield table.finding("E53", "a name has letters, digits, - and _, up to 64")
        yield from _listed(output, "kinds", output.kinds, KINDS)
        yield from _listed(output, "overlay", output.overlay, OVERLAYS)
        yield from _listed(output, "data", output.sent, DATA)
        if output.other is not None and output.other not in OTHER:
            yield table.given("other").finding("E53", 'expected "slate" or "stop"')


def labels(draft: RundownDraft) -> Iterator[Finding]:
    """E48: where a segment made by AI may be seen, its label is drawn."""
    made = {str(one.kind) for one in draft.segments if one.kind == "agent" or one.ai_label}
    for draft_output in draft.outputs.values():
        output = output_of(draft_output)
        carried = sorted(made & output.kinds)
        if carried and "ai_label" not in output.overlay:
            place = draft_output.table.given("overlay")
            message = f"no ai_label, but segments made by AI are carried: {', '.join(carried)}"
            yield place.finding("E48", message)


def platforms(draft: RundownDraft) -> Iterator[Finding]:
    """E49 and W49: what platforms forbid, codes that lead away and what is not live."""
    for draft_output in draft.outputs.values():
        output, table = output_of(draft_output), draft_output.table
        if output.is_own:
            continue
        if "qr" in output.overlay:
            yield table.given("overlay").finding("E49", "a QR code on a platform's output")
        if others := sorted(output.kinds - {"live"}):
            message = f"most platforms forbid what is not live: {', '.join(others)}"
            yield table.given("kinds").finding("W49", message)


def output_of(draft: OutputDraft) -> Output:
    """The policy of an output, what the file leaves open filled in.

    Own outputs carry everything; the kiosk draws all overlays, others those that must be in the
    picture, and send the rest beside it. A platform's output carries live alone.
    """
    is_own = draft.id in OWN if draft.own is None else draft.own
    usual = _usual(draft.id, is_own=is_own)
    sent = usual.sent if draft.sent is None else frozenset(set(DATA).intersection(draft.sent))
    return Output(
        id=draft.id,
        is_own=is_own,
        kinds=_known(KINDS, draft.kinds, usual.kinds),
        overlay=_known(OVERLAYS, draft.overlay, usual.overlay),
        sent=sent,
        other="stop" if draft.other == "stop" else "slate",
    )


def outputs_of(draft: RundownDraft) -> dict[str, Output]:
    """All outputs: those of the file, and kiosk and web in any case.

    One of these two that the file does not name carries, draws and sends everything: the program
    as it is, at no further cost.
    """
    own = {id_: Output(id_, True, frozenset(KINDS), frozenset(OVERLAYS), frozenset(DATA))
           for id_ in OWN}  # fmt: skip
    return own | {id_: output_of(one) for id_, one in draft.outputs.items()}


def _usual(id_: str, *, is_own: bool) -> Output:
    if id_ == "kiosk" and is_own:
        return Output(id_, True, frozenset(KINDS), frozenset(OVERLAYS), frozenset())
    drawn: frozenset[OverlayKind] = frozenset({"lower_third", "ai_label"})
    if is_own:
        return Output(id_, True, frozenset(KINDS), drawn, frozenset(DATA))
    return Output(id_, False, frozenset({"live"}), drawn, frozenset())


def _known(words: Iterable[T], given: Collection[str] | None, usual: frozenset[T]) -> frozenset[T]:
    return usual if given is None else frozenset(word for word in words if word in given)


def _listed(
    output: OutputDraft, key: str, given: Collection[str] | None, known: Collection[str]
) -> Iterator[Finding]:
    for index, word in enumerate(given or ()):
        if word and word not in known:
            message = f"expected of {', '.join(known)}{did_you_mean(word, known)}"
            yield output.table.item(key, index).finding("E53", message)


RULES: Final = (words, labels, platforms)
