"""Which encoder the node uses: what the board has, what is chosen, why the others are not."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from node.board.videokernel import Kernel, LinuxKernel
from node.config import EncoderConfig
from node.encode import headroom
from node.encode.codec import BoardCodec, VideoCodec
from node.encode.gstreamer import Gstreamer
from node.encode.v4l2m2m import V4l2M2m, find_encoder
from node.encode.x264 import X264
from node.errors import DeviceError
from node.media import Frame, Pts90k, Rendition

JETSON_ELEMENT: Final = "nvv4l2h264enc"
TRIAL_FRAMES: Final = 8
TRIAL_IDR: Final = 4
"""The picture of the trial that must be an IDR, or the one after it."""


@dataclass(frozen=True, slots=True)
class Board:
    """The board's own encoder, opened, or None; and why others, or all, were refused."""

    codec: BoardCodec | None
    refusals: tuple[str, ...]


def choose(
    cfg: EncoderConfig,
    rendition: Rendition,
    *,
    cache: Path | None = None,
    root: Path = Path("/"),
    kernel: Kernel | None = None,
) -> VideoCodec:
    """The encoder that the configuration asks for; for "auto" the board's own where one works.

    Raises:
        DeviceError: what is asked for is not there, or does not stand its trial.

    Thread: any but the loop's; a trial takes some 0.3 s, measuring libx264 under 0.4 s.
    """
    if cfg.kind == "libx264":
        return headroom.choose(cfg, rendition, cache=cache)
    board = find_board(cfg, rendition, root=root, kernel=kernel)
    if board.codec is not None:
        return board.codec
    refused = "; ".join(board.refusals)
    if cfg.kind != "auto":
        raise DeviceError(refused)
    return software(cfg, rendition, refused, cache=cache)


def software(
    cfg: EncoderConfig, rendition: Rendition, because: str, *, cache: Path | None = None
) -> X264:
    """libx264 with a preset that fits, which says `because` of what it is not the one wanted.

    For "auto" that is the board's own; what the configuration names is given up when it has failed
    twice, for a show that goes on is worth more than the encoder that was asked for.
    """
    codec = headroom.choose(cfg, rendition, cache=cache)
    if because:
        given_up = f"encoder.kind asked for {cfg.kind}, which failed twice"
        what = "not by the board" if cfg.kind == "auto" else given_up
        codec.why = f"{codec.why}; {what}: {because}"
    return codec


def find_board(
    cfg: EncoderConfig,
    rendition: Rendition,
    *,
    root: Path = Path("/"),
    kernel: Kernel | None = None,
) -> Board:
    """Try what the configuration names, for "auto" all that the machine seems to have, in turn."""
    refusals: list[str] = []
    for codec in _candidates(cfg, rendition, root, kernel or LinuxKernel(root), refusals):
        try:
            took_ms = try_out(codec, rendition)
            if cfg.kind == "auto" and took_ms > 1000 / rendition.fps:
                refusals.append(f"{codec.name}: {took_ms:.0f} ms a picture is too slow")
                continue
            codec.open()
        except DeviceError as error:
            codec.close()
            refusals.append(str(error))
            continue
        codec.why = f"{codec.why}: {took_ms:.1f} ms a picture in its trial"
        return Board(codec, tuple(refusals))
    return Board(None, tuple(refusals))


def try_out(codec: BoardCodec, rendition: Rendition) -> float:
    """Encode some pictures, one of them to be an IDR; the median time of one in ms. Closes it.

    Raises:
        DeviceError: it fails, or answers no request for an IDR.
    """
    taken_s: list[float] = []
    idrs: list[int] = []
    codec.open()
    for number, pixels in enumerate(headroom.moving_pictures(rendition.size)[:TRIAL_FRAMES]):
        frame = Frame(Pts90k(number * 90_000 // rendition.fps), 0.0, pixels)
        start = time.perf_counter()
        units = codec.encode(frame, force_idr=number == TRIAL_IDR)
        taken_s.append(time.perf_counter() - start)
        idrs += [unit.pts * rendition.fps // 90_000 for unit in units if unit.is_idr]
    codec.close()
    if not idrs or idrs[0] != 0:
        raise DeviceError(f"{codec.name}: does not begin with an IDR")
    if not {TRIAL_IDR, TRIAL_IDR + 1} & set(idrs):
        raise DeviceError(f"{codec.name}: gives no IDR when asked")
    return median(taken_s) * 1000


def is_jetson(root: Path = Path("/")) -> bool:
    """Whether this is an NVIDIA Jetson, which says so in two places."""
    try:
        model = (root / "proc/device-tree/compatible").read_bytes()
    except OSError:
        model = b""
    return b"nvidia,tegra" in model or (root / "etc/nv_tegra_release").exists()


def _candidates(
    cfg: EncoderConfig, rendition: Rendition, root: Path, kernel: Kernel, refusals: list[str]
) -> Iterator[BoardCodec]:
    """What may be tried; what is known to be missing goes to `refusals`."""
    why = "the board's own" if cfg.kind == "auto" else "as configured"
    if cfg.kind in {"auto", "v4l2m2m"}:
        path, faults = (cfg.device, []) if cfg.device else find_encoder(kernel)
        refusals += faults
        if path:
            yield V4l2M2m(rendition, path=path, why=why, kernel=kernel)
        elif cfg.kind == "v4l2m2m":
            refusals.append("v4l2m2m: no device of /dev/video* turns I420 into H.264")
    element = JETSON_ELEMENT if cfg.element == "auto" else cfg.element
    if cfg.kind == "gstreamer" or (cfg.kind == "auto" and is_jetson(root)):
        yield Gstreamer(rendition, element=element, why=why)
