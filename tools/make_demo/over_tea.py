"""Episode 1, second half: tea is poured, Grandpa asks, the gate calls, a ticket is missed."""

import math

from tools.make_demo.brush import Canvas, box, halo, ink, moved, oval, path, pen, ramp
from tools.make_demo.cast import CHEN, GRANDPA, MAN
from tools.make_demo.goods import blossom, cup, steam, tea_set, teapot, ticket
from tools.make_demo.hall import bench, bokeh, gate_post, hall
from tools.make_demo.life import after, between, bounce, during
from tools.make_demo.luggage import carried, cup_in_hand
from tools.make_demo.mouth import Mouth
from tools.make_demo.palette import AMBER, CREAM, HONEY, INK, NIGHT
from tools.make_demo.pose import Face, Grip, Hand, Pose
from tools.make_demo.stage import Stage
from tools.make_demo.subtitles import end_title

_TEA = 0xC9752E


def pour(stage: Stage) -> None:
    """Insert: tea into a cup that stands, for want of a coaster, on a ticket."""
    hall(stage, soft=14)
    with stage.layer(1.0) as canvas:
        table(canvas, 470)
        canvas.save()
        canvas.translate(800, 585)
        canvas.skew(-0.35, 0)
        canvas.scale(1.7, 0.85)
        ticket(canvas)
        canvas.restore()
        tip = between(stage.t, 0.0, 0.35) * (1 - between(stage.t, 2.15, 2.5))
        filled = between(stage.t, 0.35, 2.2)
        with moved(canvas, 800, 588, scale=2.5):
            cup(canvas, tea=filled)
        if during(stage.t, 0.3, 2.2):
            sway = 2 * math.sin(stage.t * 23)
            stream = path(f"M 742 236 C 790 246 {800 + sway:.1f} 330 {800 + sway:.1f} 474")
            canvas.drawPath(stream, pen(_TEA, 13))
            canvas.drawPath(stream, pen(0xF0B468, 4, 0.8))
        with moved(canvas, 500, 440 - 50 * tip, turn=26 * tip, scale=1.85):
            teapot(canvas)
        with moved(canvas, 800, 470):
            steam(canvas, stage.film_t, size=1.5, alpha=0.5 * filled)
        canvas.drawCircle(900, 100, 620, halo((900, 100), 620, AMBER, 0.3))


def grandpa(stage: Stage) -> None:
    """Three-shot: somebody rises between them and wants to know what it costs."""
    hall(stage, soft=5)
    up = bounce(stage.t, 0.25, 0.7)
    startled = between(stage.t, 0.4, 0.5) * (1 - 0.7 * between(stage.t, 1.4, 1.9))
    with stage.layer(1.0) as canvas:
        he = Pose(
            330,
            380,
            0.86,
            lean=-3 * startled,
            left=Hand(-90, 300),
            right=Hand(70, 190),
            face=Face(
                turn=0.75,
                gaze=(0.7, 0.1),
                wide=startled,
                raised=startled,
                smile=0.1,
                mouth=Mouth(0.35 * startled, 0, 0.35),
            ),
        )
        stage.actor("chen", CHEN, he, prop=cup_in_hand(stage.film_t))
        she = Pose(
            955,
            392,
            0.86,
            lean=3 * startled,
            left=Hand(-60, 300),
            right=Hand(100, 300),
            face=Face(turn=-0.75, gaze=(-0.7, 0.1), raised=0.7 * startled, smile=0.45),
        )
        stage.actor("man", MAN, she)
        pointing = between(stage.t, 0.8, 1.05)
        old = Pose(
            645,
            800 - 360 * up,
            0.86,
            left=Hand(-110, 350),
            right=Hand(120 + 18 * pointing, 330 - 200 * pointing, 40, Grip.POINT),
            face=Face(
                turn=0.35, gaze=(0.5, 0.3), smile=0.6, raised=0.6, wide=0.25, nod=0.1, blush=0.7
            ),
        )
        stage.actor("grandpa", GRANDPA, old)
        bench(canvas, (900, 664), 640)
        with moved(canvas, 950, 666, scale=0.72):
            tea_set(canvas)


