"""The cast: Chen is late, Man is not, Grandpa is thirsty, Xiao Chao assists."""

import skia

from tools.make_demo.brush import Canvas, ink, inside, moved, oval, path, pen, ramp
from tools.make_demo.figure import Look
from tools.make_demo.palette import (
    AMBER,
    BLUSH,
    BRICK,
    CREAM,
    DEEP,
    HONEY,
    INK,
    MIST,
    NIGHT,
    PLUM,
    SKIN,
    SKIN_SHADE,
    TEAL,
    WHITE,
    WINE,
    mixed,
)
from tools.make_demo.pose import Pose

_TORSO = (
    "M -46 6 C -84 14 -122 22 -134 62 C -148 130 -138 240 -124 440 "
    "L 124 440 C 138 240 148 130 134 62 C 122 22 84 14 46 6 Z"
)
_SILVER = 0xE9E4E0
_BARK = 0x3B2430
_ESPRESSO = 0x4A2A2C


def _torso(canvas: Canvas, light: int, dark: int) -> skia.Path:
    shape = path(_TORSO)
    canvas.drawPath(shape, ramp((-120, 0), (130, 380), (light, dark)))
    return shape


def _shaded(canvas: Canvas, shape: skia.Path) -> None:
    with inside(canvas, shape):
        oval(canvas, 0, 10, 62, 26, ink(NIGHT, 0.22, blur=12))
        canvas.drawPath(
            path("M 60 60 Q 120 200 90 450 L 180 450 L 180 40 Z"), ink(NIGHT, 0.18, blur=22)
        )


def _suit(canvas: Canvas, pose: Pose) -> None:
    shape = _torso(canvas, 0x5B5478, 0x3A2F50)
    canvas.drawPath(path("M -44 6 L 0 150 L 44 6 Q 0 34 -44 6 Z"), ink(CREAM))
    with moved(canvas, 0, 30, turn=7 * pose.sway + 5):
        tie = path("M -13 0 L 13 0 L 9 22 L 20 120 L 2 146 L -16 122 L -8 22 Z")
        canvas.drawPath(tie, ramp((0, 0), (0, 140), (BRICK, mixed(BRICK, WINE, 0.7))))
        canvas.drawLine(-6, 50, 10, 40, pen(HONEY, 5, 0.8))
        canvas.drawLine(-9, 84, 14, 72, pen(HONEY, 5, 0.8))
    for side in (-1, 1):
        with moved(canvas, flip=side):
            canvas.drawPath(path("M 30 2 L 62 12 L 74 92 L 46 78 L 4 166 L 34 60 Z"), ink(0x4A4164))
            canvas.drawPath(path("M 30 4 L 50 -4 L 58 20 L 30 46 L 14 30 Z"), ink(WHITE))
    _shaded(canvas, shape)


def _mop(canvas: Canvas, pose: Pose) -> None:
    canvas.save()
    canvas.skew(-0.10 * pose.sway, 0)
    outline = path(
        "M -96 -6 C -112 -54 -100 -98 -64 -118 C -58 -138 -34 -146 -22 -134 "
        "C -8 -154 30 -152 36 -134 "
        "C 66 -136 92 -110 96 -78 "
        "C 108 -54 102 -24 94 -2 C 92 -24 86 -40 76 -54 C 66 -50 52 -54 44 -66 "
        "C 32 -50 12 -46 0 -58 C -16 -42 -44 -40 -58 -54 C -74 -42 -88 -26 -96 -6 Z"
    )
    canvas.drawPath(outline, ramp((-60, -140), (60, -20), (0x6A4550, _BARK)))
    canvas.drawPath(
        path("M -6 -136 C -2 -168 24 -172 34 -160 C 22 -160 18 -148 20 -134 Z"), ink(0x5A3844)
    )
    canvas.drawPath(path("M -70 -92 C -50 -116 -20 -122 4 -116"), pen(0x8E6468, 7, 0.6))
    canvas.restore()


def _bob_behind(canvas: Canvas, pose: Pose) -> None:
    canvas.save()
    canvas.skew(-0.08 * pose.sway, 0)
    canvas.drawPath(
        path(
            "M -108 -20 C -112 -110 -60 -142 0 -142 C 60 -142 112 -110 108 -20 "
            "C 112 40 116 84 92 112 "
            "C 60 128 -60 128 -92 112 C -116 84 -112 40 -108 -20 Z"
        ),
        ramp((0, -140), (0, 120), (_ESPRESSO, 0x2C1A20)),
    )
    canvas.restore()


