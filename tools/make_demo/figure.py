"""Figures: a body with two bending arms, hands, legs and a head, dressed by its look."""

import math
from contextlib import AbstractContextManager
from dataclasses import dataclass

import skia

from tools.make_demo.brush import Canvas, ink, inside, moved, oval, path, pen, ramp
from tools.make_demo.face import HEAD, features, glasses
from tools.make_demo.palette import HONEY, INK, NIGHT, SKIN, SKIN_SHADE, mixed
from tools.make_demo.pose import Draw, Grip, Hand, Pose

HEAD_ABOVE_NECK = 118.0
_SHOULDER = (112.0, 52.0)
_BONE = 164.0
"""Upper arm or forearm seen from the side; shorter where the arm comes towards the camera."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a character is dressed and coiffed; the parts are drawn in this order."""

    hair_behind: Draw
    garment: Draw
    hair: Draw
    sleeve: tuple[int, int]
    cuff: int
    trousers: int
    brow: int
    brow_width: float = 9
    skin: int = SKIN
    has_glasses: bool = False
    on_face: Draw | None = None


def figure(canvas: Canvas, look: Look, pose: Pose, *, between: Draw | None = None) -> None:
    """The whole figure; `between` draws what lies before the body but behind the hands."""
    with moved(canvas, pose.x, pose.y, turn=pose.lean, scale=pose.scale, flip=pose.flip):
        if pose.stride is not None:
            _legs(canvas, look, pose.stride)
        with _on_neck(canvas, pose):
            look.hair_behind(canvas, pose)
        _neck(canvas, look)
        with moved(canvas, 0, -2.5 * pose.breath):
            look.garment(canvas, pose)
        with _on_neck(canvas, pose):
            _head(canvas, look, pose)
        for side, hand in ((-1, pose.left), (1, pose.right)):
            _sleeve(canvas, look, side, hand, pose.breath)
        if between is not None:
            between(canvas, pose)
        for side, hand in ((-1, pose.left), (1, pose.right)):
            _hand(canvas, look, side, hand)


def _on_neck(canvas: Canvas, pose: Pose) -> AbstractContextManager[None]:
    face = pose.face
    x, y = 10 * face.turn, -HEAD_ABOVE_NECK + 8 * face.nod - 1.5 * pose.breath
    return moved(canvas, x, y, turn=face.tilt * 12)


def _neck(canvas: Canvas, look: Look) -> None:
    shade = mixed(look.skin, SKIN_SHADE, 0.75)
    canvas.drawPath(path("M -28 -60 L 28 -60 L 32 34 L -32 34 Z"), ink(shade))


def _head(canvas: Canvas, look: Look, pose: Pose) -> None:
    shape = path(HEAD)
    for side in (-1, 1):
        ear_x = side * 88 - 8 * pose.face.turn
        oval(canvas, ear_x, 16, 15, 21, ink(mixed(look.skin, SKIN_SHADE, 0.45)))
        oval(canvas, ear_x, 18, 8, 12, ink(SKIN_SHADE, 0.6))
    warm = mixed(look.skin, HONEY, 0.28)
    canvas.drawPath(
        shape, ramp((-80, -60), (90, 100), (warm, look.skin, mixed(look.skin, SKIN_SHADE, 0.55)))
    )
    with inside(canvas, shape):
        with moved(canvas, 3, 22):
            canvas.saveLayerAlpha(None, 70)
            _tinted(canvas, look, pose)
            canvas.restore()
        canvas.drawPath(
            path("M -92 40 Q -60 108 0 110 Q 70 108 96 30 L 100 130 L -100 130 Z"),
            ink(SKIN_SHADE, 0.25, blur=10),
        )
    features(canvas, pose.face, look.brow, brow_width=look.brow_width)
    if look.on_face is not None:
        look.on_face(canvas, pose)
    if look.has_glasses:
        glasses(canvas, pose.face)
    look.hair(canvas, pose)


def _tinted(canvas: Canvas, look: Look, pose: Pose) -> None:
    tint = skia.ColorFilters.Blend(0xFF000000 | mixed(SKIN_SHADE, INK, 0.3), skia.BlendMode.kSrcIn)
    canvas.saveLayer(None, skia.Paint(ColorFilter=tint))
    look.hair(canvas, pose)
    canvas.restore()


