"""Episode 2, second half: the leaf that was missing, three cups, and a stop that went by."""

import math

from tools.make_demo.brush import Canvas, box, halo, ink, letters, moved, path, pen, ramp
from tools.make_demo.carriage import carriage, seat, tray
from tools.make_demo.cast import CHEN, GRANDPA, MAN
from tools.make_demo.glitter import petals
from tools.make_demo.goods import cup, flask, rays, steam, tin
from tools.make_demo.life import after, between, bounce, during
from tools.make_demo.luggage import cup_in_hand
from tools.make_demo.mouth import Mouth
from tools.make_demo.over_tea import table
from tools.make_demo.palette import AMBER, CREAM, PLUM
from tools.make_demo.pose import Draw, Face, Grip, Hand, Pose
from tools.make_demo.stage import Stage
from tools.make_demo.subtitles import end_title


def sly(stage: Stage) -> None:
    """Close: a smile that knows something; a hand goes into the jacket."""
    carriage(stage, soft=9)
    smile = between(stage.t, 0.3, 1.1)
    reach = between(stage.t, 1.3, 1.9)
    with stage.layer(1.0) as canvas:
        with moved(canvas, 0, 230):
            seat(canvas, 640, 1.25)
        pose = Pose(
            640,
            440,
            1.16,
            left=Hand(-100, 330),
            right=Hand(90 - 70 * reach, 320 - 190 * reach, -50, Grip.HOLD),
            lean=-2 * reach,
            face=Face(
                turn=0.25,
                gaze=(0.75 * smile, -0.05),
                smile=-0.1 + smile,
                raised=0.7 * smile,
                lid=1 - 0.32 * smile,
                worry=-0.35 * smile,
                tilt=-0.3 * smile,
                blush=0.5,
            ),
        )
        stage.actor("chen", CHEN, pose)
        glow = between(stage.t, 1.9, 2.6)
        canvas.drawCircle(620, 620, 380, halo((620, 620), 380, AMBER, 0.95 * glow))
        glint = between(stage.t, 0.9, 1.05) * (1 - between(stage.t, 1.1, 1.35))
        if glint > 0:
            with moved(canvas, 700, 292, turn=stage.t * 60, scale=glint):
                canvas.drawPath(
                    path("M 0 -46 Q 4 -4 46 0 Q 4 4 0 46 Q -4 4 -46 0 Q -4 -4 0 -46 Z"), ink(CREAM)
                )


def oolong(stage: Stage) -> None:
    """The climax: the tin, petals, gold; he has had it all along."""
    carriage(stage, soft=12)
    flash = math.exp(-5 * stage.t)
    lift = bounce(stage.t, -0.1, 0.7)
    with stage.layer(0.5) as canvas:
        box(canvas, (-300, -200, 1900, 1200), ink(0x6B2E2A, 0.45))
    with stage.layer(0.8) as canvas, moved(canvas, 650, 400):
        rays(canvas, stage.film_t, 1.0 + 0.4 * flash)
    with stage.layer(1.0) as canvas:
        face = Face(
            smile=1.0,
            raised=0.5,
            joy=after(stage.t, 2.2),
            blush=0.7,
            tilt=0.12 * math.sin(2 * stage.t),
        )
        pose = Pose(
            640,
            338,
            1.0,
            left=Hand(-110, 214 - 30 * lift, 30),
            right=Hand(110, 214 - 30 * lift, -30),
            sway=0.7 * flash,
            face=face,
        )
        stage.actor("chen", CHEN, pose, prop=_held_tin(lift))
        petals(canvas, stage.t)
        canvas.drawCircle(640, 460, 900, halo((640, 460), 900, CREAM, 0.95 * flash))


