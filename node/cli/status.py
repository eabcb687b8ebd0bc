"""livesell status: how the running node is, as a panel for people or as JSON for machines."""

import argparse
import os
import sys
import textwrap
import time
import unicodedata
from collections.abc import Iterator

import msgspec

from node.cli.client import fetch_status
from node.cli.command import address, link_trouble
from node.cli.texts import Texts
from node.errors import LinkError

REFRESH_S = 0.5
BAR_CELLS = 34
LABEL_CELLS = 10
INNER_CELLS = 72
ASSET_STATES = frozenset({"signed", "unsigned", "unlisted"})


class PartStatus(msgspec.Struct, frozen=True):
    """One part of the node."""

    condition: str
    essential: bool = True
    failures: int = 0
    last_error: str = ""


class OutputStatus(msgspec.Struct, frozen=True):
    """One output of the day."""

    name: str
    state: str = "carried"
    picture: str = "shared"
    viewers: int = 0
    encoder: str = ""
    bitrate_kbps: float = 0.0
    back_at: str = ""


class AssetsStatus(msgspec.Struct, frozen=True):
    """The files of the day."""

    state: str = ""
    by: str = ""
    files: int = 0
    refused: list[str] = []


class EarStatus(msgspec.Struct, frozen=True):
    """What the ear does."""

    ear: str = ""
    duplex: str = ""
    level_db: float = -90.0
    microphone: str = ""
    simulated: bool = False
    trouble: str = ""
    lost: bool = False
    again_s: int = 0
    clipped_percent: int = 0


class NodeStatus(msgspec.Struct, frozen=True):
    """What is shown of `GET /status`; what another version does not say stays empty."""

    version: str
    node: str = ""
    uptime_s: float = 0.0
    on_air: bool = False
    segment: str | None = None
    kind: str | None = None
    position_s: float = 0.0
    length_s: float | None = None
    next: str | None = None
    next_in_s: float | None = None
    layout: str = ""
    fps: float = 0.0
    size: str = ""
    encoder: str = ""
    encoder_why: str = ""
    encoder_stands_in: bool = False
    bitrate_kbps: float = 0.0
    viewers: int = 0
    health: dict[str, PartStatus] = {}
    frames: dict[str, int] = {}
    cues: dict[str, int] = {}
    audio: dict[str, int] = {}
    card: dict[str, object] | None = None
    simulated: list[str] = []
    outputs: list[OutputStatus] = []
    broker: str = ""
    assets: AssetsStatus = AssetsStatus()
    voice: EarStatus = EarStatus()


def status(args: argparse.Namespace, texts: Texts) -> int:
    """Show the node's state once, or in place until Ctrl-C; 1 if no node answers."""
    node = address(args, texts)
    if node is None:
        return 1
    while True:
        try:
            body = fetch_status(node)
            known = msgspec.json.decode(body, type=NodeStatus)
        except LinkError as error:
            print(link_trouble(node.url, error, texts), file=sys.stderr)
            return 1
        except msgspec.MsgspecError as error:
            print(texts("status.garbled", url=node.url, reason=error), file=sys.stderr)
            return 1
        if args.as_json:
            print(body.decode())
            return 0
        is_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        panel = "\n".join(draw_panel(known, texts, is_colour=is_colour))
        if not args.watch:
            print(panel)
            return 0
        print(f"\x1b[H\x1b[J{panel}", flush=True)  # home, clear below
        time.sleep(REFRESH_S)


def draw_panel(known: NodeStatus, texts: Texts, *, is_colour: bool) -> Iterator[str]:
    """The panel, line by line, framed, `INNER_CELLS` + 4 terminal cells wide."""
    paint = _paint if is_colour else _plain
    state, hue = ("on_air", 32) if known.on_air else ("off_air", 31)
    head = f" {known.node} · livesell {known.version} "
    lamp = f" ● {texts(f'status.{state}')} "
    rule = "─" * (INNER_CELLS - _cells(head) - _cells(lamp))
    yield f"╭─{head}{rule}{paint(lamp, hue)}─╮"
    for label, value, tone in _rows(known, texts):
        name = _fit(texts(f"status.{label}") if label else "", LABEL_CELLS)
        yield f"│ {paint(name, 2)}{paint(_fit(value, INNER_CELLS - LABEL_CELLS), tone)} │"
    yield f"╰{'─' * (INNER_CELLS + 2)}╯"


def _rows(known: NodeStatus, texts: Texts) -> Iterator[tuple[str, str, int]]:
    """Label, value and colour of each line."""
    nothing = texts("status.nothing")
    yield "segment", f"{known.segment or nothing}  {known.kind or ''}  {known.layout}", 1
    yield "", _position(known), 0
    following = known.next or nothing
    if known.next and known.next_in_s is not None:
        following = texts("status.next_in", title=known.next, time=_clock(known.next_in_s))
    yield "next", following, 0
    if known.card:
        yield "card", str(known.card.get("product", nothing)), 0
    yield from _work_rows(known, texts)
    yield "viewers", str(known.viewers), 0
    yield from _output_rows(known, texts)
    yield from _asset_rows(known.assets, texts)
    yield from _ear_row(known.voice, texts)
    yield "uptime", _clock(known.uptime_s), 0
    yield from _health_rows(known)
    yield from _broker_row(known)
    if known.simulated:
        yield "", texts("status.simulated", parts=", ".join(known.simulated)), 33


