"""The manifest of the assets: what each file is, by hash, what was measured in it, signed.

The key lives for one signature: its public half lies beside the manifest, the private one nowhere.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np

from node.catalog.trust import TYP, USE, signature_path
from node.jws import new_key, sign_beside, write_public_key
from tools.make_demo.loudness import Stereo, measured
from tools.make_demo.wave_shapes import RATE_HZ

FORMAT = "livesell-assets/1"
NAME = "assets.json"
KEYS = "keys.jwk"
APPROVER = "tools/make_demo"
_KINDS = {".mp4", ".png", ".svg"}


def write_manifest(folder: Path) -> Path:
    """Describe every asset in `folder` in assets.json beside them, sign it, return its path."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in _KINDS)
    files = {path.relative_to(folder).as_posix(): _entry(path) for path in found}
    target = folder / NAME
    text = json.dumps({"format": FORMAT, "files": files}, indent=2, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")
    _sign(target, folder / KEYS)
    return target


def _sign(manifest: Path, keys: Path) -> None:
    key = new_key("demo", USE)
    token = sign_beside(manifest.read_bytes(), key, typ=TYP)
    signature_path(manifest).write_text(f"{token}\n", encoding="ascii")
    keys.unlink(missing_ok=True)
    write_public_key(keys, key.public)


def decoded_sound(clip: Path) -> Stereo:
    """The clip's sound as float32 [n, 2], 48 kHz."""
    with av.open(str(clip)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1).T.astype(np.float32)


def _entry(path: Path) -> dict[str, str | int | float | bool]:
    raw = path.read_bytes()
    entry: dict[str, str | int | float | bool] = {
        "sha256": hashlib.sha256(raw).hexdigest(),
        "bytes": len(raw),
        "kind": "clip" if path.suffix == ".mp4" else "picture",
        "approver": APPROVER,
        "approved": datetime.now(UTC).date().isoformat(),
    }
    if path.suffix == ".mp4":
        entry |= _clip_facts(path)
    # Drawn by rules, but voiced by a synthetic voice or standing for the assistant.
    entry["ai_made"] = path.suffix == ".mp4"
    return entry


def _clip_facts(path: Path) -> dict[str, str | int | float | bool]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate
        frames = sum(1 for _ in container.decode(stream))
    sound = decoded_sound(path)
    loudness, peak = measured(sound)
    return {
        "frames": frames,
        "fps": str(rate),
        "seconds": round(len(sound) / RATE_HZ, 3),
        "loudness_lufs": round(loudness, 2),
        "true_peak_dbtp": round(peak, 2),
    }