def three_cups(stage: Stage) -> None:
    """Insert: hot water from the flask into three cups, flowers after it."""
    carriage(stage, soft=13)
    with stage.layer(1.0) as canvas:
        table(canvas, 460)
        with moved(canvas, 250, 640, scale=1.05):
            tin(canvas)
        for index, x in enumerate((520, 730, 940)):
            with moved(canvas, x, 600, scale=2.1):
                cup(canvas, tea=between(stage.t, 0.2 + 0.6 * index, 0.8 + 0.6 * index))
            with moved(canvas, x, 500):
                steam(canvas, stage.film_t + index, size=1.1, alpha=0.45)
        at = 520 + 210 * (between(stage.t, 0.7, 0.95) + between(stage.t, 1.3, 1.55))
        if during(stage.t, 0.15, 2.05):
            canvas.drawPath(
                path(f"M {at} 150 L {at + 2 * math.sin(stage.t * 25):.1f} 506"),
                pen(0xDDEBEA, 13, 0.85),
            )
            canvas.drawPath(path(f"M {at - 3} 150 L {at - 3} 506"), pen(CREAM, 4))
        with moved(canvas, at + 262, 40, turn=-112, scale=1.2):
            flask(canvas, None)
        petals(canvas, stage.t + 0.6)


def toast(stage: Stage) -> None:
    """Three-shot: three cups up, one sigh."""
    _three(stage, drink=between(stage.t, 1.75, 2.1), alarm=0.0)


def missed(stage: Stage) -> None:
    """The button: the stop goes by behind them."""
    _three(stage, drink=0.0, alarm=between(stage.t, 0.15, 0.3))
    end_title(stage, between(stage.t, 2.0, 2.3), ("未完待续", "To be continued"), 120)


def _three(stage: Stage, *, drink: float, alarm: float) -> None:
    carriage(stage, soft=3)
    if alarm:
        with stage.layer(0.4) as canvas:
            _platform_sign(canvas, 1500 - 620 * stage.t)
    with stage.layer(1.0) as canvas:
        for x in (280, 640, 1010):
            with moved(canvas, 0, 210):
                seat(canvas, x, 0.95)
        cast = (("man", MAN, 270, 0.5), ("grandpa", GRANDPA, 640, 0.05), ("chen", CHEN, 1010, -0.5))
        for index, (who, look, x, turn) in enumerate(cast):
            shake = 5 * alarm * math.sin(stage.t * 26 + index)
            face = Face(
                turn=turn * (1 - alarm) + 0.35 * alarm * math.sin(index),
                smile=0.8 - 1.2 * alarm,
                wide=alarm,
                raised=alarm + 0.2,
                worry=0.8 * alarm,
                joy=after(drink, 0.5),
                blush=0.7,
                gaze=(0.5 * turn * (1 - alarm), -0.4 * alarm),
                mouth=Mouth(0.55 * alarm, 0.1, 0.55) if who != "man" else Mouth(),
                nod=-0.15 * drink,
            )
            hand = Hand(100 - 74 * drink, 196 - 176 * drink - 20 * alarm, -6)
            pose = Pose(
                x + shake,
                396 - 10 * alarm,
                0.84,
                left=Hand(-96, 310),
                right=hand,
                sway=alarm * math.sin(stage.t * 9),
                face=face,
            )
            stage.actor(who, look, pose, prop=cup_in_hand(stage.film_t))
        tray(canvas, 664)
        with moved(canvas, 404, 694, scale=0.56):
            flask(canvas)
        with moved(canvas, 880, 696, scale=0.56):
            tin(canvas)


def _platform_sign(canvas: Canvas, x: float) -> None:
    box(canvas, (x - 8, 200, 16, 240), ink(PLUM))
    box(canvas, (x - 170, 120, 340, 110), ramp((0, 120), (0, 230), (0x2F5E86, 0x1F4468)), 10)
    letters(canvas, "潮州", (x, 178), 52, ink(CREAM))
    letters(canvas, "CHAOZHOU", (x, 212), 22, ink(CREAM))


def _held_tin(lift: float) -> Draw:
    def draw(canvas: Canvas, _pose: Pose) -> None:
        canvas.drawCircle(0, 170, 300, halo((0, 170), 300, AMBER, 0.5))
        with moved(canvas, 0, 300 - 30 * lift):
            tin(canvas)

    return draw


SCENES = {
    "sly": sly,
    "oolong": oolong,
    "cups": three_cups,
    "toast": toast,
    "missed": missed,
}
