"""The model files of the voice: found, proved, opened; here alone onnxruntime is loaded."""

import hashlib
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, TypeVar, cast

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from node.errors import AssetError
from node.voice.frontend import FRAMES_PER_HOP, MEL_BANDS, ROW_WIDTH, Features
from node.voice.hearing import VoiceModels
from node.voice.spotter import ROWS_PER_LOOK, Head, Label
from node.voice.vad import SpeechModel

CHECKOUT: Final = Path(__file__).parents[2]
MODELS: Final = CHECKOUT / "models"
"""Our heads, their labels and the manifest."""
FETCHED: Final = CHECKOUT / ".cache" / "models"
"""Where tools/fetch_models puts what no wheel of ours brings."""
MANIFEST: Final = "manifest.toml"
DEFAULT_HEAD: Final = "booth"

SPEECH: Final = "silero_vad_16k_op15.onnx"
MELSPECTROGRAM: Final = "melspectrogram.onnx"
EMBEDDING: Final = "embedding_model.onnx"
REFUSED: Final = (
    refusals.Fail,
    refusals.InvalidArgument,
    refusals.InvalidGraph,
    refusals.InvalidProtobuf,
    refusals.NotImplemented,
    refusals.RuntimeException,
)
"""What onnxruntime raises for a file that it cannot open; these have no base class of their own."""
SPEECH_RATE: Final = np.array(16_000, np.int64)

Feed = Mapping[str, NDArray[np.float32] | NDArray[np.int64]]
Run = Callable[[Feed], list[NDArray[np.float32]]]
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


class _HeadTable(msgspec.Struct, frozen=True):
    sha256: str


class _HeadFile(msgspec.Struct, frozen=True):
    head: _HeadTable
    label: tuple[Label, ...]


def load_models(
    folder: Path | None = None, *, fetched: Path | None = None, head: str = DEFAULT_HEAD
) -> VoiceModels:
    """Open all models; ~0.2 s.

    Args:
        folder: holds the manifest and `head`.onnx with `head`.toml; default: the checkout's.
        fetched: holds what tools/fetch_models got; default: the checkout's.
        head: the name of the head.

    Raises:
        AssetError: a file is missing, altered, truncated or of another shape; names the file, what
            was expected and what was found. Thread: blocks on the disk.
    """
    return VoiceModels(
        features=load_features(folder),
        speech=load_speech(folder, fetched=fetched),
        head=load_head(folder, head=head),
    )


def load_manifest(folder: Path | None = None) -> Manifest:
    """Read the manifest of `folder`, or of the checkout where there is none."""
    path = (folder or MODELS) / MANIFEST
    if not path.is_file():
        path = MODELS / MANIFEST
    return _toml(path, Manifest)


def load_features(folder: Path | None = None) -> Features:
    """Open the front end's two models; raises `AssetError` as `load_models` does."""
    manifest = load_manifest(folder)
    mel = _installed(manifest.named(MELSPECTROGRAM))
    embedding = _installed(manifest.named(EMBEDDING))

    def melspectrogram(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        return mel({"input": sound[np.newaxis]})[0].reshape(FRAMES_PER_HOP, MEL_BANDS)

    def embed(frames: NDArray[np.float32]) -> NDArray[np.float32]:
        return embedding({"input_1": frames[np.newaxis, :, :, np.newaxis]})[0].reshape(ROW_WIDTH)

    return Features(melspectrogram, embed)


def load_speech(folder: Path | None = None, *, fetched: Path | None = None) -> SpeechModel:
    """Open the speech detector; raises `AssetError` as `load_models` does."""
    expected = load_manifest(folder).named(SPEECH)
    places = [place / SPEECH for place in (folder, fetched, FETCHED) if place is not None]
    path = next((path for path in places if path.is_file()), places[-1])
    run = _proved(path, expected)

    def speech(
        sound: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[float, NDArray[np.float32]]:
        answer, after = run({"input": sound[np.newaxis], "state": state, "sr": SPEECH_RATE})
        return float(answer[0, 0]), after

    return speech


def load_head(folder: Path | None = None, *, head: str = DEFAULT_HEAD) -> Head:
    """Open `head`.onnx of `folder` with the labels of `head`.toml; raises as `load_models` does."""
    place = folder or MODELS
    path = place / f"{head}.onnx"
    table = _toml(place / f"{head}.toml", _HeadFile)
    payload = _read(path)
    _same(path, "SHA-256", table.head.sha256, hashlib.sha256(payload).hexdigest())
    run = _open(path, payload, {"x": (0, ROWS_PER_LOOK, ROW_WIDTH)})

    def classify(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return run({"x": rows})[0]

    found = classify(np.zeros((1, ROWS_PER_LOOK, ROW_WIDTH), np.float32)).shape
    _same(path, "logits (labels + none)", (1, len(table.label) + 1), found)
    return Head(table.label, classify, table.head.sha256)


def prove(path: Path, expected: ModelFile) -> bytes:
    """The bytes of `path`; raises `AssetError` where they are not the ones expected."""
    payload = _read(path)
    _same(path, "bytes", expected.bytes, len(payload))
    _same(path, "SHA-256", expected.sha256, hashlib.sha256(payload).hexdigest())
    return payload


def _installed(expected: ModelFile) -> Run:
    """A model inside an installed wheel, which is not imported: that would load a listener."""
    wheel = expected.wheel
    if wheel is None:
        raise AssetError(f"{expected.name}: {MANIFEST} names no wheel")
    try:
        path = Path(str(distribution(wheel.distribution).locate_file(wheel.member)))
    except PackageNotFoundError as error:
        raise AssetError(f"{expected.name}: {wheel.distribution} is not installed") from error
    return _proved(path, expected)


def _proved(path: Path, expected: ModelFile) -> Run:
    return _open(path, prove(path, expected), expected.inputs)


def _open(path: Path, payload: bytes, inputs: Mapping[str, Shape]) -> Run:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(payload, options, providers=["CPUExecutionProvider"])
    except REFUSED as error:
        raise AssetError(f"{path}: no ONNX model: {error}") from error
    found = {
        one.name: tuple(size if isinstance(size, int) else 0 for size in one.shape)
        for one in session.get_inputs()
    }
    _same(path, "inputs", dict(inputs), found)

    def run(feed: Feed) -> list[NDArray[np.float32]]:
        return cast("list[NDArray[np.float32]]", session.run(None, dict(feed)))

    return run


def _toml(path: Path, form: type[T]) -> T:
    try:
        return msgspec.toml.decode(_read(path), type=form)
    except msgspec.DecodeError as error:
        raise AssetError(f"{path}: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path}: {error.strerror} (fetched by tools/fetch_models)") from error


def _same(path: Path, what: str, expected: object, found: object) -> None:
    if expected != found:
        raise AssetError(f"{path}: {what}: expected {expected}, found {found}")