def _elbow(side: int, hand: Hand) -> tuple[float, float]:
    """Where two bones of one length bend, outwards and down."""
    sx, sy = side * _SHOULDER[0], _SHOULDER[1]
    dx, dy = hand.x - sx, hand.y - sy
    reach = max(40.0, math.hypot(dx, dy))
    bone = min(_BONE, max(108.0, 0.58 * reach + 24))
    off = math.sqrt(max(0.0, bone**2 - reach**2 / 4))
    ux, uy = dx / reach, dy / reach
    options = [(sx + dx / 2 + s * off * -uy, sy + dy / 2 + s * off * ux) for s in (-1, 1)]
    return max(options, key=lambda point: 0.75 * side * point[0] + point[1])


def _sleeve(canvas: Canvas, look: Look, side: int, hand: Hand, breath: float) -> None:
    ex, ey = _elbow(side, hand)
    sx, sy = side * _SHOULDER[0], _SHOULDER[1] - 2.5 * breath
    arm = skia.Path()
    arm.moveTo(sx, sy)
    arm.quadTo((sx + ex) / 2 + side * 8, (sy + ey) / 2, ex, ey)
    arm.lineTo(hand.x + (ex - hand.x) * 0.16, hand.y + (ey - hand.y) * 0.16)
    light, dark = look.sleeve
    canvas.drawPath(arm, pen(NIGHT, 60, 0.20, blur=7))
    paint = pen(dark, 55)
    paint.setShader(ramp((ex - 40, ey - 60), (ex + 40, ey + 40), (light, dark)).getShader())
    canvas.drawPath(arm, paint)
    cx, cy = hand.x + (ex - hand.x) * 0.20, hand.y + (ey - hand.y) * 0.20
    wx, wy = hand.x + (ex - hand.x) * 0.13, hand.y + (ey - hand.y) * 0.13
    canvas.drawLine(cx, cy, wx, wy, pen(look.cuff, 50))


def _hand(canvas: Canvas, look: Look, side: int, hand: Hand) -> None:
    shade = mixed(look.skin, SKIN_SHADE, 0.6)
    with moved(canvas, hand.x, hand.y, turn=hand.turn, flip=side):
        fingers = _FINGERS[hand.grip]
        for x0, y0, x1, y1 in fingers:
            canvas.drawLine(x0, y0, x1, y1, pen(shade, 18.5))
            canvas.drawLine(x0, y0, x1, y1, pen(look.skin, 14.5))
        oval(canvas, 0, 0, 25, 27, ramp((-20, -20), (20, 25), (look.skin, shade)))
        for x0, y0, x1, y1 in fingers:
            canvas.drawLine(x0, y0, (x0 + x1) / 2, (y0 + y1) / 2, pen(look.skin, 14.5))


_FINGERS = {
    Grip.OPEN: (
        (-20, 4, -38, -14),
        (-15, -14, -24, -44),
        (-5, -18, -6, -52),
        (6, -18, 11, -48),
        (15, -12, 27, -36),
    ),
    Grip.HOLD: ((-14, -12, -32, -24), (-14, -2, -37, -6), (-13, 8, -36, 12), (-10, 17, -29, 26)),
    Grip.POINT: ((-4, -16, -8, -58), (-14, -4, -28, -2), (4, -14, -12, -22), (14, -8, 0, -18)),
}


def _legs(canvas: Canvas, look: Look, stride: float) -> None:
    for side, phase in ((-1, 0.0), (1, math.pi)):
        swing = math.sin(stride + phase)
        lift = max(0.0, math.cos(stride + phase)) * 36
        knee = (side * 34 + swing * 56 + 12, 500 - lift * 0.6)
        foot = (side * 34 + swing * 96 - lift * 0.7, 640 - lift)
        leg = skia.Path()
        leg.moveTo(side * 40, 380)
        leg.quadTo(knee[0], knee[1], foot[0], foot[1])
        shade = look.trousers if side > 0 else mixed(look.trousers, NIGHT, 0.35)
        canvas.drawPath(leg, pen(shade, 58))
        oval(canvas, foot[0] + 16, foot[1] + 22, 44, 20, ink(mixed(INK, 0x6B4131, 0.3)))
