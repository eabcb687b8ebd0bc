"""Rules for the head of a rundown, its ids, and the segments it names."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from node.catalog.draft import is_id
from node.catalog.market import MARKETS
from node.catalog.prices import is_locale
from node.catalog.texts import is_tag
from node.findings import Finding, Given, did_you_mean, unknown
from node.program.draft import RATES, RundownDraft
from node.program.segment_draft import SegmentDraft
from node.tables import Table

FORMAT: Final = "livesell-rundown/1"
REQUIRED: Final = ("id", "title", "date", "market", "timezone", "locales")


def tag(draft: RundownDraft) -> Iterator[Finding]:
    """E01: this format, written for a frame rate that there is."""
    if draft.texts["format"] != FORMAT:
        yield draft.table.given("format").finding("E01", f'expected format = "{FORMAT}"')
    fps = draft.table.given("fps")
    if type(fps.value) is not int or fps.value not in RATES:
        yield fps.finding("E01", "expected 30 or 25, the frame rate the times are written for")


def head(draft: RundownDraft) -> Iterator[Finding]:
    """E11 and E53: what the head must say, in words that mean something."""
    for key in REQUIRED:
        if not draft.table.has(key):
            yield draft.table.finding("E11", f"`{key}` is missing")
    market, zone, base = (draft.texts[key] for key in ("market", "timezone", "qr_base"))
    if market is not None and market not in MARKETS:
        hint = did_you_mean(market.upper(), MARKETS)
        message = f"unknown market{hint}, expected one of {', '.join(MARKETS)}"
        yield draft.table.given("market").finding("E53", message)
    if zone is not None and zone_of(zone) is None:
        hint = did_you_mean(zone, sorted(available_timezones()))
        yield draft.table.given("timezone").finding("E53", f"unknown time zone{hint}")
    if base is not None and not _is_web_address(base):
        yield draft.table.given("qr_base").finding("E53", "expected http:// or https:// and a host")


def locales(draft: RundownDraft) -> Iterator[Finding]:
    """E53: locales that can be written in, each once."""
    if draft.table.has("locales") and not draft.locales:
        yield draft.table.given("locales").finding("E53", 'expected locales, as in ["zh", "en"]')
    met: set[str] = set()
    for index, locale in enumerate(draft.locales):
        if locale in met:
            yield draft.table.item("locales", index).finding("E53", "is there twice")
        elif locale and not (is_tag(locale) and is_locale(locale)):
            message = (
                "unknown locale: expected a language as in zh or en, or one of a region, pt-BR"
            )
            yield draft.table.item("locales", index).finding("E53", message)
        met.add(locale)


def ids(draft: RundownDraft) -> Iterator[Finding]:
    """E02 for a second segment of the same id, E11 for none, E53 for one of other letters."""
    if draft.texts["id"] is not None and not is_id(draft.texts["id"]):
        yield draft.table.given("id").finding("E53", "expected letters, digits, - and _, up to 64")
    for segment in draft.segments:
        given = segment.table.given("id")
        if segment.id is None:
            if given.value is None:
                yield segment.table.finding("E11", "`id` is missing")
        elif draft.by_id[segment.id] is not segment:
            first = draft.by_id[segment.id].table.place
            yield given.finding("E02", f"{first} has this id already")
        elif not is_id(segment.id):
            yield given.finding("E53", "expected letters, digits, - and _, up to 64")


def fallback(draft: RundownDraft) -> Iterator[Finding]:
    """E03: the fallback must be there and be a slate."""
    name = draft.texts["fallback"]
    given = draft.table.given("fallback")
    if name is None:
        yield given.finding("E03", "names no segment: what plays when nothing else can?")
    elif name not in draft.by_id:
        yield given.finding("E03", f"unknown segment{did_you_mean(name, draft.by_id)}")
    elif draft.by_id[name].kind != "slate":
        yield given.finding("E03", "must be a segment of kind slate")


def targets(draft: RundownDraft) -> Iterator[Finding]:
    """E04: every segment that is named exists."""
    return unknown(_named(draft), draft.by_id, "E04", "segment")


def played(draft: RundownDraft) -> Iterator[Finding]:
    """W05: a segment that no block, fallback or other segment leads to."""
    waiting = [name for block in draft.blocks for name in block.play]
    orders = (order for one in draft.tested for order in one.variants.values())
    waiting.extend(name for order in orders for name in order)
    waiting.append(draft.texts["fallback"] or "")
    met: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in met and name in draft.by_id:
            met.add(name)
            waiting.extend(_leads_to(draft.by_id[name]))
    for name, segment in draft.by_id.items():
        if name not in met:
            yield segment.table.given("id").finding("W05", "never played: no block lists it")


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of that name, None where the system knows none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder's name, or one too long
        return None


def _named(draft: RundownDraft) -> Iterator[tuple[str, Given]]:
    for segment in draft.segments:
        yield from segment.targets()
        for cue in segment.cues:
            if cue.segment is not None:
                yield cue.segment, cue.table.given("segment")
    for table, key, order in _orders(draft):
        for index, name in enumerate(order):
            if name:
                yield name, table.item(key, index)


def _orders(draft: RundownDraft) -> Iterator[tuple[Table, str, tuple[str, ...]]]:
    for block in draft.blocks:
        yield block.table, "play", block.play
    for experiment in draft.experiments.values():
        for variant, order in experiment.variants.items():
            yield experiment.table, variant, order


def _leads_to(segment: SegmentDraft) -> list[str]:
    taken = [cue.segment for cue in segment.cues if cue.do == "take" and cue.segment is not None]
    return [*(name for name, _ in segment.targets()), *taken]


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # a bracket that opens no IPv6 address
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable()


RULES: Final = (tag, head, locales, ids, fallback, targets, played)