def _work_rows(known: NodeStatus, texts: Texts) -> Iterator[tuple[str, str, int]]:
    yield "picture", f"{known.size} · {known.fps:g} fps", 0
    hue = 31 if known.encoder_stands_in else 0
    yield "encoder", f"{known.encoder} · {known.bitrate_kbps:.0f} kbit/s", hue
    if known.encoder_stands_in:
        lines = textwrap.wrap(known.encoder_why, INNER_CELLS - LABEL_CELLS)
        yield from (("", line, hue) for line in lines)
    frames = {name: known.frames.get(name, 0) for name in ("out", "repeated", "missing", "black")}
    is_flawed = bool(frames["missing"] or frames["black"])
    yield "frames", texts("status.frames_line", **frames), 31 if is_flawed else 0
    cues = (known.cues.get("fired", 0), known.cues.get("late_frames_max", 0))
    yield "cues", texts("status.cues_line", fired=cues[0], late=cues[1]), 0
    yield "sound", texts("status.sound_line", gaps=known.audio.get("gaps", 0)), 0


def _broker_row(known: NodeStatus) -> Iterator[tuple[str, str, int]]:
    if known.broker:
        yield "broker", known.broker, 33 if "trust none" in known.broker else 0


def _output_rows(known: NodeStatus, texts: Texts) -> Iterator[tuple[str, str, int]]:
    label = "outputs"
    for one in known.outputs:
        words = [texts(f"status.source.{one.picture}")]
        if one.viewers:
            words.append(texts("status.watching", n=one.viewers))
        if one.picture == "own":
            words.append(f"{one.encoder} · {one.bitrate_kbps:.0f} kbit/s")
        if one.state == "slate":
            words.append(texts("status.slate"))
        if one.back_at:
            words.append(texts("status.back_at", time=one.back_at))
        yield label, f"{_fit(one.name, 10)} {' · '.join(words)}", 33 * (one.state != "carried")
        label = ""


def _asset_rows(assets: AssetsStatus, texts: Texts) -> Iterator[tuple[str, str, int]]:
    if assets.state in ASSET_STATES:
        words = texts(f"status.assets.{assets.state}", n=assets.files, by=assets.by)
        yield "files", words, 33 * (assets.state != "signed")
    if assets.refused:
        yield "", texts("status.assets.refused", names=", ".join(assets.refused)), 31


def _ear_row(voice: EarStatus, texts: Texts) -> Iterator[tuple[str, str, int]]:
    if f"status.ear.{voice.ear}" not in texts or (voice.ear == "off" and not voice.trouble):
        return
    word = "waiting" if voice.ear == "resting" and voice.trouble else voice.ear
    words = [texts(f"status.ear.{word}", again_s=voice.again_s)]
    if voice.ear not in {"off", "resting"}:
        words += [voice.microphone, f"{voice.level_db:.0f} dBFS"]
        words += [texts(f"status.ear.{voice.duplex}")] if voice.duplex in {"full", "half"} else []
    if voice.simulated:
        words.append(texts("status.ear.simulated"))
    if voice.trouble:
        words.append(voice.trouble)
    is_ill = bool(voice.trouble) or voice.ear == "resting"
    yield "ear_label", " · ".join(filter(None, words)), 33 * is_ill
    if voice.clipped_percent:
        yield "", texts("status.ear.too_loud", percent=voice.clipped_percent), 33


def _health_rows(known: NodeStatus) -> Iterator[tuple[str, str, int]]:
    label = "health"
    for name, part in known.health.items():
        is_well = part.condition == "ready"
        failures = f"  ×{part.failures}" if part.failures else ""
        trouble = f"  {part.last_error}" if part.last_error and not is_well else ""
        mark = "✓" if is_well else "✗" if part.essential else "!"
        value = f"{mark} {_fit(name, 16)}{part.condition}{failures}{trouble}"
        yield label, value, 32 if is_well else 31 if part.essential else 33
        label = ""


def _position(known: NodeStatus) -> str:
    if not known.length_s:
        return _clock(known.position_s)
    filled = round(BAR_CELLS * min(known.position_s / known.length_s, 1.0))
    bar = "━" * filled + "┄" * (BAR_CELLS - filled)
    return f"{bar} {_clock(known.position_s)} / {_clock(known.length_s)}"


def _clock(seconds: float) -> str:
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _cells(text: str) -> int:
    """Width in terminal cells; an East Asian wide character takes two (UAX #11)."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _fit(text: str, cells: int) -> str:
    """The text cut or padded to exactly `cells`, control characters made visible."""
    shown = "".join(one if one.isprintable() else "·" for one in text)
    if _cells(shown) > cells:
        while _cells(shown) > cells - 1:
            shown = shown[:-1]
        shown += "…"
    return shown + " " * (cells - _cells(shown))


def _paint(text: str, hue: int) -> str:
    return f"\x1b[{hue}m{text}\x1b[0m" if hue else text


def _plain(text: str, _hue: int) -> str:
    return text
