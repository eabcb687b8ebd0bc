"""The train: its outside crossing the dusk, its carriage with a window full of passing land."""

import math
from functools import cache

import numpy as np
import skia

from tools.make_demo.brush import (
    Canvas,
    box,
    halo,
    ink,
    inside,
    letters,
    moved,
    oval,
    path,
    pen,
    ramp,
    sprite,
    stamp,
)
from tools.make_demo.palette import AMBER, CREAM, DEEP, HONEY, MIST, NIGHT, PLUM, TEAL, WINE, mixed
from tools.make_demo.stage import Stage

_STRIP, _MARGIN = 2600, 80
"""Width of the passing land, and what is drawn beyond it so that its blur has no edge."""
_SKY = (0x4B4A78, 0x8A6A8C, 0xE8946A, HONEY)
_HILLS = ((0x8A6480, 300, 60, 26), (0x5E4A6E, 350, 70, 90), (0x3D3558, 400, 46, 240))
"""Far to near: colour, height of the ridge, its swing, and its pace in pixels a second."""


def carriage(stage: Stage, *, soft: float = 0.0) -> None:
    """The carriage behind the actors: wall, window, lamp, two seat backs, a gentle rocking."""
    rock = 2.2 * math.sin(stage.film_t * 4.7) + 1.2 * math.sin(stage.film_t * 7.9)
    with stage.layer(0.4) as canvas, inside(canvas, _pane()):
        landscape(canvas, stage.film_t, soft)
        _drops(canvas, stage.film_t, soft)
    with stage.layer(0.5) as canvas:
        canvas.translate(0, rock)
        stamp(canvas, _wall(soft), (-280, -160, 1840, 1040))
    with stage.layer(0.3) as canvas:
        canvas.drawCircle(1080, 60, 700, halo((1080, 60), 700, AMBER, 0.32))
        canvas.drawCircle(240, 60, 520, halo((240, 60), 520, AMBER, 0.22))


def outside(stage: Stage) -> None:
    """The train from afar, a string of lit windows between hills and water."""
    with stage.layer(0.3) as canvas:
        landscape(canvas, stage.film_t, 0)
    with stage.layer(0.8) as canvas:
        box(
            canvas, (-300, 500, 1900, 400), ramp((0, 500), (0, 760), (0xC9876E, 0x5E4A6E, 0x33304E))
        )
        for line in range(22):
            x = (line * 211 + stage.film_t * -60) % 1700 - 200
            box(canvas, (x, 545 + (line * 53) % 170, 60 + line % 5 * 26, 3), ink(HONEY, 0.35), 2)
        for pier in range(9):
            x = pier * 210 - 130
            box(canvas, (x, 470, 30, 300), ramp((x, 0), (x + 30, 0), (0x4A3B58, 0x2F2642)))
        box(canvas, (-300, 458, 1900, 26), ramp((0, 458), (0, 484), (0x6B5874, 0x3A2F4C)))
        _train(canvas, 120 + stage.t * 300)


def landscape(canvas: Canvas, time_s: float, soft: float) -> None:
    """Evening sky and three ridges that pass at their own pace."""
    box(canvas, (-300, -160, 1900, 800), ramp((0, -40), (0, 430), _SKY, (0, 0.45, 0.8, 1)))
    canvas.drawCircle(900, 330, 260, halo((900, 330), 260, CREAM, 0.8))
    oval(canvas, 900, 330, 44, 44, ink(0xFFE9B8))
    for index, hill in enumerate(_HILLS):
        shift = (time_s * hill[3]) % _STRIP
        for turn in (0, 1):
            stamp(canvas, _ridge(index, soft), (-300 - shift + turn * _STRIP, 160, _STRIP, 480))


def seat(canvas: Canvas, x: float, scale: float = 1.0) -> None:
    """A seat back whose top is at y = 0 around x, behind whoever sits there."""
    with moved(canvas, x, 0, scale=scale):
        back = path(
            "M -150 500 L -158 60 C -158 0 -120 -18 0 -18 C 120 -18 158 0 158 60 L 150 500 Z"
        )
        canvas.drawPath(back, ink(NIGHT, 0.3, blur=12))
        canvas.drawPath(back, ramp((-150, 0), (150, 420), (0x8F4A58, WINE, 0x4E2438)))
        rest = path("M -112 120 C -116 20 -90 4 0 4 C 90 4 116 20 112 120 Q 0 142 -112 120 Z")
        canvas.drawPath(rest, ramp((0, 0), (0, 130), (0xF6E7D2, 0xD9BFA4)))


def tray(canvas: Canvas, top: float) -> None:
    """The folding table before the actors, its surface at `top`."""
    box(canvas, (-300, top - 4, 1900, 18), ink(NIGHT, 0.35, blur=10))
    box(
        canvas,
        (-300, top, 1900, 400),
        ramp((0, top), (0, top + 200), (0xE3C9AE, 0xB58E78, 0x6B4A56)),
    )
    box(canvas, (-300, top, 1900, 5), ink(CREAM, 0.6))


@cache
def _pane() -> skia.Path:
    return skia.Path.RRect(skia.RRect.MakeRectXY(skia.Rect(150, 10, 1130, 430), 60, 60))