def _bob(canvas: Canvas, pose: Pose) -> None:
    canvas.save()
    canvas.skew(-0.06 * pose.sway, 0)
    fringe = path(
        "M -104 34 C -114 -60 -84 -140 4 -142 C 84 -140 112 -66 104 34 C 98 60 88 64 84 36 "
        "C 84 0 80 -26 66 -50 "
        "C 40 -38 -8 -46 -30 -84 C -40 -58 -62 -44 -76 -34 C -84 -10 -84 20 -84 40 "
        "C -88 66 -98 60 -104 34 Z"
    )
    canvas.drawPath(fringe, ramp((-40, -140), (50, 60), (0x7A4A44, _ESPRESSO)))
    canvas.drawPath(path("M -58 -96 C -30 -124 24 -128 60 -100"), pen(0xA8705C, 9, 0.5))
    with moved(canvas, 76, -62):
        for turn in range(4):
            with moved(canvas, turn=90 * turn + 20):
                oval(canvas, 0, -10, 7, 9, ink(AMBER))
        oval(canvas, 0, 0, 4.5, 4.5, ink(CREAM))
    canvas.restore()


def _coat(canvas: Canvas, pose: Pose) -> None:
    shape = _torso(canvas, mixed(TEAL, MIST, 0.22), DEEP)
    canvas.drawPath(path("M -46 4 Q 0 60 46 4 L 34 -34 Q 0 -20 -34 -34 Z"), ink(CREAM))
    canvas.drawPath(path("M -34 -14 Q 0 6 34 -14"), pen(0xE5D2BC, 5))
    canvas.drawLine(0, 52, 0, 440, pen(DEEP, 5, 0.7))
    for height in (110, 190, 270):
        oval(canvas, 18, height, 8, 8, ink(HONEY))
    for side in (-1, 1):
        with moved(canvas, flip=side, turn=-side * pose.sway):
            canvas.drawPath(path("M 40 2 L 78 20 L 70 96 L 6 54 Z"), ink(mixed(TEAL, MIST, 0.12)))
    _shaded(canvas, shape)


def _bald_behind(canvas: Canvas, pose: Pose) -> None:
    for side in (-1, 1):
        oval(canvas, side * 90 - 6 * pose.face.turn, 0, 24, 40, ink(_SILVER))


def _cap(canvas: Canvas, pose: Pose) -> None:
    shift = 10 * pose.face.turn
    for side in (-1, 1):
        oval(canvas, side * 89, -16, 13, 30, ink(_SILVER))
    crown = path(
        "M -106 -46 C -116 -118 -60 -152 8 -150 C 78 -148 116 -112 108 -50 "
        "C 60 -74 -52 -74 -106 -46 Z"
    )
    canvas.drawPath(crown, ramp((-60, -150), (60, -40), (0xB05A5C, WINE)))
    with moved(canvas, shift, 0):
        brim = path(
            "M -84 -58 C -60 -84 60 -86 84 -60 C 96 -44 78 -34 60 -38 "
            "C 30 -52 -30 -52 -60 -36 C -80 -32 -94 -44 -84 -58 Z"
        )
        canvas.drawPath(brim, ink(mixed(WINE, NIGHT, 0.3)))
    canvas.drawPath(path("M -60 -112 C -20 -138 40 -138 72 -112"), pen(0xD08A80, 6, 0.5))


def _whiskers(canvas: Canvas, pose: Pose) -> None:
    face = pose.face
    with moved(canvas, 25 * face.turn, 14 * face.nod):
        oval(canvas, 2, 32, 19, 15, ramp((-14, 18), (16, 48), (0xF5A98C, 0xDB7B66)))
        oval(canvas, -4, 27, 5, 4, ink(WHITE, 0.5))
        lift = -5 * face.mouth.open
        for side in (-1, 1):
            with moved(canvas, 2, 50 + lift, flip=side, turn=3 * pose.sway):
                canvas.drawPath(
                    path("M 0 -4 C 22 -10 46 0 62 16 C 44 24 16 20 0 8 Z"), ink(_SILVER)
                )
                canvas.drawPath(path("M 8 4 C 24 2 38 6 50 13"), pen(0xC9C0BE, 3, 0.8))


def _vest(canvas: Canvas, pose: Pose) -> None:
    shape = _torso(canvas, 0xF3DFC2, 0xC9A688)
    with inside(canvas, shape):
        canvas.drawPath(
            path("M -92 -10 L 0 176 L 92 -10 L 92 460 L -92 460 Z"),
            ramp((0, 0), (0, 440), (0xD9924A, 0xA35B34)),
        )
        for row in range(7):
            for column in range(-3, 4):
                x, y = column * 32, 190 + row * 40
                canvas.drawPath(
                    path(f"M {x - 10} {y} L {x} {y + 12} L {x + 10} {y}"), pen(0xF1C27E, 4, 0.55)
                )
    with inside(canvas, shape):
        canvas.drawPath(path("M -92 0 L 0 176 L 92 0"), pen(0x8A4A30, 9))
    for side in (-1, 1):
        with moved(canvas, flip=side, turn=side * 0.6 * pose.sway):
            canvas.drawPath(path("M 20 2 L 52 0 L 50 34 L 14 46 Z"), ink(CREAM))
    _shaded(canvas, shape)