def offer_cup(stage: Stage) -> None:
    """Close: first a sip, then the price; she holds out a cup."""
    hall(stage, soft=9)
    bokeh(stage)
    give = between(stage.t, 0.15, 0.75)
    with stage.layer(1.0):
        pose = Pose(
            640,
            432,
            1.12,
            left=Hand(-100, 330),
            right=Hand(128 + 20 * give, 300 - 190 * give, -8, Grip.HOLD),
            sway=0.4,
            face=Face(
                turn=0.35,
                smile=0.95,
                raised=0.4,
                gaze=(0.35, -0.05),
                tilt=0.25,
                blush=0.7,
                joy=after(stage.t, 1.75),
            ),
        )
        stage.actor("man", MAN, pose, prop=cup_in_hand(stage.film_t))


def sip(stage: Stage) -> None:
    """Close: one sip, and the glasses are as blissful as the man."""
    hall(stage, soft=10)
    bokeh(stage, strength=1.6)
    drink = between(stage.t, 0.05, 0.4) * (1 - between(stage.t, 0.85, 1.15))
    bliss = between(stage.t, 0.5, 1.0)
    with stage.layer(1.0) as canvas:
        glow = 720 * bliss + 1
        canvas.drawCircle(640, 330, glow, halo((640, 330), glow, AMBER, 0.55 * bliss))
        pose = Pose(
            640,
            446,
            1.16,
            lean=1.5 * math.sin(1.6 * stage.t) * bliss,
            left=Hand(-96, 330),
            right=Hand(96 - 66 * drink, 190 - 176 * drink, -6, Grip.HOLD),
            face=Face(
                fog=between(stage.t, 0.35, 0.8) * (1 - 0.25 * between(stage.t, 2.3, 2.8)),
                joy=after(stage.t, 0.45),
                smile=0.3 + 0.7 * bliss,
                blush=0.5 + 0.5 * bliss,
                worry=0.3 * bliss,
                raised=0.4 * bliss,
                nod=-0.35 * drink - 0.15 * bliss,
                tilt=0.3 * bliss * math.sin(1.6 * stage.t),
            ),
        )
        stage.actor("chen", CHEN, pose, prop=cup_in_hand(stage.film_t))
        for index in range(7):
            angle = stage.t * 0.9 + index * 0.9
            with moved(
                canvas,
                640 + 330 * math.cos(angle),
                250 + 120 * math.sin(angle * 1.3),
                turn=angle * 80,
            ):
                blossom(canvas, 13, 0.85 * bliss)


def hurry(stage: Stage) -> None:
    """Wide: the gate calls; two run, one stays with his tea."""
    hall(stage, board=False)
    with stage.layer(1.0) as canvas:
        bench(canvas, (905, 578), 380)
        old = Pose(
            950,
            470,
            0.32,
            left=Hand(-60, 250),
            right=Hand(40, 110),
            face=Face(turn=-0.5, joy=1.0, smile=0.8, nod=0.1),
        )
        stage.actor("grandpa", GRANDPA, old, prop=cup_in_hand(stage.film_t))
        for side in (-1, 1):
            canvas.drawPath(
                path(f"M {950 + side * 18} 584 Q {930 + side * 18} 600 {932 + side * 18} 656"),
                pen(0x5A4038, 18),
            )
            oval(canvas, 926 + side * 18, 662, 16, 8, ink(INK))
        go = max(0.0, stage.t - 0.95)
        dash = 270 * go + 70 * go * go
        for who, look, start, lag in (("man", MAN, 690, 0.0), ("chen", CHEN, 800, 0.25)):
            x = start - max(0.0, dash - 90 * lag)
            running = min(1.0, max(0.0, go - lag) * 4)
            swing = math.sin(x / 26)
            oval(canvas, x, 668, 80, 11, ink(NIGHT, 0.4, blur=8))
            pose = Pose(
                x,
                418 - 10 * abs(swing) * running,
                0.36,
                flip=-1,
                lean=-14 * running,
                stride=-x / 26 if running else math.pi / 2,
                sway=1.4 * running,
                left=Hand(-100 - 50 * swing * running, 300),
                right=Hand(120 + 80 * swing * running, 250 - 60 * running),
                face=Face(
                    turn=0.7,
                    worry=0.7 * (who == "chen"),
                    smile=0.5 if who == "man" else -0.3,
                    raised=0.5,
                    mouth=Mouth(0.5, 0.4, 0.1) if who == "chen" else Mouth(),
                ),
            )
            stage.actor(who, look, pose, prop=carried(folded=who == "man"))


