"""Episode 2, first half: the next seat is taken, and there is hot water."""

import math

from tools.make_demo.brush import Canvas, box, halo, ink, letters, moved, path, pen, ramp
from tools.make_demo.carriage import carriage, outside, seat, tray
from tools.make_demo.cast import CHEN, GRANDPA, MAN
from tools.make_demo.goods import flask, steam, ticket
from tools.make_demo.life import after, between, bounce, during
from tools.make_demo.mouth import Mouth
from tools.make_demo.palette import AMBER, CREAM, HONEY, INK, NIGHT
from tools.make_demo.pose import Draw, Face, Grip, Hand, Pose
from tools.make_demo.stage import Stage


def train(stage: Stage) -> None:
    """Outside: the train crosses the water at dusk; the title."""
    outside(stage)
    share = between(stage.t, 0.5, 1.1) * (1 - between(stage.t, 2.8, 3.15))
    canvas = stage.canvas
    letters(canvas, "第二集 · 邻座", (640, 190), 60, pen(NIGHT, 9, 0.5 * share))
    letters(canvas, "第二集 · 邻座", (640, 190), 60, ink(CREAM, share))
    letters(canvas, "Episode 2: The Next Seat", (640, 236), 28, pen(NIGHT, 5, 0.5 * share))
    letters(canvas, "Episode 2: The Next Seat", (640, 236), 28, ink(HONEY, share))


def seated(stage: Stage) -> None:
    """Close: he drops into his seat; made it."""
    carriage(stage, soft=6)
    drop = bounce(stage.t, 0.0, 0.7)
    with stage.layer(1.0) as canvas:
        with moved(canvas, 0, 240):
            seat(canvas, 640, 1.25)
        y = 452 - 190 * (1 - drop)
        wipe = between(stage.t, 0.9, 1.15)
        pose = Pose(
            640,
            y,
            1.08,
            sway=1.4 * (1 - drop),
            left=Hand(-100, 330),
            right=Hand(
                110 - 40 * wipe + 16 * math.sin(9 * stage.t) * wipe,
                330 - 420 * wipe,
                -30,
                Grip.OPEN,
            ),
            face=Face(
                smile=0.6,
                worry=0.5 - 0.3 * wipe,
                raised=0.4,
                joy=after(stage.t, 1.35),
                blush=0.7,
                tilt=0.2 * wipe,
                nod=-0.1,
            ),
        )
        stage.actor("chen", CHEN, pose)


def newspaper(stage: Stage) -> None:
    """Two-shot: the paper in the next seat comes down, and it is him."""
    carriage(stage, soft=3)
    down = between(stage.t, 0.2, 0.55)
    shock = between(stage.t, 0.5, 0.62)
    give = between(stage.t, 0.75, 1.1)
    with stage.layer(1.0) as canvas:
        for x in (370, 900):
            with moved(canvas, 0, 190):
                seat(canvas, x, 1.0)
        old = Pose(
            895,
            398,
            0.88,
            left=Hand(-150 - 40 * give, 240 + 60 * (1 - give) * down - 40 * give, -12, Grip.HOLD),
            right=Hand(120, 250 + 60 * down),
            face=Face(
                turn=-0.55,
                gaze=(-0.6, 0),
                smile=0.8,
                raised=0.5 * give,
                joy=after(stage.t, 2.1),
                blush=0.7,
            ),
        )
        stage.actor("grandpa", GRANDPA, old, prop=_held_ticket(give) if give > 0 else None)
        _paper(canvas, 895, 330 + 470 * down)
        he = Pose(
            375,
            392 - 10 * shock,
            0.88,
            lean=-4 * shock * (1 - give),
            left=Hand(-100, 320),
            right=Hand(110, 300 - 40 * give),
            face=Face(
                turn=0.2 + 0.6 * shock,
                gaze=(0.3 + 0.5 * shock, 0.3 * give),
                wide=shock,
                raised=shock,
                smile=0.1,
                mouth=Mouth(0.5 * shock, 0.05, 0.5),
                worry=0.3,
            ),
        )
        stage.actor("chen", CHEN, he)
        tray(canvas, 668)


