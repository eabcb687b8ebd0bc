"""The booth: the assistant who waits for questions, the simulated desk, the slate."""

import math

from tools.make_demo.brush import Canvas, box, halo, ink, letters, moved, oval, path, pen, ramp
from tools.make_demo.cast import CHAO, wave
from tools.make_demo.goods import cup, flask, steam, tea_set, tin
from tools.make_demo.life import between, during
from tools.make_demo.palette import (
    AMBER,
    CREAM,
    DEEP,
    HONEY,
    MIST,
    NIGHT,
    PLUM,
    TEAL,
    WINE,
    WOOD,
    mixed,
)
from tools.make_demo.pose import Face, Grip, Hand, Pose
from tools.make_demo.stage import Stage

_PERIOD_S = 8.0
_BOARD = 0x1A1A1A
"""As dark and as neutral as the plate that the simulated camera draws on it."""


def idle(stage: Stage) -> None:
    """Xiao Chao waits: breathes, blinks, looks about, straightens, smiles; every 8 s the same."""
    turn = 2 * math.pi * stage.t / _PERIOD_S
    with stage.layer(0.4) as canvas:
        counter_wall(canvas)
        _lanterns(canvas, turn)
    with stage.layer(1.0) as canvas:
        hello = between(stage.t, 4.6, 5.0) * (1 - between(stage.t, 6.3, 6.8))
        face = Face(
            turn=0.20 * math.sin(turn) + 0.06 * math.sin(2 * turn),
            nod=0.06 * math.sin(2 * turn + 1),
            tilt=0.16 * math.sin(turn + 0.8) + 0.14 * hello,
            smile=0.62 + 0.3 * hello,
            raised=0.12 + 0.3 * hello,
            joy=during(stage.t, 5.2, 5.9),
            blush=0.55,
        )
        pose = Pose(
            640,
            386,
            1.02,
            lean=0.8 * math.sin(turn),
            sway=0.7 * math.cos(turn),
            face=face,
            left=Hand(-36 - 4 * math.sin(turn), 236, 62, Grip.HOLD),
            right=Hand(30 + 4 * math.sin(turn), 240 - 46 * hello, -62 + 40 * hello, Grip.OPEN),
        )
        stage.actor("chao", CHAO, pose)
        counter(canvas, 650)
        with moved(canvas, 1010, 676, scale=0.62):
            tea_set(canvas)
        with moved(canvas, 250, 676, scale=0.66):
            flask(canvas)
        with moved(canvas, 350, 680, scale=0.55):
            tin(canvas)
    for shift in (0.0, 4.0):
        weight = 0.5 - 0.5 * math.cos(2 * math.pi * ((stage.t + shift) % _PERIOD_S) / _PERIOD_S)
        with moved(stage.canvas, 988, 590):
            steam(stage.canvas, (stage.t + shift) % _PERIOD_S, size=0.8, alpha=0.36 * weight)


def counter_wall(canvas: Canvas) -> None:
    """The booth's back wall: shelves, a round window of paper, warm light."""
    box(canvas, (-300, -200, 1900, 1100), ramp((0, -100), (0, 720), (0x35616A, 0x4E7F80, 0xC99A72)))
    for x in range(-260, 1600, 74):
        box(canvas, (x, -200, 3, 900), ink(DEEP, 0.22))
    canvas.drawCircle(640, 270, 420, halo((640, 270), 420, HONEY, 0.75))
    oval(canvas, 640, 270, 262, 262, ink(NIGHT, 0.28, blur=16))
    oval(canvas, 640, 264, 256, 256, ramp((0, 10), (0, 520), (0xFFF3D9, 0xFBDDAA, 0xF0B877)))
    oval(canvas, 640, 264, 256, 256, pen(WOOD, 16))
    _bamboo(canvas)
    for left, top in ((-20, 250), (-20, 470), (950, 250), (950, 470)):
        _shelf(canvas, left, top)


def counter(canvas: Canvas, top: float) -> None:
    """The booth's counter across the picture."""
    box(canvas, (-300, top - 6, 1900, 20), ink(NIGHT, 0.4, blur=12))
    box(canvas, (-300, top, 1900, 400), ramp((0, top), (0, top + 140), (0xDDA06C, WOOD, 0x5A3038)))
    box(canvas, (-300, top, 1900, 6), ink(CREAM, 0.5))


def desk(canvas: Canvas) -> None:
    """What the simulated desk camera sees, 1280x720: the tea set, a dark board for a clock.

    The camera's plate lies on the board (x 890..1194, y 90..210), its steam rises from the guest's
    cup, whose rim is at (896, 432).
    """
    _desk_wall(canvas)
    counter(canvas, 470)
    for line in range(5):
        canvas.drawPath(
            path(
                f"M 0 {500 + 13 * line * line} "
                f"Q 500 {512 + 13 * line * line} 1280 {496 + 13 * line * line}"
            ),
            pen(0x7A4530, 2.4, 0.4),
        )
    oval(canvas, 470, 604, 400, 66, ink(NIGHT, 0.25, blur=18))
    oval(canvas, 470, 594, 380, 60, ramp((100, 540), (840, 650), (0x7E4632, 0xB97A4E, 0x6B3A30)))
    oval(canvas, 470, 588, 352, 50, ramp((100, 540), (840, 640), (0xC98A58, 0x9A5B3E)))
    with moved(canvas, 430, 606, scale=1.5):
        tea_set(canvas)
    oval(canvas, 896, 503, 74, 12, ramp((822, 0), (970, 0), (0xB97A4E, 0xE3B283, 0x9A5B3E)))
    with moved(canvas, 896, 501, scale=1.5):
        cup(canvas, tea=1.0)
    with moved(canvas, 1030, 622, scale=0.92):
        flask(canvas)
    with moved(canvas, 1165, 632, scale=0.8):
        tin(canvas)


