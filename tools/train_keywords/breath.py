"""Several phrases in one breath: half the time a clip, and other melodies than alone.

Kokoro spends two thirds of a short phrase on the quiet around it. Its graph is opened at the
lengths of its signs, so that the comma between two phrases can be held for a pause to cut at.
"""

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tools.kokoro import KokoroParts, Style

Sound = NDArray[np.float32]

_LENGTHS = "/encoder/Clip_output_0"
"""In Kokoro's graph: how many frames each sign lasts."""
_FRAME = 600
"""Samples of a frame: 25 ms at 24 kHz."""
_COMMA_FRAMES, _SPACE_FRAMES, _EDGE_FRAMES = 10.0, 2.0, 6.0
_LATE_FRAMES = 5
"""The quietest place may come so much later than the comma."""
_COMMA = ", "


class Breath:
    """Kokoro with the lengths of its signs held."""

    def __init__(self, parts: KokoroParts) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(_opened(parts.model), options)
        self._vocabulary = parts.vocabulary

    def say(self, phrases: Sequence[str], style: Style, speed: float) -> list[Sound]:
        """Each of `phrases` (Kokoro's signs), cut from one utterance; float32 at 24 kHz."""
        tokens, commas = [0], []
        for number, phrase in enumerate(phrases):
            if number:
                commas.append(len(tokens))
                tokens += self._tokens(_COMMA)
            tokens += self._tokens(phrase.strip())
        tokens.append(0)
        shortest = np.zeros((1, len(tokens)), np.float32)
        longest = np.full((1, len(tokens)), np.inf, np.float32)
        shortest[0, commas] = _COMMA_FRAMES
        shortest[0, [comma + 1 for comma in commas]] = _SPACE_FRAMES
        longest[0, [0, -1]] = _EDGE_FRAMES
        inputs = {
            "tokens": np.array([tokens], np.int64),
            "style": style[min(len(tokens), len(style)) - 1][None],
            "speed": np.array([speed], np.float32),
            "shortest": shortest,
            "longest": longest,
        }
        sound, lengths = self._session.run(None, inputs)
        ends = np.cumsum(np.asarray(lengths)[0]).astype(int)
        return _cut(
            np.asarray(sound, np.float32).ravel(),
            [(ends[comma - 1], ends[comma + 1]) for comma in commas],
        )

    def _tokens(self, phrase: str) -> list[int]:
        known = [self._vocabulary.get(mark) for mark in phrase]
        return [token for token in known if token is not None]


def _cut(sound: Sound, pauses: Sequence[tuple[int, int]]) -> list[Sound]:
    """`sound` cut in the quietest frame of each pause."""
    loudness = np.square(sound[: len(sound) // _FRAME * _FRAME]).reshape(-1, _FRAME).mean(axis=1)
    places = [
        (first + int(np.argmin(loudness[first : last + _LATE_FRAMES]))) * _FRAME + _FRAME // 2
        for first, last in pauses
    ]
    return np.split(sound, places)


def _opened(payload: bytes) -> bytes:
    """The model with the lengths bounded by two new inputs, and told by a new output."""
    model = onnx.load_model_from_string(payload)
    graph = model.graph
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == _LENGTHS:
                node.input[place] = "lengths"
    at = next(place for place, node in enumerate(graph.node) if _LENGTHS in node.output)
    graph.node.insert(at + 1, helper.make_node("Min", [_LENGTHS, "longest"], ["capped"]))
    graph.node.insert(at + 2, helper.make_node("Max", ["capped", "shortest"], ["lengths"]))
    for name in ("shortest", "longest"):
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "n"]))
    graph.output.append(helper.make_tensor_value_info("lengths", TensorProto.FLOAT, [1, "n"]))
    return bytes(model.SerializeToString())
