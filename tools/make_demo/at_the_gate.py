"""Episode 1, first half: late at the gate, no tea, and what comes out of the bag."""

import math

from tools.make_demo.brush import Canvas, box, halo, ink, moved, oval, path, pen, ramp
from tools.make_demo.cast import CHEN, MAN
from tools.make_demo.glitter import motes
from tools.make_demo.goods import rays, tea_set
from tools.make_demo.hall import bench, bokeh, departures, hall
from tools.make_demo.life import after, between, bounce, during
from tools.make_demo.luggage import bag, empty_cup, suitcase, zip_hand
from tools.make_demo.mouth import Mouth
from tools.make_demo.palette import AMBER, CREAM, HONEY, INK, NIGHT, WOOD, mixed
from tools.make_demo.pose import Face, Grip, Hand, Pose
from tools.make_demo.stage import Stage


def arrival(stage: Stage) -> None:
    """Wide: he runs in under the board, case behind him, and skids to a stop."""
    hall(stage, board=True)
    with stage.layer(1.0) as canvas:
        _waiting_on_bench(stage, 985, 470)
        run = between(stage.t, 0.15, 3.1)
        x = -150 + 690 * (run + 0.05 * math.sin(run * math.pi))
        moving = math.sin(math.pi * min(1.0, run)) if run < 1 else 0.0
        bob = 9 * abs(math.sin(x / 26)) * moving
        oval(canvas, x, 668, 90, 12, ink(NIGHT, 0.4, blur=8))
        suitcase(canvas, x - 96 + 12 * moving, 664, -24 * moving)
        stopped = between(stage.t, 3.0, 3.5)
        face = Face(
            turn=0.8 - 0.5 * stopped,
            worry=0.8,
            smile=-0.5,
            nod=-0.5 * stopped,
            gaze=(0.3, -0.6 * stopped),
        )
        swing = math.sin(x / 26) * 90 * moving
        pose = Pose(
            x,
            418 - bob,
            0.36,
            lean=13 * moving - 5 * stopped * (1 - between(stage.t, 3.5, 3.9)),
            stride=x / 26 if after(moving, 0.02) else math.pi / 2,
            sway=-1.2 * moving,
            left=Hand(-120 + swing * 0.2, 330),
            right=Hand(120 + swing, 250 - abs(swing) * 0.4),
            face=face,
        )
        stage.actor("chen", CHEN, pose)


def panting(stage: Stage) -> None:
    """Close: he looks up at the clock, then into a cup that holds nothing but one leaf."""
    hall(stage, soft=9)
    bokeh(stage)
    down = between(stage.t, 1.05, 1.4)
    shake = math.sin(stage.t * 38) * between(stage.t, 2.1, 2.2) * (1 - between(stage.t, 2.55, 2.7))
    pant = math.sin(2 * math.pi * 2.1 * stage.t) * (1 - 0.6 * down)
    face = Face(
        turn=0.35 - 0.1 * down,
        nod=-0.75 + 1.25 * down,
        gaze=(0.35 + 0.2 * down, -0.8 + 1.6 * down),
        worry=0.9,
        raised=0.6,
        smile=-0.6,
        wide=0.35 * (1 - down),
        blush=0.75,
        tilt=0.18 * down,
        mouth=Mouth(0.22 + 0.12 * pant, 0.1, 0.1) if not during(stage.t, 0.25, 2.3) else Mouth(),
    )
    hand = Hand(124 + 6 * shake, 330 - 270 * down, 8 * shake, Grip.HOLD)
    with stage.layer(1.0):
        stage.actor(
            "chen",
            CHEN,
            Pose(
                640,
                452 + 5 * pant,
                1.12,
                breath=1.6 * pant,
                lean=2.5 * down,
                sway=pant * 0.4,
                right=hand,
                face=face,
            ),
            prop=lambda canvas, pose: empty_cup(canvas, pose, stage.t),
        )


def clock(stage: Stage) -> None:
    """Insert: the board's clock takes one more minute away."""
    hall(stage, soft=6)
    with stage.layer(1.0) as canvas:
        jolt = 1 + 0.035 * math.exp(-9 * abs(stage.t - 0.6)) * after(stage.t, 0.6)
        departures(canvas, (640, 372), 1.34 * jolt, stage.film_t)
        canvas.drawCircle(640, 360, 700, halo((640, 360), 700, AMBER, 0.22))


def reading(stage: Stage) -> None:
    """Two-shot: he bends over his knees, she has all the time in the world."""
    hall(stage, soft=5)
    with stage.layer(1.0) as canvas:
        pant = math.sin(2 * math.pi * 1.9 * stage.t)
        look = between(stage.t, 0.25, 0.6)
        he = Pose(
            400,
            368 + 4 * pant,
            0.86,
            lean=7,
            breath=pant,
            left=Hand(-96, 320),
            right=Hand(40, 330, 0),
            face=Face(
                turn=0.2 + 0.6 * look,
                worry=0.8,
                raised=0.5,
                smile=-0.35,
                gaze=(0.6 * look, 0),
                blush=0.6,
                tilt=0.2,
            ),
        )
        stage.actor("chen", CHEN, he)
        lift = between(stage.t, 0.35, 0.7) * (1 - between(stage.t, 1.25, 1.6))
        pat = between(stage.t, 1.5, 1.8)
        she = Pose(
            850,
            392,
            0.86,
            lean=-2,
            left=Hand(
                -20 - 40 * pat, 262 - 190 * lift, -14, Grip.POINT if after(lift, 0.3) else Grip.OPEN
            ),
            right=Hand(112, 292),
            face=Face(
                turn=-0.6, smile=0.75, raised=0.25 * lift, gaze=(-0.5, 0.1), tilt=-0.25 * pat
            ),
        )
        stage.actor("man", MAN, she)
        bench(canvas, (880, 664), 620)
        with moved(canvas, 860, 668, scale=0.5 + 0.02 * math.sin(9 * stage.t) * pat):
            bag(canvas, 0.0)


