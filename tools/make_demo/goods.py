"""The goods: folding tea set P17, insulated cup P18, osmanthus oolong P21, drawn at any size."""

import math

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
)
from tools.make_demo.palette import (
    AMBER,
    BRICK,
    CREAM,
    DEEP,
    HONEY,
    INK,
    MIST,
    NIGHT,
    PINE,
    TEAL,
    WHITE,
    mixed,
)

_TEA = 0xC9752E
_SILICONE = (0x7F9C94, 0xC2D5CB, 0xF3F6EC)
"""Mist grey, from its shade to its light."""
_STEEL = (0x8F9BA0, 0xF4F6F5, 0xB4BEC0, 0xFDFDFC, 0x7F8A90)


def shadow(canvas: Canvas, width: float, alpha: float = 0.35) -> None:
    """The soft ground shadow of a thing `width` wide that stands on y = 0."""
    oval(canvas, 0, 2, width * 0.56, width * 0.10, ink(NIGHT, alpha, blur=width * 0.05))
    oval(canvas, 0, 0, width * 0.44, width * 0.05, ink(NIGHT, alpha, blur=width * 0.015))


def teapot(canvas: Canvas, grown: float = 1.0) -> None:
    """The pot on y = 0, 150 wide; its body stands `grown` (0.3 folded .. 1) of its height."""
    tall = 118 * grown
    shadow(canvas, 170)
    _handle(canvas, tall)
    spout = path(
        f"M 58 {-tall * 0.34} "
        f"C 96 {-tall * 0.4} 92 {-tall * 0.78} 124 {-tall * 0.98} "
        f"L 108 {-tall * 1.04} "
        f"C 80 {-tall * 0.9} 78 {-tall * 0.68} 54 {-tall * 0.66} Z"
    )
    canvas.drawPath(spout, ramp((60, -tall), (120, -tall * 0.4), (_SILICONE[2], _SILICONE[0])))
    rings = 4
    for ring in range(rings):
        low = -tall * ring / rings
        high = -tall * (ring + 1) / rings
        bulge = 74 - 6 * abs(ring - 1.2)
        shape = path(
            f"M {-bulge + 9:.1f} {low:.1f} "
            f"Q {-bulge - 9:.1f} {(low + high) / 2:.1f} {-bulge + 9:.1f} {high:.1f} "
            f"L {bulge - 9:.1f} {high:.1f} "
            f"Q {bulge + 9:.1f} {(low + high) / 2:.1f} {bulge - 9:.1f} {low:.1f} Z"
        )
        light, dark = _SILICONE[2], _SILICONE[0]
        canvas.drawPath(
            shape,
            ramp(
                (-70, 0),
                (76, 0),
                (dark, _SILICONE[1], light, _SILICONE[1], dark),
                (0, 0.2, 0.42, 0.7, 1),
            ),
        )
        canvas.drawPath(
            path(f"M {-bulge + 10:.1f} {low:.1f} Q 0 {low + 7:.1f} {bulge - 10:.1f} {low:.1f}"),
            pen(dark, 2.6, 0.6),
        )
    _lid(canvas, -tall)


def _handle(canvas: Canvas, tall: float) -> None:
    grip = path(f"M -62 {-tall * 0.82} C -128 {-tall * 0.98} -124 {-tall * 0.1} -60 {-tall * 0.26}")
    canvas.drawPath(grip, pen(mixed(PINE, DEEP, 0.5), 15))
    canvas.drawPath(grip, pen(mixed(PINE, MIST, 0.35), 5, 0.8))


def _lid(canvas: Canvas, top: float) -> None:
    canvas.drawPath(
        path(
            f"M -66 {top} Q -60 {top - 28} 0 {top - 30} Q 60 {top - 28} 66 {top} "
            f"Q 0 {top + 12} -66 {top} Z"
        ),
        ramp((-66, 0), (66, 0), _STEEL),
    )
    oval(canvas, 0, top - 36, 13, 11, ramp((-12, 0), (12, 0), (0xE7B877, 0xB97838)))
    canvas.drawPath(path(f"M -44 {top - 17} Q -10 {top - 25} 20 {top - 24}"), pen(WHITE, 4, 0.7))


def cup(canvas: Canvas, *, tea: float = 0.0) -> None:
    """A small cup on y = 0, 66 wide, filled to `tea` 0..1."""
    shadow(canvas, 70, 0.3)
    body = path("M -31 -46 Q -28 -4 -17 -1 L 17 -1 Q 28 -4 31 -46 Z")
    canvas.drawPath(body, ramp((-31, 0), (31, 0), (0xC9B9A2, CREAM, WHITE, 0xE9D8C2, 0xBBA68E)))
    canvas.drawPath(path("M -27 -24 Q 0 -14 27 -24"), pen(PINE, 4, 0.85))
    oval(canvas, 0, -46, 31, 8, ramp((-31, 0), (31, 0), (0xE8D9C4, WHITE)))
    oval(canvas, 0, -45, 26, 6, ramp((-26, 0), (26, 0), (0xB89F85, 0xE9DAC6)))
    if tea > 0:
        oval(
            canvas,
            0,
            -44.5,
            25 * min(1.0, 0.55 + 0.45 * tea),
            5.6,
            ramp((-25, 0), (25, 0), (_TEA, 0xE9A65A)),
        )


