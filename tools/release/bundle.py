"""A release in a folder: its wheels, and the signed manifest that names them."""

import hashlib
import json
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from node.errors import NodeError
from node.jws import PrivateKey, UntrustedError, sign
from node.update.manifest import MANIFEST, TOKEN_MAX_BYTES, TYP, USE, Release, Wheel, opened
from tools.release.target import Target

READABLE: Final = "manifest.json"
SECTION: Final = "software.toml"
"""The desired section, for `fleet rollout start software`."""
COMPILED: Final = 1.25
"""A package on disk to its content, with what Python compiles of it: 1.19 (bench_update.py)."""
ENVIRONMENT_BYTES: Final = 20 << 20
"""A virtual environment with nothing in it but pip."""


def seal(
    folder: Path, target: Target, key: PrivateKey, *, version: str, min_version: str,
    system: Sequence[str] = (), url: str = "",
) -> Release:  # fmt: skip
    """Write manifest and section for the wheels in a folder; raises `NodeError`.

    `url` is where the folder will be found, with a slash at its end; empty: the asset server of
    each node's fleet, by hash.
    """
    if key.public.use != USE:
        raise NodeError(f"key {key.public.kid} is for {key.public.use!r}, not for {USE!r}")
    wheels = sorted(folder.glob("*.whl"))
    unpacked = sum(_unpacked_bytes(one) for one in wheels)
    release = Release(
        v=1, version=version, min_version=min_version, python=target.python,
        machine=target.machine, made=int(time.time() * 1000),
        installed_bytes=int(unpacked * COMPILED) + ENVIRONMENT_BYTES,
        files=tuple(_wheel(one) for one in wheels), system=tuple(system),
    )  # fmt: skip
    payload = msgspec.json.encode(release)
    token = sign(payload, key, typ=TYP).encode()
    try:
        opened(token, [key.public])
    except UntrustedError as error:
        raise NodeError(f"{folder}: no release: {error}") from error
    if len(token) > TOKEN_MAX_BYTES:
        raise NodeError(f"{folder}: a manifest of {len(token)} bytes: {TOKEN_MAX_BYTES} at most")
    (folder / MANIFEST).write_bytes(token)
    (folder / READABLE).write_bytes(msgspec.json.format(payload, indent=1) + b"\n")
    digest = hashlib.sha256(token).hexdigest()
    lines = {"version": version, "manifest_url": f"{url}{MANIFEST}" if url else "",
             "sha256": f"sha256:{digest}"}  # fmt: skip
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
    (folder / SECTION).write_text(text, encoding="utf-8")
    return release


def _wheel(path: Path) -> Wheel:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Wheel(path.name, path.stat().st_size, digest)


def _unpacked_bytes(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as wheel:
            return sum(one.file_size for one in wheel.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise NodeError(f"{path.name}: no wheel: {error}") from error