def _wave_behind(canvas: Canvas, pose: Pose) -> None:
    canvas.save()
    canvas.skew(-0.07 * pose.sway, 0)
    canvas.drawPath(
        path(
            "M -104 -20 C -108 -104 -60 -140 0 -140 C 60 -140 108 -104 104 -20 "
            "C 106 30 104 56 88 78 "
            "C 60 60 -60 60 -88 78 C -104 56 -106 30 -104 -20 Z"
        ),
        ink(0x1F4A55),
    )
    canvas.restore()


def _wave(canvas: Canvas, pose: Pose) -> None:
    canvas.save()
    canvas.skew(-0.07 * pose.sway, 0)
    crest = path(
        "M -102 10 C -112 -70 -80 -136 0 -138 C 30 -166 84 -156 88 -122 C 112 -96 108 -30 100 10 "
        "C 96 30 86 20 84 -10 C 78 -44 60 -66 40 -78 C 6 -52 -44 -52 -66 -74 "
        "C -80 -56 -88 -30 -90 -6 C -92 16 -100 24 -102 10 Z"
    )
    canvas.drawPath(crest, ramp((-50, -150), (60, 0), (0x4FA3A0, 0x1F5560)))
    canvas.drawPath(
        path("M -62 -98 C -34 -124 14 -128 46 -118 C 62 -128 72 -126 76 -116"),
        pen(0x9ED6CC, 7, 0.6),
    )
    canvas.restore()
    canvas.drawPath(
        path("M -96 -6 C -104 -104 -54 -150 0 -150 C 54 -150 104 -104 96 -6"), pen(CREAM, 9)
    )
    for side in (-1, 1):
        x = side * 94 - 6 * pose.face.turn
        oval(canvas, x, 14, 19, 27, ramp((x, -12), (x, 40), (HONEY, AMBER)))
        oval(canvas, x, 14, 10, 16, ink(mixed(AMBER, BRICK, 0.6)))
    canvas.drawPath(path("M -92 38 Q -84 92 -38 98"), pen(CREAM, 6))
    oval(canvas, -34, 98, 10, 7, ink(AMBER))


def _apron(canvas: Canvas, pose: Pose) -> None:
    shape = _torso(canvas, 0xFFF6E8, 0xE7CDB4)
    canvas.drawPath(
        path("M -40 4 Q 0 52 40 4 L 28 -14 Q 0 6 -28 -14 Z"), ink(mixed(WHITE, SKIN, 0.2))
    )
    with inside(canvas, shape):
        bib = path("M -78 70 Q 0 104 78 70 L 104 450 L -104 450 Z")
        canvas.drawPath(bib, ramp((0, 60), (0, 440), (TEAL, DEEP)))
        canvas.drawPath(path("M -70 76 L -92 6 M 70 76 L 92 6"), pen(TEAL, 20))
        with moved(canvas, 0, 190 + pose.breath):
            wave(canvas, 62)
    _shaded(canvas, shape)


def wave(canvas: Canvas, radius: float) -> None:
    """The house's mark, a tide under a sun, within `radius` of the origin."""
    with moved(canvas, scale=radius / 100):
        oval(canvas, 0, 0, 100, 100, ramp((0, -100), (0, 100), (HONEY, AMBER)))
        with inside(canvas, skia.Path.Circle(0, 0, 92)):
            for height, colour in ((-4, MIST), (26, TEAL), (56, DEEP)):
                crest = (
                    f"M -110 {height + 14} "
                    f"C -76 {height - 34} -40 {height - 26} -20 {height + 4} "
                    f"C 10 {height + 34} 40 {height - 40} 110 {height - 4} L 110 120 "
                    "L -110 120 Z"
                )
                canvas.drawPath(path(crest), ink(colour))
        oval(canvas, 30, -46, 18, 18, ink(CREAM))


def _nothing(canvas: Canvas, pose: Pose) -> None:
    """No hair behind a short cut."""


def _sweat(canvas: Canvas, pose: Pose) -> None:
    if pose.face.worry > 0.6:  # noqa: PLR2004 - only the truly hurried
        canvas.drawPath(path("M 74 -46 Q 92 -18 76 -12 Q 60 -16 74 -46 Z"), ink(0xBFE3EA, 0.85))


CHEN = Look(
    _nothing,
    _suit,
    _mop,
    (0x544C70, 0x382E4E),
    CREAM,
    0x322845,
    _BARK,
    has_glasses=True,
    on_face=_sweat,
)
MAN = Look(
    _bob_behind, _coat, _bob, (mixed(TEAL, MIST, 0.2), DEEP), CREAM, 0x4A3A44, _ESPRESSO, 7.5
)
GRANDPA = Look(
    _bald_behind,
    _vest,
    _cap,
    (0xEAD3B4, 0xBE9A7E),
    0xD9924A,
    0x6B5648,
    _SILVER,
    14,
    mixed(SKIN, SKIN_SHADE, 0.28),
    on_face=_whiskers,
)
CHAO = Look(
    _wave_behind,
    _apron,
    _wave,
    (0xFFF3E2, 0xE2C6AC),
    mixed(BLUSH, CREAM, 0.6),
    PLUM,
    mixed(0x1F5560, INK, 0.3),
    8,
)
