"""The station hall in evening rain: windows, board, floor, bench, people out of focus."""

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
from tools.make_demo.palette import (
    AMBER,
    BRICK,
    CREAM,
    DUSK,
    HONEY,
    INK,
    MIST,
    NIGHT,
    PLUM,
    STONE,
    WINE,
    WOOD,
    mixed,
)
from tools.make_demo.stage import Stage

_AREA = (-280, -160, 1840, 1040)
_WINDOWS_X = (-170, 80, 330, 580, 830, 1080, 1330)
_FLOOR_Y = 470
_COATS = (PLUM, WINE, 0x3F5A66, 0x6B4A3A, 0x54506E)


def hall(stage: Stage, *, soft: float = 0.0, board: bool = False) -> None:
    """The hall behind the actors, `soft` pixels out of focus, with the rain and those who pass."""
    with stage.layer(0.45) as canvas:
        stamp(canvas, _far(soft), _AREA)
        if soft < 4:  # noqa: PLR2004 - beyond that drops are no longer seen
            _rain(canvas, stage.film_t)
    with stage.layer(0.6) as canvas:
        _people(canvas, stage.film_t, max(3.0, soft))
        if board:
            departures(canvas, (640, 128), 0.62, stage.film_t)
    with stage.layer(0.3) as canvas:
        canvas.drawCircle(1000, 120, 760, halo((1000, 120), 760, AMBER, 0.44))


