"""livesell sign, livesell keygen: who approves a day's files, and the key that says so."""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec

from node.board.identity import cache_dir
from node.catalog.assets import (
    FORMAT,
    MAX_BYTES,
    Accepted,
    EntryForm,
    ManifestForm,
    leads_out,
    manifest_form,
    missing,
    read_content,
)
from node.catalog.hashes import HashBook
from node.catalog.inspection import Inspection
from node.catalog.trust import TYP, USE, signature_path
from node.cli.progress import Bar
from node.cli.texts import Texts
from node.clips.inspecting import Inspections
from node.errors import NodeError
from node.findings import Finding, has_errors
from node.jws import PrivateKey, is_name, new_key, read_private_key, sign_beside, write_keys
from node.media import Size
from node.program.draft import USUAL_FPS
from node.program.reading import read_rundown
from node.program.rules.imported import MOVING, standard_faults
from node.tables import read_table

MANIFEST: Final = "assets.json"
SIZE: Final = Size(1280, 720)
Kind = Literal["clip", "picture", "other"]
FAILED: Final = 1


@dataclass(frozen=True, slots=True)
class _Asset:
    """A file to be approved; `segment_kind` is empty where no segment plays it."""

    name: str
    kind: Kind
    segment_kind: str = ""
    is_ai_made: bool = False


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be approved, and how it will stand in the manifest."""

    manifest: Path
    fps: int
    assets: tuple[_Asset, ...]
    terms: EntryForm
    accepted: frozenset[Accepted]


def keygen(args: argparse.Namespace, texts: Texts) -> int:
    """Write a new key's two halves; raises `NodeError` where one is there already."""
    name, folder = args.name, args.folder
    if not is_name(name):
        raise NodeError(texts("keygen.bad_name", name=name))
    private, public = folder / f"{name}.key", folder / f"{name}.jwk"
    write_keys(private, public, new_key(name, USE))
    print(texts("keygen.done", private=private, public=public))
    return 0


def sign(args: argparse.Namespace, texts: Texts) -> int:
    """Write a manifest and its signature.

    Returns:
        0 done, 1 when the day or a clip is refused, which is then told on stderr.

    Raises:
        NodeError: nothing was written, for the reason it tells.
    """
    key = read_private_key(args.key)
    if key.public.use != USE:
        raise NodeError(texts("sign.no_use", path=args.key, use=key.public.use))
    terms = EntryForm(
        sha256="",
        bytes=0,
        approver=args.approver,
        approved=date.today(),  # noqa: DTZ011  # the approver's own day
        expires=args.expires,
        markets=tuple(dict.fromkeys(args.market)),
    )
    wish = _wish(args.path, terms, frozenset(args.accept), texts)
    entries, faults = _measured(wish)
    for line in faults:
        print(line, file=sys.stderr)
    if faults:
        print(texts("sign.refused"), file=sys.stderr)
        return FAILED
    _write(wish.manifest, entries, key)
    print(texts("sign.done", kid=key.public.kid, manifest=wish.manifest, count=len(entries)))
    if args.path.suffix != ".json" and not _named(args.path):
        print(texts("sign.name_it", path=args.path, manifest=wish.manifest.name))
    return 0


def _wish(path: Path, terms: EntryForm, accepted: frozenset[Accepted], texts: Texts) -> _Wish:
    folder = path.absolute().parent
    if path.suffix == ".json":
        known = _known(path.absolute())
        assets = {name: _again(name, entry) for name, entry in known.items()}
        manifest, fps = path.absolute(), USUAL_FPS
    else:
        manifest, fps, assets = _of_day(path, texts)
    if not assets:
        raise NodeError(texts("sign.nothing", path=path))
    for name in assets:
        reason = missing(folder, name)
        if reason:
            raise NodeError(f"{name}: {reason}")
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise NodeError(texts("sign.outside", name=name, path=path))
    return _Wish(manifest, fps, tuple(assets.values()), terms, accepted)


