"""What they carry: bag, case, mug, a cup in the hand."""

import math

from tools.make_demo.brush import Canvas, box, ink, inside, letters, moved, oval, path, pen, ramp
from tools.make_demo.goods import cup, folded_set, steam
from tools.make_demo.life import after, between
from tools.make_demo.palette import AMBER, CREAM, HONEY, INK, NIGHT, PINE, WOOD
from tools.make_demo.pose import Draw, Pose


def bag(canvas: Canvas, opened: float) -> None:
    """Her canvas bag on y = 0, 420 wide, its zip drawn `opened` 0..1 from the left."""
    oval(canvas, 0, 0, 230, 22, ink(NIGHT, 0.4, blur=12))
    for height in (-352, -338):
        canvas.drawPath(path(f"M -110 -250 C -100 {height} 100 {height} 110 -250"), pen(WOOD, 18))
    body = path(
        "M -190 -250 Q 0 -262 190 -250 C 214 -160 222 -60 208 -14 "
        "Q 0 12 -208 -14 C -222 -60 -214 -160 -190 -250 Z"
    )
    canvas.drawPath(body, ramp((-200, -260), (200, 0), (0xF6DDB4, 0xE2B67E, 0xB47F52)))
    with inside(canvas, body):
        canvas.drawPath(
            path("M -230 -120 Q 0 -96 230 -120 L 230 20 L -230 20 Z"), ink(0x9A6440, 0.35)
        )
        for x in (-200, 200):
            oval(canvas, x, -120, 40, 160, ink(NIGHT, 0.16, blur=18))
    letters(canvas, "潮", (0, -128), 74, ink(PINE, 0.85))
    end = -165 + 330 * opened
    if opened > 0:
        slit = path(
            "M -165 -246 "
            f"Q {(-165 + end) / 2:.1f} {-246 - 52 * opened:.1f} {end:.1f} -247 "
            f"Q {(-165 + end) / 2:.1f} {-246 + 20 * opened:.1f} -165 -246 Z"
        )
        canvas.drawPath(slit, ramp((0, -290), (0, -230), (CREAM, HONEY, AMBER)))
    canvas.drawPath(
        path(f"M {end:.1f} -247 Q {(165 + end) / 2:.1f} -252 165 -247"), pen(0x6B4131, 8)
    )
    box(canvas, (end - 9, -258, 22, 20), ramp((0, -258), (0, -238), (0xF6F7F6, 0x8F9BA0)), 5)


def suitcase(canvas: Canvas, x: float, y: float, turn: float) -> None:
    """His orange case on y, its handle up, tilted by `turn` degrees."""
    with moved(canvas, x, y, turn=turn):
        canvas.drawPath(path("M -14 -96 L -14 -150 L 22 -150 L 22 -96"), pen(0x5F6B70, 5))
        box(canvas, (-34, -98, 72, 94), ramp((-34, -98), (38, 0), (0xD97B50, 0x9A4A40)), 12)
        for stripe in (-14, 4, 22):
            canvas.drawLine(stripe, -90, stripe, -12, pen(0x7E3A38, 3, 0.6))
        for wheel in (-20, 24):
            oval(canvas, wheel, -2, 7, 7, ink(INK))


def empty_cup(canvas: Canvas, pose: Pose, time_s: float) -> None:
    """An enamel mug in the right hand that tips, and the one leaf that falls from it."""
    hand = pose.right
    tipped = between(time_s, 1.5, 1.95)
    with moved(canvas, hand.x - 6, hand.y - 12, turn=-18 - 140 * tipped):
        canvas.drawPath(path("M 34 -18 C 70 -22 70 26 32 22"), pen(0xE8D6C0, 9))
        body = path("M -36 -52 L 36 -52 L 31 40 Q 0 50 -31 40 Z")
        canvas.drawPath(body, ramp((-36, 0), (36, 0), (0xD8C7B4, CREAM, 0xC9B39C)))
        canvas.drawPath(path("M -33 -6 L 33 -6"), pen(0x6D86A3, 9))
        oval(canvas, 0, -52, 36, 8, ink(0x6B4A44))
    if after(time_s, 2.1):
        fall = time_s - 2.1
        drift = 22 * math.sin(fall * 6)
        with moved(
            canvas, hand.x - 34 + drift, hand.y + 50 + 105 * fall, turn=50 * math.sin(fall * 6)
        ):
            canvas.drawPath(path("M -13 0 Q 0 -11 15 0 Q 0 8 -13 0 Z"), ink(PINE))


def zip_hand(canvas: Canvas, drawn: float) -> None:
    """Her hand at the zip, `drawn` 0..1 of its way."""
    x = -165 + 330 * drawn
    sleeve = path(f"M {x + 26} -262 Q {x + 120} -310 {x + 330} -390")
    canvas.drawPath(sleeve, pen(0x23565E, 74))
    canvas.drawPath(path(f"M {x + 60} -280 L {x + 84} -293"), pen(CREAM, 68))
    for finger in range(4):
        canvas.drawLine(
            x + 38, -272 + 11 * finger, x + 6 - 2 * finger, -262 + 9 * finger, pen(0xEBB893, 20)
        )
        canvas.drawLine(
            x + 38, -272 + 11 * finger, x + 6 - 2 * finger, -262 + 9 * finger, pen(0xF8CFAC, 16)
        )
    oval(canvas, x + 46, -262, 30, 28, ramp((x + 20, -290), (x + 70, -230), (0xF8CFAC, 0xE8AE8A)))
    canvas.drawLine(x + 34, -284, x + 4, -278, pen(0xF8CFAC, 17))


def cup_in_hand(time_s: float) -> Draw:
    """A steaming cup in the right hand."""

    def draw(canvas: Canvas, pose: Pose) -> None:
        with moved(canvas, pose.right.x - 20, pose.right.y + 26, scale=1.25):
            cup(canvas, tea=1.0)
            with moved(canvas, 0, -50):
                steam(canvas, time_s, size=0.7, alpha=0.5)

    return draw


def carried(*, folded: bool) -> Draw:
    """What a runner holds: the bag, or the folded set."""

    def carry(canvas: Canvas, pose: Pose) -> None:
        if folded:
            with moved(canvas, pose.left.x, pose.left.y + 120, turn=8, scale=0.5):
                bag(canvas, 0.0)
        else:
            with moved(canvas, pose.right.x, pose.right.y + 10, scale=0.6):
                folded_set(canvas)

    return carry
