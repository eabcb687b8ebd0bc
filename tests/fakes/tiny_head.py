"""A head small enough to be written by a test: real ONNX, foreseeable weights."""

import hashlib
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

LABELS = """
[[label]]
keyword = "多少钱"
intent = "price"
locale = "zh"
threshold = 0.6
[[label]]
keyword = "does it come in black"
intent = "colour"
locale = "en"
slots = { colour = "black" }
"""
CLASSES = 3


def head_bytes(*, rows: int = 12, name: str = "x", classes: int = CLASSES, seed: int = 0) -> bytes:
    """A linear head as an ONNX file: `name` float32 [n, rows, 96] -> logits [n, classes]."""
    weights = np.random.default_rng(seed).normal(0, 0.003, (rows * 96, classes))
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", [name], ["flat"], axis=1),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", rows, 96])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(weights.astype(np.float32), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def failing_head_bytes(first: int = 0) -> bytes:
    """A head that looks its logits up in a table of one row, at `first` + its first number."""
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["x", "corner"], ["begin"], axis=2),
            helper.make_node("ReduceMax", ["begin"], ["most"], keepdims=0),
            helper.make_node("Cast", ["most"], ["number"], to=TensorProto.INT64),
            helper.make_node("Add", ["number", "first"], ["row"]),
            helper.make_node("Unsqueeze", ["row", "axis"], ["rows"]),
            helper.make_node("Gather", ["table", "rows"], ["logits"], axis=0),
        ],
        "failing",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 12, 96])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, CLASSES])],
        [
            numpy_helper.from_array(np.array(first, np.int64), "first"),
            numpy_helper.from_array(np.array([0], np.int64), "corner"),
            numpy_helper.from_array(np.array([0], np.int64), "axis"),
            numpy_helper.from_array(np.zeros((1, CLASSES), np.float32), "table"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def write_head(folder: Path, payload: bytes | None = None, labels: str = LABELS) -> Path:
    """Write booth.onnx and its booth.toml into `folder`."""
    payload = head_bytes() if payload is None else payload
    (folder / "booth.onnx").write_bytes(payload)
    sha256 = hashlib.sha256(payload).hexdigest()
    (folder / "booth.toml").write_text(f'[head]\nsha256 = "{sha256}"\nseed = 0\n{labels}')
    return folder