def _of_day(path: Path, texts: Texts) -> tuple[Path, int, dict[str, _Asset]]:
    reading = read_rundown(path, has_files=False)
    day, catalog, folder = reading.rundown, reading.catalog, path.absolute().parent
    if day is None or catalog is None:
        raise NodeError("\n".join(str(one) for one in reading.findings if has_errors([one])))
    manifest = folder / (_named(path) or MANIFEST)
    known = _known(manifest) if manifest.is_file() else {}
    assets: dict[str, _Asset] = {}
    for one in day.segments.values():
        if one.asset is not None and one.kind != "live":
            name = _name(one.asset, folder, path, texts)
            kind: Kind = "clip" if one.kind in MOVING else "picture"
            before = known.get(name)
            is_ai = bool(one.ai_label) or (before is not None and before.ai_made)
            assets.setdefault(name, _Asset(name, kind, one.kind, is_ai))
    for product in catalog.products.values():
        if product.image is not None:
            name = _name(product.image, folder, path, texts)
            assets.setdefault(name, _Asset(name, "picture"))
    return manifest, day.fps, dict(sorted(assets.items()))


def _name(asset: Path, folder: Path, path: Path, texts: Texts) -> str:
    if not asset.is_relative_to(folder):
        raise NodeError(texts("sign.outside", name=asset, path=path))
    return asset.relative_to(folder).as_posix()


def _again(name: str, entry: EntryForm) -> _Asset:
    is_clip = entry.kind == "clip" or entry.frames is not None
    kind: Kind = "clip" if is_clip else "picture"
    return _Asset(name, kind, "clip" if is_clip else "", entry.ai_made)


def _known(manifest: Path) -> Mapping[str, EntryForm]:
    content = read_content(manifest)
    if isinstance(content, str):
        raise NodeError(f"{manifest}: {content}")
    try:
        return manifest_form(content).files
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NodeError(f"{manifest}: no manifest of assets: {error}") from error


def _measured(wish: _Wish) -> tuple[dict[str, EntryForm], list[str]]:
    """The entries, and one line for each fault that nobody accepted."""
    book = HashBook(cache_dir() / "hashes.json")
    cache = cache_dir() / "inspections.json"
    inspections = Inspections(book, cache, size=SIZE, fps=wish.fps)
    bar, folder = Bar(len(wish.assets)), wish.manifest.parent
    entries: dict[str, EntryForm] = {}
    faults: list[str] = []
    try:
        for asset in wish.assets:
            path, report = folder / asset.name, bar.piece(asset.name)
            found = Inspection()
            if asset.kind == "clip":
                if inspections.known(path) is None:
                    bar.started(asset.name)
                found = inspections.inspect(path, report)
            entry, lines = _entry(wish, asset, found)
            entries[asset.name] = msgspec.structs.replace(
                entry, sha256=book.sha256(path, report), bytes=path.stat().st_size
            )
            faults += [f"{asset.name}: {line}" for line in lines]
    finally:
        bar.close()
    return entries, faults


def _entry(wish: _Wish, asset: _Asset, found: Inspection) -> tuple[EntryForm, list[str]]:
    entry = msgspec.structs.replace(wish.terms, kind=asset.kind, ai_made=asset.is_ai_made)
    if asset.kind != "clip":
        return entry, []
    if found.fault:
        return entry, [found.fault]
    faults = list(standard_faults(found, asset.segment_kind, wish.fps))
    is_rate = all(name != "fps" for name, _ in faults)
    entry = msgspec.structs.replace(
        entry,
        frames=found.frames,
        fps=str(wish.fps) if is_rate else f"{found.fps:g}",
        loudness_lufs=found.loudness_lufs,
        accepted=tuple(sorted({name for name, _ in faults} & wish.accepted)),
    )
    return entry, [f"{name}: {line}" for name, line in faults if name not in wish.accepted]


def _write(manifest: Path, entries: Mapping[str, EntryForm], key: PrivateKey) -> None:
    form = ManifestForm(FORMAT, dict(entries))
    content = msgspec.json.format(msgspec.json.encode(form), indent=2) + b"\n"
    if len(content) > MAX_BYTES:
        raise NodeError(f"{manifest}: more than the {MAX_BYTES >> 20} MiB allowed")
    token = sign_beside(content, key, typ=TYP)
    for path, text in ((manifest, content), (signature_path(manifest), f"{token}\n".encode())):
        fresh = path.with_name(f".{path.name}.new")
        with fresh.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def _named(path: Path) -> str:
    """The manifest that a rundown names, if it does."""
    read = read_table(path)
    name = None if isinstance(read, Finding) else read[0].string("assets")
    return name if name and not leads_out(name) and "\0" not in name else ""
