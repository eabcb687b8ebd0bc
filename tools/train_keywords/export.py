"""Writes a fitted head as an ONNX file: normalisations folded, nothing left of the training.

Weights stay float32: with 8 bits the file is a quarter as large and hears the same, but a look
takes twice the time (tests/bench/bench_int8).
"""

from collections.abc import Sequence

import numpy as np
import onnx
import onnx.compose
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from node.voice.frontend import ROW_WIDTH
from node.voice.spotter import ROWS_PER_LOOK

_OPSET = 17
"""The first that knows LayerNormalization; every onnxruntime since 1.12 runs it."""
_IR_VERSION = 8
_EPSILON = 1e-5
_LEAST_LIKELY = 1e-9
"""A likelihood of 0 has no logarithm."""


def onnx_bytes(weights: dict[str, NDArray[np.float32]], note: str) -> bytes:
    """The head as ONNX: `x` [n, 12, 96] -> `logits` [n, K + 1].

    Args:
        weights: As `fit` gives them.
        note: Goes into the file's documentation string.
    """
    tables = {
        "norm_scale": weights["norm_scale"],
        "norm_bias": weights["norm_bias"],
        "dense": weights["dense"],
        "dense_bias": weights["dense_bias"],
        "out": weights["out"],
        "out_bias": weights["out_bias"],
    }
    for number in (1, 2):
        tables |= _folded(weights, number)
    graph = helper.make_graph(
        _nodes(),
        "head",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", ROWS_PER_LOOK, ROW_WIDTH])],
        [
            helper.make_tensor_value_info(
                "logits", TensorProto.FLOAT, ["n", len(tables["out_bias"])]
            )
        ],
        [
            numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name)
            for name, value in tables.items()
        ],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="train_keywords"
    )
    model.ir_version = _IR_VERSION
    model.doc_string = note
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def joined(heads: Sequence[bytes], note: str) -> bytes:
    """Several heads as one, whose likelihoods are the mean of theirs; one alone stays as it is.

    Args:
        heads: ONNX files as `onnx_bytes` gives them, for the same classes.
        note: Goes into the file's documentation string.
    """
    if len(heads) == 1:
        return heads[0]
    models = [onnx.load_model_from_string(head) for head in heads]
    nodes, tables, answers = [], [], []
    for number, model in enumerate(models):
        part = onnx.compose.add_prefix_graph(model.graph, f"{number}/")
        for node in part.node:
            names = ["x" if name == f"{number}/x" else name for name in node.input]
            node.input[:] = names
        nodes += [*part.node, helper.make_node("Softmax", [f"{number}/logits"], [f"{number}/p"])]
        tables += part.initializer
        answers.append(f"{number}/p")
    tables.append(numpy_helper.from_array(np.array(_LEAST_LIKELY, np.float32), "least"))
    nodes += [
        helper.make_node("Mean", answers, ["mean"]),
        helper.make_node("Max", ["mean", "least"], ["likely"]),
        helper.make_node("Log", ["likely"], ["logits"]),
    ]
    graph = models[0].graph
    whole = helper.make_graph(nodes, "heads", list(graph.input), list(graph.output), tables)
    model = helper.make_model(
        whole, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="train_keywords"
    )
    model.ir_version = _IR_VERSION
    model.doc_string = note
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _folded(weights: dict[str, NDArray[np.float32]], number: int) -> dict[str, NDArray[np.float32]]:
    """A convolution [out, in, 3] and its bias with the normalisation behind it folded in."""
    name = f"bn{number}"
    scale = weights[f"{name}_scale"] / np.sqrt(weights[f"{name}_var"] + _EPSILON)
    kernel = (weights[f"conv{number}"] * scale).reshape(3, ROW_WIDTH, ROW_WIDTH).transpose(2, 1, 0)
    return {
        f"conv{number}": kernel,
        f"conv{number}_bias": weights[f"{name}_bias"] - weights[f"{name}_mean"] * scale,
    }


def _nodes() -> list[onnx.NodeProto]:
    make = helper.make_node
    return [
        make(
            "LayerNormalization",
            ["x", "norm_scale", "norm_bias"],
            ["rows"],
            axis=-1,
            epsilon=_EPSILON,
        ),
        make("Transpose", ["rows"], ["bands"], perm=[0, 2, 1]),
        make("Conv", ["bands", "conv1", "conv1_bias"], ["c1"], kernel_shape=[3], pads=[1, 1]),
        make("Relu", ["c1"], ["r1"]),
        make("Conv", ["r1", "conv2", "conv2_bias"], ["c2"], kernel_shape=[3], pads=[1, 1]),
        make("Relu", ["c2"], ["r2"]),
        make("Transpose", ["r2"], ["steps"], perm=[0, 2, 1]),
        make("Flatten", ["steps"], ["flat"], axis=1),
        make("Gemm", ["flat", "dense", "dense_bias"], ["d1"]),
        make("Relu", ["d1"], ["r3"]),
        make("Gemm", ["r3", "out", "out_bias"], ["logits"]),
    ]
