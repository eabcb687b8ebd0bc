"""The model files of the voice: found, proved, opened; here alone onnxruntime is loaded."""

import hashlib
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, cast

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from node.errors import AssetError, TransientError
from node.voice.frontend import FRAMES_PER_HOP, MEL_BANDS, ROW_WIDTH, Features
from node.voice.hearing import VoiceModels
from node.voice.manifest import (
    FETCHED,
    MANIFEST,
    MODELS,
    ModelFile,
    Shape,
    load_manifest,
    must_be,
    prove,
    read,
    read_toml,
)
from node.voice.spotter import ROWS_PER_LOOK, Head, Label
from node.voice.vad import SpeechModel

DEFAULT_HEAD: Final = "booth"

SPEECH: Final = "silero_vad_16k_op15.onnx"
MELSPECTROGRAM: Final = "melspectrogram.onnx"
EMBEDDING: Final = "embedding_streaming.onnx"
"""Ours, made of the wheel's by tools/make_streaming."""
REFUSED: Final = (
    refusals.Fail,
    refusals.InvalidArgument,
    refusals.InvalidGraph,
    refusals.InvalidProtobuf,
    refusals.NotImplemented,
    refusals.RuntimeException,
)
"""What onnxruntime raises for a file that it cannot open or run; they have no common base."""
SPEECH_RATE: Final = np.array(16_000, np.int64)

Feed = Mapping[str, NDArray[np.float32] | NDArray[np.int64]]
Run = Callable[[Feed], list[NDArray[np.float32]]]


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
        folder: searched before the node's own for manifest, `head`.onnx and `head`.toml.
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


def load_features(folder: Path | None = None) -> Features:
    """Open the front end's two models; raises `AssetError` as `load_models` does."""
    manifest = load_manifest(folder)
    expected = manifest.named(MELSPECTROGRAM)
    mel = _proved(wheel_file(expected), expected)
    expected = manifest.named(EMBEDDING)
    embedding = _proved(_own(folder, EMBEDDING), expected)

    def melspectrogram(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        return mel({"input": sound[np.newaxis]})[0].reshape(FRAMES_PER_HOP, MEL_BANDS)

    def embed(
        frames: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        row, after = embedding({"frames": frames[np.newaxis, np.newaxis], "state": state})
        return row, after

    return Features(melspectrogram, embed, expected.inputs["state"][0])


def load_speech(folder: Path | None = None, *, fetched: Path | None = None) -> SpeechModel:
    """Open the speech detector; raises `AssetError` as `load_models` does."""
    expected = load_manifest(folder).named(SPEECH)
    places = [place / SPEECH for place in (folder, fetched, FETCHED, MODELS) if place is not None]
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        where = ", ".join(str(place.parent) for place in places)
        raise AssetError(f"{SPEECH}: in none of {where}: run tools/fetch_models")
    run = _proved(path, expected)

    def speech(
        sound: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[float, NDArray[np.float32]]:
        answer, after = run({"input": sound[np.newaxis], "state": state, "sr": SPEECH_RATE})
        return float(answer[0, 0]), after

    return speech


def load_head(folder: Path | None = None, *, head: str = DEFAULT_HEAD) -> Head:
    """Open a head and its labels; arguments and errors as of `load_models`."""
    labels = _own(folder, f"{head}.toml")
    path = labels.with_suffix(".onnx")
    table = read_toml(labels, _HeadFile)
    payload = read(path)
    must_be(path, "SHA-256", table.head.sha256, hashlib.sha256(payload).hexdigest())
    run = _open(path, payload, {"x": (0, ROWS_PER_LOOK, ROW_WIDTH)})

    def classify(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return run({"x": rows})[0]

    try:
        found = classify(np.zeros((1, ROWS_PER_LOOK, ROW_WIDTH), np.float32)).shape
    except TransientError as error:
        raise AssetError(f"{path}: does not run: {error}") from error
    must_be(path, "logits (labels + none)", (1, len(table.label) + 1), found)
    return Head(table.label, classify, table.head.sha256)


def _own(folder: Path | None, name: str) -> Path:
    """A file of ours: in `folder` where it lies there, else the node's own."""
    has_own = folder is not None and (folder / name).is_file()
    return (folder if folder is not None and has_own else MODELS) / name


def wheel_file(expected: ModelFile) -> Path:
    """Where a model lies in its installed wheel, which is not imported: that loads a listener.

    Raises:
        AssetError: The manifest names no wheel for it, or the wheel is not installed.
    """
    wheel = expected.wheel
    if wheel is None:
        raise AssetError(f"{expected.name}: {MANIFEST} names no wheel")
    try:
        return Path(str(distribution(wheel.distribution).locate_file(wheel.member)))
    except PackageNotFoundError as error:
        raise AssetError(f"{expected.name}: {wheel.distribution} is not installed") from error


def _proved(path: Path, expected: ModelFile) -> Run:
    return _open(path, prove(path, expected), expected.inputs)


def _open(path: Path, payload: bytes, inputs: Mapping[str, Shape]) -> Run:
    onnxruntime.disable_telemetry_events()  # nobody counts a booth's machine
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
    must_be(path, "inputs", dict(inputs), found)

    def run(feed: Feed) -> list[NDArray[np.float32]]:
        try:
            return cast("list[NDArray[np.float32]]", session.run(None, dict(feed)))
        except REFUSED as error:  # memory for one: the show does not end with the ear
            raise TransientError(f"{path.name}: {error}") from error

    return run
