"""The booth's head with weights of 8 bits beside the one that is published: size, time, recall.

    python -m tests.bench.bench_int8 --data DIR --recordings DIR

Arguments as for bench_keywords. Weights per channel, activations at run time
(onnxruntime.quantization.quantize_dynamic); thresholds are those published for the other one.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

from node.voice.frontend import ROW_WIDTH
from node.voice.models import load_models
from node.voice.spotter import ROWS_PER_LOOK, Classify
from tests.bench.bench_keywords import QUICK, ROOT, spoken
from tools.train_keywords.__main__ import CACHE, wanted_clips
from tools.train_keywords.gather import gather
from tools.train_keywords.inventory import LOCALES, load_inventory
from tools.train_keywords.material import recordings
from tools.train_keywords.measure import recall, trials
from tools.train_keywords.speech import Speakers

PUBLISHED = ROOT / "models" / "booth.onnx"
ROUNDS, LOOKS = 9, 500


def main() -> None:
    """Measure and print."""
    wish = parse()
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "int8.onnx"
        quantize_dynamic(PUBLISHED, small, weight_type=QuantType.QInt8, per_channel=True)
        sizes = {"float32": PUBLISHED.stat().st_size, "int8": small.stat().st_size}
        heads = {"float32": classifier(PUBLISHED), "int8": classifier(small)}
    looks = np.random.default_rng(1).standard_normal((1, ROWS_PER_LOOK, ROW_WIDTH))
    one = looks.astype(np.float32)
    times: dict[str, list[float]] = {name: [] for name in heads}
    for _ in range(ROUNDS):
        for name, classify in heads.items():
            begun = time.process_time()
            for _ in range(LOOKS):
                classify(one)
            times[name].append((time.process_time() - begun) / LOOKS * 1000)
    for name in heads:
        print(f"{name:8} {sizes[name]:9} bytes, {median(times[name]):.3f} ms a look")
    understood(heads, wish)


def understood(heads: dict[str, Classify], wish: argparse.Namespace) -> None:
    """Recall by place and language, each head by turns on the same sound."""
    models = load_models()
    inventory = load_inventory(ROOT / "tools/train_keywords/inventory.toml")
    tests = [one for one in wanted_clips(inventory, CACHE) if one.role == "test"]
    material = gather(
        Speakers(wish.data / "speech", wish.data), tests, recordings(wish.recordings), ()
    )
    known = {label.keyword for label in models.head.labels}
    clips = [(k, pcm) for k, pcm in spoken(inventory, material) if k.text in known]
    noises = material.stage("test").noises
    for place in QUICK:
        for name, classify in heads.items():
            ours = replace(models, head=replace(models.head, classify=classify))
            for locale in LOCALES:
                mine = [(k, pcm) for k, pcm in clips if k.locale == locale]
                noise = partial(noises.draw, rng=np.random.default_rng(11))
                done = recall(trials(mine, ours, place, noise, 3))
                shares = f"right {done.right:.3f}, wrong {done.wrong:.3f}"
                print(f"{place.name:8} {name:8} {locale} {shares}")


def classifier(path: Path) -> Classify:
    """A head as the node opens it: one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        path.read_bytes(), options, providers=["CPUExecutionProvider"]
    )

    def classify(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {"x": rows})[0], np.float32)

    return classify


def parse() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recordings", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
