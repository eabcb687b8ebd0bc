"""Writes the vectors beside it: python -m tests.vectors.h264.make_vectors (libx264, 160x96)."""

from pathlib import Path

import numpy as np

from node.encode.x264 import X264
from node.media import Frame, Pts90k, Rendition, Size

HERE = Path(__file__).parent


def main() -> None:
    """An IDR with its parameter sets, the picture after it, and an IDR cut in its slice."""
    codec = X264(Rendition(Size(160, 96), 30, 300), preset="ultrafast", threads=1, why="")
    noise = np.random.default_rng(7).integers(16, 235, (144, 160), np.uint8)
    idr = codec.encode(Frame(Pts90k(0), 0.0, noise), force_idr=False)[0]
    moved = np.ascontiguousarray(np.roll(noise, 3, axis=1))
    delta = codec.encode(Frame(Pts90k(3000), 0.0, moved), force_idr=False)[0]
    (HERE / "idr.h264").write_bytes(idr.payload)
    (HERE / "delta.h264").write_bytes(delta.payload)
    (HERE / "idr_truncated.h264").write_bytes(idr.payload[: len(idr.payload) // 2])


if __name__ == "__main__":
    main()