def missing(stage: Stage) -> None:
    """Medium: the gate says no, and every pocket says the same."""
    hall(stage, soft=6)
    with stage.layer(1.0) as canvas:
        pat = math.sin(2 * math.pi * 2.6 * stage.t)
        stop = between(stage.t, 2.0, 2.2)
        beat = (1 - stop) * pat
        face = Face(
            turn=0.45 * math.sin(2 * math.pi * 0.9 * stage.t) * (1 - stop),
            nod=0.5 * (1 - stop),
            worry=1.0,
            raised=0.4 + 0.5 * stop,
            gaze=(0.5 * beat, 0.6 * (1 - stop)),
            wide=0.9 * stop,
            smile=-0.5,
            blush=0.7,
            mouth=Mouth(0.4 * stop, 0.0, 0.4),
        )
        pose = Pose(
            640,
            352 + 4 * abs(beat),
            0.98,
            lean=2.5 * beat,
            sway=beat,
            left=Hand(-84 - 10 * beat, 230 + 90 * max(0.0, beat) - 140 * stop, 20, Grip.OPEN),
            right=Hand(84 - 10 * beat, 230 - 90 * min(0.0, beat) - 140 * stop, -20, Grip.OPEN),
            face=face,
        )
        stage.actor("chen", CHEN, pose)
    with stage.layer(1.15) as canvas:
        red = 0.45 + 0.55 * (math.sin(stage.t * 12) > 0)
        for x in (150, 1130):
            gate_post(canvas, x, red)


def coaster(stage: Stage) -> None:
    """The hook: Grandpa has his tea, the cup its coaster, and the coaster is a ticket."""
    hall(stage, soft=6)
    lift = between(stage.t, 0.1, 0.5)
    rest = between(stage.t, 0.75, 1.05)
    with stage.layer(1.0) as canvas:
        with moved(canvas, 1010, 642, scale=0.8):
            tea_set(canvas)
        with moved(canvas, 740, 596, turn=-7):
            ticket(canvas, stained=True)
        glow = between(stage.t, 1.2, 2.0)
        canvas.drawCircle(740, 596, 230, halo((740, 596), 230, HONEY, 0.75 * glow))
        face = Face(joy=1.0, smile=0.9, blush=0.8, raised=0.3, turn=0.2, nod=-0.2 * (lift - rest))
        hand = Hand(252 - 222 * lift + 70 * rest, 236 - 216 * lift + 170 * rest, -6)
        pose = Pose(520, 350, 0.95, left=Hand(-90, 300), right=hand, face=face)
        stage.actor("grandpa", GRANDPA, pose, prop=cup_in_hand(stage.film_t))
        bench(canvas, (640, 640), 1500)
    end_title(stage, between(stage.t, 2.3, 2.7), ("未完待续", "To be continued"))


def table(canvas: Canvas, top: float) -> None:
    """A wooden table across the picture from `top` down."""
    box(
        canvas,
        (-300, top, 1900, 700),
        ramp((0, top), (0, top + 330), (0xD9925E, 0xA9633F, 0x5A3038)),
    )
    for line in range(6):
        y = top + 14 + 9 * line * line
        canvas.drawPath(
            path(f"M -300 {y} Q 400 {y + 12} 800 {y - 4} Q 1200 {y + 10} 1600 {y}"),
            pen(0x7A4530, 2.5, 0.4),
        )
    box(canvas, (-300, top, 1900, 5), ink(CREAM, 0.35))


SCENES = {
    "pour": pour,
    "grandpa": grandpa,
    "offer_cup": offer_cup,
    "sip": sip,
    "hurry": hurry,
    "ticket": missing,
    "coaster": coaster,
}
