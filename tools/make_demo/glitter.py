"""What floats in a reveal's light: motes and osmanthus flowers."""

import math

import numpy as np

from tools.make_demo.brush import Canvas, ink, moved, oval
from tools.make_demo.goods import blossom
from tools.make_demo.life import smooth
from tools.make_demo.palette import CREAM, HONEY

_FACE_PX = 140
"""Nothing falls so near to the middle: faces stay free."""


def motes(canvas: Canvas, time_s: float, centre: tuple[float, float], strength: float) -> None:
    """Sparks and flowers that burst from `centre` at 0 s and sink."""
    rng = np.random.default_rng(29)
    for index in range(26):
        angle, speed = rng.uniform(-math.pi, 0), rng.uniform(120, 430)
        age = time_s - rng.uniform(-0.2, 0.5)
        if age < 0:
            continue
        reach = speed * (1 - math.exp(-1.3 * age))
        x = centre[0] + math.cos(angle) * reach + 14 * math.sin(age * 2 + index)
        y = centre[1] + math.sin(angle) * reach + 16 * age * age
        fade = strength * smooth(1.25 - age / 3.6)
        if index % 3:
            oval(canvas, x, y, 3.5, 3.5, ink(CREAM, fade, glow=True))
        else:
            with moved(canvas, x, y, turn=age * 90 + index * 40):
                blossom(canvas, 8, fade)


def petals(canvas: Canvas, time_s: float) -> None:
    """Flowers that snow through the whole picture from 0 s on."""
    rng = np.random.default_rng(43)
    for index in range(34):
        x, pace, turn = rng.uniform(-40, 1320), rng.uniform(60, 150), rng.uniform(-120, 120)
        x += 320 * (abs(x - 640) < _FACE_PX)
        y = rng.uniform(-620, 300) + pace * 2.2 * time_s
        fade = smooth(time_s * 2.5) * (0.55 + 0.45 * (index % 2))
        with moved(
            canvas,
            x + 26 * math.sin(time_s * 1.4 + index),
            y,
            turn=turn * time_s,
            scale=float(rng.uniform(0.7, 1.5)),
        ):
            blossom(canvas, 9, fade)
            oval(canvas, 0, 0, 22, 22, ink(HONEY, 0.14 * fade, glow=True))