def zipping(stage: Stage) -> None:
    """Insert: the zip goes along and light comes out."""
    hall(stage, soft=11)
    drawn = between(stage.t, 0.2, 1.05)
    with stage.layer(1.0) as canvas:
        bench(canvas, (640, 640), 1500)
        with moved(canvas, 640, 664, scale=1.32):
            canvas.drawCircle(
                0, -250, 60 + 420 * drawn, halo((0, -250), 60 + 420 * drawn, HONEY, 0.8 * drawn)
            )
            bag(canvas, drawn)
            zip_hand(canvas, drawn)


def awe(stage: Stage) -> None:
    """Close: gold on his face, glasses first, then the eyes."""
    hall(stage, soft=12)
    grown = between(stage.t, 0.1, 1.0)
    with stage.layer(0.6) as canvas:
        box(canvas, (-300, -200, 1900, 1200), ink(NIGHT, 0.42 * grown))
    with stage.layer(1.0) as canvas:
        face = Face(
            nod=0.42,
            gaze=(0.1, 0.55),
            wide=grown,
            raised=0.2 + 0.8 * grown,
            worry=0.25,
            smile=0.15,
            blush=0.8,
            mouth=Mouth(0.5 * between(stage.t, 0.45, 0.9), 0.05, 0.5),
            lid=1,
        )
        stage.actor(
            "chen", CHEN, Pose(640, 448, 1.26, left=Hand(-90, 300), right=Hand(90, 300), face=face)
        )
        canvas.drawCircle(640, 760, 720, halo((640, 760), 720, AMBER, 0.9 * grown))
        canvas.drawCircle(640, 640, 470, halo((640, 640), 470, 0xFF8A2A, 0.4 * grown))
        motes(canvas, stage.t, (640, 700), grown)


def reveal(stage: Stage) -> None:
    """The climax: she holds up the set, it springs open, the hall goes gold."""
    hall(stage, soft=13)
    flash = math.exp(-5 * stage.t)
    with stage.layer(0.5) as canvas:
        box(canvas, (-300, -200, 1900, 1200), ink(0x6B2E2A, 0.5))
    with stage.layer(0.8) as canvas, moved(canvas, 706, 420):
        rays(canvas, stage.film_t, 1.0 + 0.4 * flash)
    with stage.layer(1.0) as canvas:
        lift = bounce(stage.t, -0.1, 0.7)
        grown = 0.3 + 0.7 * bounce(stage.t, 0.3, 0.8)
        face = Face(
            smile=0.9, raised=0.35, gaze=(0.0, 0.1), blush=0.65, tilt=0.15 * math.sin(stage.t)
        )
        rise = 30 * (1 - lift)
        pose = Pose(
            706,
            342,
            0.94,
            left=Hand(-214, 208 + rise, 8),
            right=Hand(214, 208 + rise, -8),
            sway=0.6 * flash,
            face=face,
        )
        stage.actor("man", MAN, pose, prop=lambda drawn, _pose: _offered(drawn, grown, rise))
        motes(canvas, stage.t, (706, 550), 1.0)
        canvas.drawCircle(706, 470, 900, halo((706, 470), 900, CREAM, 0.75 * flash))


def _waiting_on_bench(stage: Stage, x: float, y: float) -> None:
    canvas = stage.canvas
    bench(canvas, (x, y + 108), 300)
    face = Face(turn=-0.5, smile=0.5, nod=0.5, gaze=(-0.2, 0.5))
    stage.actor("man", MAN, Pose(x, y, 0.3, left=Hand(-40, 250), right=Hand(60, 250), face=face))
    for side in (-1, 1):
        leg = path(
            f"M {x + side * 20} {y + 112} "
            f"Q {x + side * 22 - 40} {y + 126} {x + side * 22 - 36} {y + 188}"
        )
        canvas.drawPath(leg, pen(mixed(0x4A3A44, NIGHT, 0.3 if side < 0 else 0), 18))
        oval(canvas, x + side * 22 - 42, y + 194, 16, 8, ink(INK))
    with moved(canvas, x + 96, y + 112, scale=0.2):
        bag(canvas, 0.0)


def _offered(canvas: Canvas, grown: float, rise: float) -> None:
    with moved(canvas, 0, 196 + rise):
        canvas.drawCircle(0, -80, 300, halo((0, -80), 300, AMBER, 0.5))
        board = (-218, -6, 436, 26)
        box(canvas, (-214, 6, 428, 26), ink(NIGHT, 0.4, blur=10), 13)
        box(canvas, board, ramp((0, -6), (0, 20), (0xE0A46C, WOOD)), 13)
        with moved(canvas, -26, 0, scale=0.98):
            tea_set(canvas, grown)


SCENES = {
    "arrival": arrival,
    "panting": panting,
    "clock": clock,
    "bench": reading,
    "zip": zipping,
    "awe": awe,
    "reveal": reveal,
}