def departures(canvas: Canvas, at: tuple[float, float], scale: float, time_s: float) -> None:
    """The departure board around `at`: it counts from 18:50:52, a minute goes at 8.2 s."""
    seconds = 50 + 50 * 60 + 18 * 3600 + time_s + 1.8
    hours, minutes, whole = int(seconds // 3600), int(seconds // 60 % 60), int(seconds % 60)
    with moved(canvas, *at, scale=scale):
        canvas.drawLine(-300, -420, -300, -110, pen(NIGHT, 10))
        canvas.drawLine(300, -420, 300, -110, pen(NIGHT, 10))
        box(canvas, (-428, -116, 856, 250), ink(NIGHT, 0.35, blur=14), 20)
        box(canvas, (-420, -120, 840, 240), ramp((0, -120), (0, 120), (0x2B2433, 0x17121E)), 16)
        letters(canvas, f"{hours:02}:{minutes:02}", (-160, -28), 92, ink(AMBER), anchor=0.5)
        letters(canvas, f":{whole:02}", (-38, -28), 52, ink(AMBER, 0.75), anchor=0)
        _rows(canvas, 60 - minutes, time_s)


def _rows(canvas: Canvas, minutes_left: int, time_s: float) -> None:
    glow = 0.55 + 0.45 * (math.sin(time_s * 7) > -0.4)  # noqa: PLR2004 - lit longer than dark
    letters(canvas, "G1024", (-390, 34), 38, ink(CREAM), anchor=0)
    letters(canvas, "潮州 19:00", (-236, 34), 38, ink(CREAM), anchor=0)
    letters(canvas, "停止检票", (150, -70), 30, ink(MIST), anchor=0.5)
    letters(canvas, f"{minutes_left:d}", (150, 22), 92, ink(0xFF7A52, glow), anchor=0.5)
    letters(canvas, "分 min", (214, 22), 34, ink(0xFF7A52, glow), anchor=0)
    with inside(canvas, skia.Path.Rect(skia.Rect(-400, 50, 400, 112))):
        text = "G1024 十分钟后停止检票   Gate closes in 10 minutes   ·   "
        shift = (time_s * 150) % 900
        for turn in (0, 1):
            letters(
                canvas, text, (-400 - shift + turn * 900 + 120, 92), 30, ink(HONEY, 0.9), anchor=0
            )


def bench(canvas: Canvas, at: tuple[float, float], width: float) -> None:
    """The front of a wooden bench; `at` is the middle of its seat."""
    left, top = at[0] - width / 2, at[1]
    box(canvas, (left - 10, top + 8, width + 20, 150), ink(NIGHT, 0.4, blur=16), 12)
    box(canvas, (left, top, width, 30), ramp((0, top), (0, top + 30), (0xD9925E, WOOD)), 10)
    box(canvas, (left, top + 5, width, 5), ink(CREAM, 0.25), 3)
    for share in (0.12, 0.88):
        box(
            canvas,
            (left + width * share - 14, top + 28, 28, 130),
            ramp((0, top), (0, top + 150), (WOOD, 0x4A2A2C)),
            6,
        )


def gate_post(canvas: Canvas, x: float, red: float) -> None:
    """A ticket gate's post around x; its cross is lit `red` 0..1."""
    box(canvas, (x - 96, 420, 192, 420), ink(NIGHT, 0.4, blur=16), 30)
    box(
        canvas,
        (x - 90, 412, 180, 420),
        ramp((x - 90, 0), (x + 90, 0), (0x8F8AA0, 0xD9D5DE, 0x6A6478)),
        30,
    )
    box(canvas, (x - 64, 446, 128, 104), ink(mixed(NIGHT, INK, 0.5)), 16)
    cross = path("M -26 -26 L 26 26 M 26 -26 L -26 26")
    with moved(canvas, x, 498):
        canvas.drawPath(cross, pen(0xFF5A46, 15, red))
        canvas.drawCircle(0, 0, 130, halo((0, 0), 130, BRICK, red))
    box(canvas, (x - 60, 590, 120, 10), ink(MIST, 0.7), 5)
    box(canvas, (x - 60, 616, 84, 10), ink(WOOD, 0.7), 5)


def bokeh(stage: Stage, *, strength: float = 1.0) -> None:
    """Lamps far out of focus, drifting with the camera."""
    rng = np.random.default_rng(5)
    with stage.layer(0.25) as canvas:
        for _ in range(16):
            x, y, radius = rng.uniform(-60, 1340), rng.uniform(20, 420), rng.uniform(16, 46)
            pulse = 0.75 + 0.25 * math.sin(stage.film_t * rng.uniform(0.6, 1.6) + x)
            colour = (AMBER, HONEY, 0xFF9E6B)[int(x) % 3]
            oval(
                canvas,
                x,
                y,
                radius,
                radius,
                ink(colour, 0.16 * strength * pulse, blur=2, glow=True),
            )


@cache
def _far(soft: float) -> skia.Image:
    def draw(canvas: Canvas) -> None:
        canvas.translate(-_AREA[0], -_AREA[1])
        _walls(canvas)
        for x in _WINDOWS_X:
            _window(canvas, x)
        _floor(canvas)

    return sprite((_AREA[2], _AREA[3]), draw, blur=soft)


def _walls(canvas: Canvas) -> None:
    area = (_AREA[0], _AREA[1], _AREA[2], _AREA[3])
    box(canvas, area, ramp((0, -160), (0, _FLOOR_Y), (0x55405E, 0xA2685E, 0xDD9C70)))
    for beam in range(9):
        x = -240 + beam * 220
        canvas.drawPath(
            path(f"M {x} -160 L {x + 24} -160 L {x + 60} 30 L {x + 44} 30 Z"), ink(NIGHT, 0.28)
        )
    box(canvas, (_AREA[0], 8, _AREA[2], 16), ink(NIGHT, 0.35))


def _window(canvas: Canvas, x: float) -> None:
    arch = path(f"M {x} 440 L {x} 150 C {x} 60 {x + 180} 60 {x + 180} 150 L {x + 180} 440 Z")
    canvas.drawPath(arch, pen(0x5A3844, 16))
    canvas.drawPath(
        arch, ramp((0, 60), (0, 440), (0x6468A0, 0xB5829A, 0xF8B074, 0xFFDD9C), (0, 0.4, 0.78, 1))
    )
    with inside(canvas, arch):
        rng = np.random.default_rng(abs(int(x)) + 3)
        for _ in range(9):
            left, tall, wide = x + rng.uniform(-20, 180), rng.uniform(60, 190), rng.uniform(20, 46)
            box(
                canvas,
                (left, 440 - tall, wide, tall),
                ink(mixed(DUSK, PLUM, rng.uniform(0.2, 0.8)), 0.75),
            )
            for _ in range(4):
                spot = (left + rng.uniform(4, wide - 8), 440 - rng.uniform(8, tall - 8), 4, 6)
                box(canvas, spot, ink(HONEY, 0.85))
    canvas.drawLine(x + 90, 80, x + 90, 440, pen(0x5A3844, 6))
    for y in (170, 300):
        canvas.drawLine(x, y, x + 180, y, pen(0x5A3844, 6))
    canvas.drawPath(
        path(f"M {x + 8} 430 L {x + 8} 150 C {x + 10} 84 {x + 80} 76 {x + 100} 74"),
        pen(CREAM, 3, 0.35),
    )


def _floor(canvas: Canvas) -> None:
    box(
        canvas,
        (_AREA[0], _FLOOR_Y, _AREA[2], 420),
        ramp((0, _FLOOR_Y), (0, 800), (0xDDA67C, 0xB97A60, 0x7A4A4E)),
    )
    box(
        canvas,
        (_AREA[0], _FLOOR_Y - 26, _AREA[2], 30),
        ramp((0, 444), (0, 474), (0x7A4A46, 0x553440)),
    )
    for x in _WINDOWS_X:
        pool = path(
            f"M {x + 10} {_FLOOR_Y + 6} L {x + 170} {_FLOOR_Y + 6} L {x + 90} 840 L {x - 190} 840 Z"
        )
        canvas.drawPath(pool, ink(HONEY, 0.30, blur=18, glow=True))
    for line in range(5):
        y = _FLOOR_Y + 8 + 14 * line * line
        canvas.drawLine(_AREA[0], y, 1600, y, pen(0x6B4048, 2, 0.35))


def _rain(canvas: Canvas, time_s: float) -> None:
    rng = np.random.default_rng(9)
    for x in _WINDOWS_X:
        for _ in range(11):
            column, pace = x + rng.uniform(8, 172), rng.uniform(260, 520)
            y = 110 + (time_s * pace + rng.uniform(0, 330)) % 300
            canvas.drawLine(column, y, column - 4, y + 26, pen(CREAM, 2, 0.36))


def _people(canvas: Canvas, time_s: float, soft: float) -> None:
    rng = np.random.default_rng(17)
    for index in range(6):
        pace = float(rng.uniform(34, 62)) * (1 if index % 2 else -1)
        x = (rng.uniform(0, 1700) + pace * time_s) % 1700 - 210
        tall = float(rng.uniform(0.86, 1.05))
        stride = x / 17
        with moved(
            canvas, x, 548 + 3 * abs(math.sin(stride)), scale=tall * 0.9, flip=1 if pace > 0 else -1
        ):
            _walker(canvas, _COATS[index % len(_COATS)], stride, soft)


def _walker(canvas: Canvas, coat: int, stride: float, soft: float) -> None:
    shade = mixed(coat, STONE, 0.25)
    oval(canvas, 0, 66, 46, 8, ink(NIGHT, 0.35, blur=soft + 3))
    for phase in (0.0, math.pi):
        swing = math.sin(stride + phase) * 26
        canvas.drawLine(0, -20, swing, 62, _limb(soft))
    canvas.drawPath(
        path(
            "M -26 -104 C -34 -60 -32 -20 -26 4 L 26 4 C 32 -20 34 -60 26 -104 "
            "C 12 -118 -12 -118 -26 -104 Z"
        ),
        ink(shade, 1, blur=soft),
    )
    oval(canvas, 2, -138, 20, 23, ink(mixed(0x4A2A2C, BRICK, 0.2), 1, blur=soft))


def _limb(soft: float) -> skia.Paint:
    return pen(mixed(NIGHT, PLUM, 0.5), 17, blur=soft)