def tea_set(canvas: Canvas, grown: float = 1.0) -> None:
    """Pot, two cups and the steel case on y = 0: about 430 wide, 170 high."""
    with moved(canvas, 142, -8):
        _case(canvas)
    with moved(canvas, -36, 0):
        teapot(canvas, grown)
    for x, y in ((92, 10), (176, 18)):
        with moved(canvas, x, y):
            cup(canvas, tea=0.8 * max(0.0, grown - 0.9) * 10)


def _case(canvas: Canvas) -> None:
    shadow(canvas, 120)
    canvas.drawPath(
        path("M -52 -96 L -52 -6 Q 0 12 52 -6 L 52 -96 Z"), ramp((-52, 0), (52, 0), _STEEL)
    )
    oval(canvas, 0, -96, 52, 13, ramp((-52, 0), (52, 0), (0xB9C3C4, 0xF6F7F6)))
    oval(canvas, 0, -95, 44, 9.5, ink(0x5F6B70))
    canvas.drawPath(path("M -52 -44 Q 0 -28 52 -44"), pen(PINE, 7))


def folded_set(canvas: Canvas) -> None:
    """The set folded into its case on y = 0, 104 wide, 130 high."""
    _case(canvas)
    canvas.drawPath(
        path("M -52 -92 Q -52 -122 0 -124 Q 52 -122 52 -92 Q 0 -76 -52 -92 Z"),
        ramp((-52, 0), (52, 0), (mixed(PINE, DEEP, 0.5), mixed(PINE, MIST, 0.5), PINE)),
    )
    canvas.drawPath(path("M -34 -108 Q -10 -118 18 -116"), pen(WHITE, 4, 0.5))
    canvas.drawPath(path("M -40 -118 C -30 -160 30 -160 40 -118"), pen(0xB97838, 8))


def flask(canvas: Canvas, opened: float | None = 0.0) -> None:
    """The insulated cup on y = 0, 110 wide, 300 high; `opened` 0..1 lifts its lid, None: no lid."""
    shadow(canvas, 120)
    body = path(
        "M -52 -222 Q -54 -100 -44 -14 Q -42 -2 -28 0 L 28 0 Q 42 -2 44 -14 Q 54 -100 52 -222 Z"
    )
    tones = (mixed(TEAL, NIGHT, 0.45), TEAL, mixed(TEAL, MIST, 0.75), TEAL, mixed(TEAL, NIGHT, 0.5))
    canvas.drawPath(body, ramp((-52, 0), (52, 0), tones, (0, 0.22, 0.36, 0.66, 1)))
    with inside(canvas, body):
        for height, alpha in ((-60, 0.5), (-44, 0.8), (-26, 1.0)):
            line = (
                f"M -60 {height} C -30 {height - 18} -14 {height + 14} 8 {height} "
                f"C 26 {height - 12} 40 {height - 6} 60 {height - 10}"
            )
            canvas.drawPath(path(line), pen(CREAM, 4, 0.55 * alpha))
        box(canvas, (-54, -232, 108, 18), ramp((-54, 0), (54, 0), _STEEL))
    letters(canvas, "潮汐", (0, -118), 27, ink(CREAM, 0.95))
    letters(canvas, "TIDAL", (0, -96), 12, ink(CREAM, 0.8))
    oval(canvas, 0, -224, 52, 10, ramp((-52, 0), (52, 0), _STEEL))
    oval(canvas, 0, -223, 42, 7, ink(0x46535A))
    if opened is None:
        return
    with moved(canvas, 92 * opened, -226 - 66 * opened, turn=58 * opened):
        lid = path("M -53 0 L -50 -40 Q -46 -52 0 -53 Q 46 -52 50 -40 L 53 0 Q 0 12 -53 0 Z")
        canvas.drawPath(lid, ramp((-52, 0), (52, 0), (0x241A2E, 0x54465E, 0x7A6A80, 0x3A2F46)))
        canvas.drawPath(path("M -22 -50 C -20 -86 20 -86 22 -50"), pen(0xB97838, 9))