@cache
def _ridge(index: int, soft: float) -> skia.Image:
    colour, height, swing, _pace = _HILLS[index]
    rng = np.random.default_rng(41 + index)
    points = _crest(height - 160, swing, rng.uniform(0, 2 * math.pi, 4).tolist())

    def draw(canvas: Canvas) -> None:
        canvas.translate(_MARGIN, 0)
        dots = " ".join(f"L {x} {y:.1f}" for x, y in points)
        outline = path(f"M {-_MARGIN} 480 {dots} L {_STRIP + _MARGIN} 480 Z")
        dark = mixed(colour, NIGHT, 0.35)
        canvas.drawPath(outline, ramp((0, height - 220), (0, 480), (colour, dark)))
        inner = points[_MARGIN // 10 : -_MARGIN // 10]  # nothing is cut by the strip's ends
        for _ in range(14 * index):
            x, y = inner[int(rng.integers(len(inner)))]
            tall = float(rng.uniform(10, 22)) * (1 + index)
            oval(canvas, x, y - tall * 0.3, tall * 0.4, tall, ink(mixed(colour, NIGHT, 0.3)))
        for _ in range(12):
            x, y = inner[int(rng.integers(len(inner)))]
            box(canvas, (x, y + rng.uniform(10, 40), 5, 5), ink(HONEY, 0.8))

    wide = sprite((_STRIP + 2 * _MARGIN, 480), draw, blur=soft * 0.6)
    return wide.makeSubset(skia.IRect.MakeXYWH(_MARGIN, 0, _STRIP, 480))


def _crest(middle: float, swing: float, phases: list[float]) -> list[tuple[int, float]]:
    """Points along a ridge that goes on seamlessly where the strip begins anew."""
    points = []
    for x in range(-_MARGIN, _STRIP + _MARGIN + 20, 20):
        angle = 2 * math.pi * x / _STRIP
        waves = sum(
            math.sin(turns * angle + phase) / (1 + index)
            for index, (turns, phase) in enumerate(zip((3, 5, 8, 13), phases, strict=True))
        )
        points.append((x, middle - swing * waves * 0.6))
    return points


@cache
def _wall(soft: float) -> skia.Image:
    def draw(canvas: Canvas) -> None:
        canvas.translate(280, 160)
        area = skia.Rect(-280, -160, 1560, 880)
        with inside(canvas, _without_pane(area)):
            canvas.drawRect(area, ramp((0, -160), (0, 800), (0xF6E0C6, 0xDDB396, 0x8F5E64)))
            box(canvas, (-280, 455, 1840, 14), ink(WINE, 0.6))
        canvas.drawPath(_pane(), pen(0x8A6058, 26))
        canvas.drawPath(_pane(), pen(0xF6E3CB, 10))
        box(canvas, (-280, -120, 1840, 60), ramp((0, -120), (0, -60), (0x7A5A58, 0xB58E78)), 20)
        for x in (-60, 1340):
            canvas.drawPath(
                path(
                    f"M {x - 90} -60 C {x - 100} 160 {x - 60} 300 {x - 84} 470 L {x + 84} 470 "
                    f"C {x + 60} 300 {x + 100} 160 {x + 90} -60 Z"
                ),
                ramp((x - 90, 0), (x + 90, 0), (TEAL, mixed(TEAL, MIST, 0.35), DEEP)),
            )

    return sprite((1840, 1040), draw, blur=soft)


def _without_pane(area: skia.Rect) -> skia.Path:
    return skia.Op(skia.Path.Rect(area), _pane(), skia.PathOp.kDifference_PathOp)


def _drops(canvas: Canvas, time_s: float, soft: float) -> None:
    rng = np.random.default_rng(31)
    for _ in range(26):
        pace, y = rng.uniform(180, 420), rng.uniform(0, 460)
        x = 1180 - (time_s * pace + rng.uniform(0, 1100)) % 1100
        canvas.drawLine(x, y, x + 26, y - 7, pen(CREAM, 2.4 + soft * 0.2, 0.34, blur=soft * 0.25))


def _train(canvas: Canvas, x: float) -> None:
    for car in range(5):
        left = x - car * 336
        shape = f"M {left} 396 L {left + 330} 396 L {left + 330} 458 L {left} 458 Z"
        if car == 0:
            shape = (
                f"M {left} 396 L {left + 220} 396 "
                f"C {left + 300} 400 {left + 350} 430 {left + 366} 452 L {left + 360} 458 "
                f"L {left} 458 Z"
            )
        canvas.drawPath(path(shape), ramp((0, 396), (0, 458), (CREAM, 0xD9C9C6, 0x8A7A90)))
        box(canvas, (left, 438, 318, 6), ink(TEAL))
        for window in range(8 if car else 5):
            spot = (left + 20 + window * 38, 408, 28, 20)
            box(canvas, spot, ink(HONEY), 5)
            box(canvas, (spot[0] - 4, 404, 36, 28), ink(AMBER, 0.5, blur=7, glow=True), 6)
    canvas.drawCircle(x + 380, 446, 190, halo((x + 380, 446), 190, CREAM, 0.9))
    letters(canvas, "G1024", (x + 60, 453), 12, ink(PLUM))
