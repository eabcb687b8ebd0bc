"""The still pictures: slate, desk, one portrait of each product, the mark."""

from collections.abc import Callable
from pathlib import Path

import skia

from tools.make_demo.booth import desk, slate
from tools.make_demo.brush import Canvas, halo, ink, moved, oval, sprite, stamp
from tools.make_demo.cast import wave
from tools.make_demo.goods import blossom, flask, folded_set, tea_set, tin
from tools.make_demo.palette import CREAM, HONEY, NIGHT

_PRODUCT_PX = 1000
_LOGO_PX = 512


def write_pictures(folder: Path) -> None:
    """Write slate.png, desk.png and img/*.png under `folder`, which exists."""
    (folder / "img").mkdir(exist_ok=True)
    _write(folder / "slate.png", (1280, 720), slate)
    _write(folder / "desk.png", (1280, 720), desk)
    square = (_PRODUCT_PX, _PRODUCT_PX)
    _write(folder / "img" / "p17.png", square, _tea_set)
    _write(folder / "img" / "p18.png", square, _flask)
    _write(folder / "img" / "p21.png", square, _tin)
    _write(folder / "img" / "logo.png", (_LOGO_PX, _LOGO_PX), _logo)


def _write(target: Path, size: tuple[int, int], draw: Callable[[Canvas], None]) -> None:
    fine = sprite(size, draw, scale=2)
    surface = skia.Surface(*size)
    stamp(surface.getCanvas(), fine, (0, 0, *size))
    surface.makeImageSnapshot().save(str(target), skia.kPNG)


def _backed(canvas: Canvas) -> None:
    centre = (_PRODUCT_PX / 2, _PRODUCT_PX * 0.48)
    canvas.clear(0xFFF4E6D4)
    canvas.drawCircle(*centre, 620, halo(centre, 620, CREAM, 1.0))
    oval(canvas, 500, 1010, 620, 170, ink(HONEY, 0.22, blur=30))


def _tea_set(canvas: Canvas) -> None:
    _backed(canvas)
    with moved(canvas, 475, 640, scale=2.1):
        tea_set(canvas)
    with moved(canvas, 300, 880, scale=1.5):
        folded_set(canvas)


def _flask(canvas: Canvas) -> None:
    _backed(canvas)
    oval(canvas, 560, 862, 190, 30, ink(NIGHT, 0.12, blur=24))
    with moved(canvas, 500, 870, scale=2.15):
        flask(canvas)


def _tin(canvas: Canvas) -> None:
    _backed(canvas)
    with moved(canvas, 500, 830, scale=2.5):
        tin(canvas)
    for x, y, turn, radius in (
        (170, 850, 20, 26),
        (240, 910, 60, 20),
        (820, 880, 10, 28),
        (750, 930, 40, 18),
    ):
        oval(canvas, x, y + radius, radius * 1.3, radius * 0.4, ink(NIGHT, 0.25, blur=6))
        with moved(canvas, x, y, turn=turn):
            blossom(canvas, radius)


def _logo(canvas: Canvas) -> None:
    with moved(canvas, _LOGO_PX / 2, _LOGO_PX / 2):
        wave(canvas, 250)