def tin(canvas: Canvas) -> None:
    """The tin of osmanthus oolong on y = 0, 190 wide, 250 high."""
    shadow(canvas, 200)
    body = path("M -92 -206 L -92 -12 Q 0 26 92 -12 L 92 -206 Z")
    gold = (0x8A4A20, 0xE09A3E, 0xFFE3A0, 0xE8A544, 0x9A5826)
    canvas.drawPath(body, ramp((-92, 0), (92, 0), gold, (0, 0.22, 0.38, 0.7, 1)))
    with inside(canvas, body):
        canvas.drawPath(
            path("M -54 -176 L 54 -176 L 54 -26 Q 0 -12 -54 -26 Z"),
            ramp((-54, 0), (54, 0), (0xF3DDBB, CREAM, 0xEFD3AC)),
        )
        _sprig(canvas)
    letters(canvas, "桂花", (0, -124), 40, ink(0x6E2E22))
    letters(canvas, "乌龙", (0, -80), 40, ink(0x6E2E22))
    letters(canvas, "OSMANTHUS OOLONG", (0, -56), 9.5, ink(0x9A5A38))
    lid = path(
        "M -96 -212 Q -96 -238 -90 -242 Q 0 -262 90 -242 Q 96 -238 96 -212 Q 0 -184 -96 -212 Z"
    )
    canvas.drawPath(
        lid, ramp((-96, 0), (96, 0), (0x3A1B26, 0x8A3F50, 0xC97A78, 0x8A3F50, 0x45202C))
    )
    oval(canvas, 0, -243, 89, 13, ramp((-89, 0), (89, 0), (0x9A4A58, 0xC77B7A)))


def _sprig(canvas: Canvas) -> None:
    for x, y, turn in ((-66, -40, 20), (70, -150, -30), (66, -46, 50), (-70, -150, 70)):
        with moved(canvas, x, y, turn=turn):
            canvas.drawPath(path("M 0 0 Q 22 -26 44 -18 Q 30 6 0 0 Z"), ink(PINE, 0.85))
            blossom(canvas, 9)


def blossom(canvas: Canvas, radius: float, alpha: float = 1.0) -> None:
    """One osmanthus flower around the origin."""
    for turn in range(4):
        x, y = math.cos(turn * math.pi / 2), math.sin(turn * math.pi / 2)
        oval(
            canvas,
            x * radius * 0.75,
            y * radius * 0.75,
            radius * 0.62,
            radius * 0.62,
            ink(HONEY, alpha),
        )
    oval(canvas, 0, 0, radius * 0.36, radius * 0.36, ink(BRICK, alpha * 0.8))


def ticket(canvas: Canvas, *, stained: bool = False) -> None:
    """A train ticket around the origin, 190 by 110."""
    card = skia.Rect(-95, -55, 95, 55)
    canvas.drawRoundRect(skia.Rect(-93, -50, 98, 62), 9, 9, ink(NIGHT, 0.35, blur=6))
    canvas.drawRoundRect(card, 9, 9, ramp((-95, -55), (95, 55), (0xCFE4EC, 0xA9CBDB)))
    letters(canvas, "G1024", (0, -22), 22, ink(INK))
    letters(canvas, "→", (0, 6), 26, ink(BRICK))
    letters(canvas, "江南", (-56, 8), 24, ink(INK))
    letters(canvas, "潮州", (56, 8), 24, ink(INK))
    letters(canvas, "19:00  05车12F", (-4, 38), 15, ink(mixed(INK, TEAL, 0.5)))
    if stained:
        oval(canvas, 22, 2, 36, 36, pen(_TEA, 7, 0.55))
        oval(canvas, 22, 2, 36, 36, pen(_TEA, 2.5, 0.5))


def steam(canvas: Canvas, time_s: float, *, size: float = 1.0, alpha: float = 0.4) -> None:
    """Steam that curls up from the origin."""
    for index in range(5):
        phase = (time_s * 0.42 + index / 5) % 1
        drift = math.sin(4.2 * phase + index * 2 + time_s) * 18 * size * (0.3 + phase)
        radius = size * (9 + 26 * phase)
        strength = alpha * math.sin(math.pi * phase) ** 1.2
        oval(
            canvas,
            drift,
            -150 * size * phase,
            radius,
            radius * 1.3,
            ink(CREAM, strength, blur=9 * size),
        )


def rays(canvas: Canvas, time_s: float, strength: float) -> None:
    """A reveal's light around the origin: turning rays and a warm halo."""
    with moved(canvas, turn=time_s * 9):
        for index in range(14):
            with moved(canvas, turn=index * 360 / 14):
                wide = 46 + 22 * (index % 3)
                canvas.drawPath(
                    path(f"M 0 0 L {-wide} -820 L {wide} -820 Z"),
                    ink(AMBER, 0.30 * strength, blur=12, glow=True),
                )
    canvas.drawCircle(0, 0, 520, halo((0, 0), 520, HONEY, 0.9 * strength))
