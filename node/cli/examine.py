"""The doctor's eyes for the software: Python, packages, encoder, fonts, browser, broker, port."""

import ctypes
import platform
import shutil
import socket
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from node.catalog.checks import AssetChecks
from node.cli.client import NodeAddress, fetch_status
from node.cli.examine_board import rendition_of
from node.cli.verdict import Verdict
from node.config import Config
from node.control.broker import broker_line
from node.control.demo_broker import find_program
from node.errors import AssetError, ConfigError, DeviceError, LinkError, RundownError

if TYPE_CHECKING:  # loaded where a check needs them
    from node.catalog.products import Catalog
    from node.program.rundown import Rundown

PACKAGES = ("av", "aiortc", "aiohttp", "numpy", "pillow", "msgspec")
LACKING_SHOWN = 8
BITS = 64
"""The layouts of the kernel's video calls, and the packages, are those of such a system."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def python(_config: Config, *, address_bytes: int = ctypes.sizeof(ctypes.c_void_p)) -> Verdict:
    """The interpreter and the packages that matter."""
    versions = {name: _version(name) for name in PACKAGES}
    missing = [name for name, found in versions.items() if not found]
    bits = 8 * address_bytes
    facts: dict[str, object] = {
        "python": platform.python_version(), "missing": ", ".join(missing), "bits": bits,
    }  # fmt: skip
    if bits != BITS:
        return Verdict("python", "fail", "other_bits", facts)
    if missing:
        return Verdict("python", "fail", "missing", facts)
    facts["packages"] = ", ".join(f"{name} {found}" for name, found in versions.items())
    return Verdict("python", "ok", "ok", facts)


def encoder(config: Config) -> Verdict:
    """The video encoder that the node would use, chosen by trying this machine."""
    from node.encode.probe import choose, software  # noqa: PLC0415  # heavy

    cache = Path(config.state_dir) / "encoder.json"
    rendition = rendition_of(config)
    try:
        chosen = choose(config.encoder, rendition, cache=cache)
    except DeviceError as error:
        facts: dict[str, object] = {"kind": config.encoder.kind, "reason": str(error)}
        if config.encoder.kind in {"auto", "libx264"}:
            return Verdict("encoder", "fail", "broken", facts)
        facts["name"] = software(config.encoder, rendition, "", cache=cache).name
        return Verdict("encoder", "fail", "stands_in", facts)
    chosen.close()
    facts = {
        "name": chosen.name, "size": rendition.size, "fps": rendition.fps, "why": chosen.why,
    }  # fmt: skip
    return Verdict("encoder", "ok", "ok", facts)


def fonts(config: Config) -> Verdict:
    """Whether cards can be written in Chinese and English, and in all that the day says."""
    from node.graphics import typeset  # noqa: PLC0415  # heavy
    from node.graphics.fonts import face  # noqa: PLC0415

    try:
        family, style = face("regular", 24).getname()
    except AssetError as error:
        return Verdict("fonts", "fail", "missing", {"reason": str(error)})
    texts = _texts_of_the_day(config)
    lacking = typeset.undrawable("".join(dict.fromkeys("".join(texts))))
    if lacking:
        named = ", ".join(f"{one} U+{ord(one):04X}" for one in lacking[:LACKING_SHOWN])
        return Verdict("fonts", "warn", "undrawable", {"count": len(lacking), "named": named})
    if not typeset.CAN_SHAPE and any(map(typeset.is_right_to_left, texts)):
        return Verdict("fonts", "warn", "unshaped")
    return Verdict("fonts", "ok", "ok", {"font": f"{family} {style}"})


def _texts_of_the_day(config: Config) -> tuple[str, ...]:
    """What the day has drawn."""
    from node.program.shown import shown_texts  # noqa: PLC0415

    day = _day(config)
    return () if day is None else tuple(shown_texts(*day))


def _day(config: Config) -> "tuple[Rundown, Catalog] | None":
    """The day and its catalog; None where they have faults, which `check` tells."""
    from node.program.reading import load_rundown  # noqa: PLC0415

    try:
        return load_rundown(Path(config.rundown), fps=config.program.fps, has_files=False)
    except RundownError:
        return None


def assets(config: Config) -> Verdict:
    """Whether the day's clips and pictures are approved by somebody the node believes."""
    from node.catalog.trust import trust_of  # noqa: PLC0415  # loads cryptography
    from node.program.reading import read_rundown  # noqa: PLC0415

    try:
        trust = trust_of(config.assets)
    except ConfigError as error:
        return Verdict("assets", "fail", "bad_keys", {"reason": error.faults[0]})
    checks = AssetChecks(trust, now=lambda: datetime.now(UTC))
    reading = read_rundown(Path(config.rundown), fps=config.program.fps, checks=checks)
    wrong = [one for one in reading.findings if one.code == "E50"]
    if wrong:
        return Verdict("assets", "fail", "refused", {"count": len(wrong), "finding": wrong[0]})
    if reading.manifest is None:
        return Verdict("assets", "warn", "unlisted")
    facts = {"count": len(reading.manifest.files), "kid": reading.manifest.signature.kid}
    is_signed = reading.manifest.signature.state == "verified"
    return Verdict(
        "assets", "ok" if is_signed else "warn", "ok" if is_signed else "unsigned", facts
    )


def seller(config: Config) -> Verdict:
    """Whether the catalog says who sells, where the market's rules want it shown."""
    day = _day(config)
    if day is None:
        return Verdict("seller", "absent", "no_day")
    rundown, catalog = day
    if catalog.seller is not None:
        name = next(iter(catalog.seller.name.values()), "")
        return Verdict("seller", "ok", "ok", {"name": name})
    rule = rundown.rules.seller
    if rule is None or not rule.panel:
        return Verdict("seller", "absent", "not_asked", {"market": rundown.market})
    facts = {"market": rundown.market, "source": rule.source}
    return Verdict("seller", "warn", "missing", facts)


def browser(_config: Config) -> Verdict:
    """The browser for the booth's own screen."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        return Verdict("browser", "absent", "none")
    return Verdict("browser", "ok", "ok", {"path": found})


def broker(config: Config) -> Verdict:
    """The broker by which a controller is reached; it is not asked."""
    mqtt = config.mqtt
    if config.enrol is not None:
        from node.control.enrolling import belonging  # noqa: PLC0415  # only where it is needed

        mqtt = belonging(config).mqtt
    if mqtt is not None:
        return Verdict("broker", "ok", "named", {"broker": broker_line(mqtt)})
    if config.enrol is not None:
        return Verdict("broker", "absent", "asks", {"console": config.enrol.console})
    program = find_program()
    return Verdict("broker", "absent", "alone" if program else "nothing")


def port(config: Config) -> Verdict:
    """Whether the pages' port is free, or taken by a running node."""
    facts = {"port": config.web.port}
    try:
        with socket.create_server((config.web.host, config.web.port)):
            return Verdict("port", "ok", "free", facts)
    except OSError as error:
        reason = error.strerror or str(error)
    try:
        fetch_status(NodeAddress(f"http://127.0.0.1:{config.web.port}"))
    except LinkError:
        return Verdict("port", "fail", "taken", {**facts, "reason": reason})
    return Verdict("port", "ok", "on_air", facts)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
