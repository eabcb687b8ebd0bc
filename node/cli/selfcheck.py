"""livesell update check: a release judges itself before it is let on the air.

Nothing of the booth is touched: no device, no port, no file of the show that runs meanwhile. The
last line of its output is for the release that asks, which may be an older one.
"""

import importlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from node.board.identity import VERSION
from node.config import Config
from node.errors import NodeError
from node.explain import faults_of
from node.media import Frame, Pts90k, Rendition, Size

PARTS: Final = ("node.app", "node.control.outside", "node.cli.run", "node.update.apply")
"""They load all that a node at work needs but drivers of devices that this board may lack."""
LIBRARIES: Final = (
    "jwt", "soxr", "onnxruntime", "segno", "cryptography.hazmat.primitives.asymmetric.ed25519",
)  # fmt: skip
"""Loaded only when they are first needed."""
SMALL: Final = Rendition(Size(320, 180), 25, 300)


def selfcheck(config: Path) -> int:
    """Print what is wrong, then one line of JSON with the version; 0 where nothing is."""
    faults = list(_faults(config))
    for fault in faults:
        print(f"ERROR: {fault}")
    print(json.dumps({"version": VERSION, "ok": not faults}))
    return int(bool(faults))


def _faults(config: Path) -> Iterator[str]:
    for name in (*PARTS, *LIBRARIES):
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001  # whatever a broken package may do as it is loaded
            yield f"{name} cannot be loaded: {type(error).__name__}: {error}"
            return
    yield from _encoder_faults()
    yield from _config_faults(config)


def _encoder_faults() -> Iterator[str]:
    """Whether the codecs that came with the release work here."""
    from node.encode.x264 import X264  # noqa: PLC0415  # judged above

    pixels = np.full((SMALL.size.height * 3 // 2, SMALL.size.width), 128, np.uint8)
    encoder = X264(SMALL, preset="ultrafast", threads=1, why="self check")
    try:
        if not encoder.encode(Frame(Pts90k(0), 0.0, pixels), True)[0].is_idr:
            yield "encoder: it begins with something else than a whole picture"
    except (NodeError, OSError) as error:
        yield f"encoder: {error}"
    finally:
        encoder.close()


def _config_faults(path: Path) -> Iterator[str]:
    """Whether the booth's configuration has a form that this release takes.

    The files that it names are not looked at: some are for the running node alone.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        yield f"{path}: {error}"
        return
    yield from (f"{path}: {fault}" for fault in faults_of(table, Config))