def hot_water(stage: Stage) -> None:
    """The turn: she has hot water, of course she has."""
    carriage(stage, soft=7)
    lift = bounce(stage.t, 0.1, 0.6)
    with stage.layer(1.0) as canvas:
        canvas.drawCircle(820, 420, 420, halo((820, 420), 420, HONEY, 0.5))
        pose = Pose(
            600,
            424,
            1.06,
            lean=2,
            left=Hand(-104, 330),
            right=Hand(190, 330 - 240 * lift, -10, Grip.HOLD),
            sway=0.4,
            face=Face(
                turn=0.3, smile=0.9, raised=0.35, gaze=(0.15, 0), tilt=0.2, joy=after(stage.t, 2.2)
            ),
        )
        stage.actor("man", MAN, pose, prop=_held_flask)


def steam_up(stage: Stage) -> None:
    """Insert: the lid comes off and the steam stands like a flag."""
    carriage(stage, soft=11)
    opened = between(stage.t, 0.15, 0.55)
    with stage.layer(1.0) as canvas:
        tray(canvas, 610)
        with moved(canvas, 680, 330):
            steam(canvas, stage.film_t, size=1.7, alpha=0.8 * opened)
        with moved(canvas, 680, 650, scale=1.35):
            flask(canvas, opened)
        canvas.drawCircle(680, 220, 520, halo((680, 220), 520, AMBER, 0.5 * opened))


def sniff(stage: Stage) -> None:
    """Close: Grandpa smells hot water and a great want."""
    carriage(stage, soft=8)
    with stage.layer(1.0) as canvas:
        with moved(canvas, 0, 230):
            seat(canvas, 640, 1.2)
        air = math.sin(2 * math.pi * 0.75 * stage.t)
        wag = between(stage.t, 0.3, 0.55)
        pose = Pose(
            640,
            436,
            1.1,
            breath=1.4 * air,
            left=Hand(-110, 330),
            right=Hand(130 + 14 * math.sin(8 * stage.t) * wag, 320 - 230 * wag, 0, Grip.POINT),
            face=Face(
                turn=-0.2,
                nod=-0.3 + 0.12 * air,
                joy=1 - during(stage.t, 0.9, 2.1),
                smile=0.7,
                worry=0.35,
                raised=0.4 + 0.3 * air,
                blush=0.8,
                gaze=(-0.3, 0.1),
            ),
        )
        stage.actor("grandpa", GRANDPA, pose)
        with moved(canvas, 420, 640):
            steam(canvas, stage.film_t, size=1.7, alpha=0.4)


def _paper(canvas: Canvas, x: float, y: float) -> None:
    with moved(canvas, x, y):
        sheet = path("M -190 -150 L 0 -138 L 190 -150 L 196 150 L 0 160 L -196 150 Z")
        canvas.drawPath(sheet, ink(NIGHT, 0.35, blur=14))
        canvas.drawPath(
            sheet,
            ramp(
                (-190, 0),
                (190, 0),
                (0xE9E0D0, 0xFBF5E8, 0xD2C5B2, 0xFBF5E8, 0xE4D9C6),
                (0, 0.46, 0.5, 0.54, 1),
            ),
        )
        letters(canvas, "江南晚报", (-96, -96), 40, ink(INK))
        letters(canvas, "茶", (98, -40), 92, ink(INK, 0.8))
        for left, first in ((-178, 0), (20, 4)):
            for row in range(first, 7):
                box(canvas, (left, -66 + row * 28, 158 - (row * 37) % 40, 9), ink(INK, 0.3), 4)


def _held_ticket(give: float) -> Draw:
    def draw(canvas: Canvas, pose: Pose) -> None:
        with moved(canvas, pose.left.x - 50, pose.left.y - 30, turn=-10, scale=0.9 * give):
            ticket(canvas, stained=True)

    return draw


def _held_flask(canvas: Canvas, pose: Pose) -> None:
    with moved(canvas, pose.right.x - 10, pose.right.y + 150, turn=6, scale=0.95):
        flask(canvas)


SCENES = {
    "train": train,
    "seated": seated,
    "newspaper": newspaper,
    "cup": hot_water,
    "steam": steam_up,
    "sniff": sniff,
}
