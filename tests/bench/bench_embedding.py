"""The embedding hop by hop beside the published one, which looks at 76 frames anew for each row.

One thread each, in turn within one run, CPU time; frames of the demo's drama. Nothing simulated.

    python -m tests.bench.bench_embedding [--seconds 30] [--rounds 5]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from node.voice.frontend import FRAMES_PER_HOP, FRAMES_PER_ROW, HOP_SAMPLES, HOPS_SEEN
from node.voice.models import load_features
from tests.bench.bench_hearing_cost import drama
from tools.make_streaming import original

Mels = NDArray[np.float32]
"""Scaled mel frames, float32 [k, 32]."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    features = load_features()
    sound = drama(chosen.seconds).astype(np.float32)
    mels = np.concatenate([
        features.melspectrogram(sound[at : at + 1760]) / 10 + 2
        for at in range(0, len(sound) - 1760, HOP_SAMPLES)
    ])  # fmt: skip
    published, streaming = _published(), _streaming()
    rows = len(mels) // FRAMES_PER_HOP - HOPS_SEEN + 1
    apart = float(np.abs(published(mels) - streaming(mels)).max())
    took: dict[str, list[float]] = {"published": [], "streaming": []}
    for _ in range(chosen.rounds):
        for name, embed in (("published", published), ("streaming", streaming)):
            began = time.process_time()
            embed(mels)
            took[name].append((time.process_time() - began) / rows * 1e3)
    one, other = (statistics.median(took[name]) for name in ("published", "streaming"))
    print(
        f"published {one:.3f} ms a row, streaming {other:.3f} ms: {one / other:.1f} times as fast"
    )
    print(f"{rows} rows, {chosen.rounds} rounds; numbers at most {apart:.1e} apart")


def _published() -> Callable[[Mels], Mels]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = onnxruntime.InferenceSession(original(), options, providers=["CPUExecutionProvider"])

    def embed(mels: Mels) -> Mels:
        first = HOPS_SEEN * FRAMES_PER_HOP - FRAMES_PER_ROW
        return np.stack([
            model.run(None, {"input_1": mels[None, at : at + FRAMES_PER_ROW, :, None]})[0]
            for at in range(first, len(mels) - FRAMES_PER_ROW + 1, FRAMES_PER_HOP)
        ]).reshape(-1, 96)  # fmt: skip

    return embed


def _streaming() -> Callable[[Mels], Mels]:
    features = load_features()

    def embed(mels: Mels) -> Mels:
        state, rows = np.zeros(features.state, np.float32), []
        for hop in mels.reshape(-1, FRAMES_PER_HOP, mels.shape[1]):
            row, state = features.embedding(hop, state)
            rows.append(row)
        return np.stack(rows[HOPS_SEEN - 1 :])

    return embed


if __name__ == "__main__":
    main()