def slate(canvas: Canvas) -> None:
    """The holding picture, 1280x720: an evening sea; the node writes in its lower left."""
    sky = (0x3A3558, 0x8A5F78, 0xE8946A, HONEY)
    box(canvas, (0, 0, 1280, 720), ramp((0, 0), (0, 600), sky, (0, 0.4, 0.72, 1)))
    canvas.drawCircle(900, 330, 560, halo((900, 330), 560, CREAM, 0.6))
    oval(canvas, 900, 310, 128, 128, ramp((0, 182), (0, 438), (0xFFF3D0, HONEY)))
    tides = ((396, 0xB97A80), (452, 0x6F6A90), (516, TEAL), (590, DEEP))
    for index, (top, colour) in enumerate(tides):
        left = 640 - 110 * index
        crest = (
            f"M -40 {top} C {left - 440} {top - 60} {left - 260} {top + 50} {left} {top} "
            f"C {left + 220} {top - 46} {left + 420} {top + 44} 1340 {top - 20} "
            "L 1340 760 L -40 760 Z"
        )
        canvas.drawPath(path(crest), ink(colour))
    with moved(canvas, 880, 404, scale=1.2):
        tea_set(canvas)
    with moved(canvas, 834, 226):
        steam(canvas, 1.3, size=1.0, alpha=0.5)
    with moved(canvas, 150, 150):
        wave(canvas, 74)
    letters(canvas, "潮汐茶事", (250, 150), 54, ink(CREAM), anchor=0)
    letters(canvas, "Tidal Tea", (252, 192), 28, ink(HONEY), anchor=0)


def _desk_wall(canvas: Canvas) -> None:
    box(canvas, (0, 0, 1280, 720), ramp((0, 0), (0, 520), (0x2E5963, 0x4B7C7E, 0xB98E6C)))
    for x in range(20, 1280, 74):
        box(canvas, (x, 0, 3, 470), ink(DEEP, 0.2))
    canvas.drawCircle(420, 250, 560, halo((420, 250), 560, HONEY, 0.7))
    with moved(canvas, 150, 150):
        wave(canvas, 74)
    letters(canvas, "潮汐茶事", (250, 150), 54, ink(CREAM), anchor=0)
    letters(canvas, "Tidal Tea", (252, 192), 28, ink(HONEY), anchor=0)
    canvas.drawCircle(1180, 60, 620, halo((1180, 60), 620, AMBER, 0.25))
    box(canvas, (880, 70, 320, 170), ink(NIGHT, 0.3, blur=14), 22)
    box(canvas, (876, 64, 328, 172), ink(_BOARD), 22)
    box(canvas, (876, 64, 328, 172), pen(WOOD, 8), 22)


def _lanterns(canvas: Canvas, turn: float) -> None:
    for x, phase in ((235, 0.0), (1045, 1.6)):
        with moved(canvas, x, -20, turn=1.6 * math.sin(turn + phase)):
            canvas.drawLine(0, -200, 0, 60, pen(PLUM, 4))
            canvas.drawCircle(0, 110, 210, halo((0, 110), 210, AMBER, 0.55))
            oval(canvas, 0, 110, 62, 54, ramp((-60, 60), (60, 160), (0xFFE3A0, AMBER, 0xC8623F)))
            for rib in (-30, 0, 30):
                canvas.drawPath(path(f"M 0 57 Q {rib * 1.9} 110 0 163"), pen(0xB0522F, 2.5, 0.5))
            box(canvas, (-22, 52, 44, 10), ink(WINE), 4)
            box(canvas, (-22, 158, 44, 10), ink(WINE), 4)
            canvas.drawLine(0, 168, 3 * math.sin(turn + phase), 206, pen(WINE, 5))


def _bamboo(canvas: Canvas) -> None:
    for x, lean in ((470, 3), (520, -2), (806, -4)):
        with moved(canvas, x, 470, turn=lean):
            canvas.drawLine(0, 0, 0, -330, pen(mixed(TEAL, MIST, 0.3), 9, 0.30))
            for joint in range(5):
                canvas.drawPath(
                    path(
                        f"M 0 {-60 * joint - 40} Q 40 {-60 * joint - 80} 66 {-60 * joint - 62} "
                        f"Q 36 {-60 * joint - 48} 0 {-60 * joint - 40} Z"
                    ),
                    ink(TEAL, 0.26),
                )


def _shelf(canvas: Canvas, left: float, top: float) -> None:
    box(canvas, (left, top + 6, 350, 16), ink(NIGHT, 0.35, blur=8))
    box(canvas, (left, top, 350, 16), ramp((0, top), (0, top + 16), (0xD9925E, WOOD)), 4)
    for index, colour in enumerate((0xC8623F, 0xE0A24F, 0x6F938C, 0x8A3F50, 0xE7CDB0)):
        x, tall = left + 42 + index * 66, 66 + (index * 37 + int(top)) % 34
        box(
            canvas,
            (x - 22, top - tall, 44, tall),
            ramp(
                (x - 22, 0),
                (x + 22, 0),
                (
                    mixed(colour, NIGHT, 0.35),
                    colour,
                    mixed(colour, CREAM, 0.35),
                    mixed(colour, NIGHT, 0.25),
                ),
            ),
            8,
        )
        box(canvas, (x - 14, top - tall * 0.68, 28, tall * 0.36), ink(CREAM, 0.8), 3)
        box(canvas, (x - 24, top - tall - 6, 48, 12), ink(mixed(colour, NIGHT, 0.4)), 5)


SCENES = {"idle": idle}
