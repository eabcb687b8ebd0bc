"""Faces: eyes, brows, nose, mouth, glasses, drawn around the middle of the head."""

import skia

from tools.make_demo.brush import Canvas, ink, inside, moved, oval, path, pen, ramp
from tools.make_demo.mouth import CLOSED
from tools.make_demo.palette import BLUSH, CREAM, INK, SKIN_SHADE, WHITE, mixed
from tools.make_demo.pose import Face

HEAD = (
    "M -90 -28 C -92 -96 -48 -118 0 -118 C 48 -118 92 -96 90 -28 "
    "C 92 22 84 58 52 86 C 30 104 -30 104 -52 86 C -84 58 -92 22 -90 -28 Z"
)
EYES_X = 39
_EYE_SIZE = (17.5, 22.0)


def features(canvas: Canvas, face: Face, brow: int, *, brow_width: float = 9) -> None:
    """All of a face but its skin, shifted by where the head looks."""
    shift, drop = 24 * face.turn, 14 * face.nod
    canvas.save()
    canvas.translate(shift, drop)
    _cheeks(canvas, face)
    for side in (-1, 1):
        squeeze = 1 - 0.14 * max(0.0, side * face.turn)
        with moved(canvas, side * EYES_X * squeeze, 8):
            canvas.scale(squeeze, 1)
            _eye(canvas, face, side)
            _brow(canvas, face, side, pen(brow, brow_width))
    canvas.drawPath(path("M -1 30 Q 8 40 -4 42"), pen(mixed(SKIN_SHADE, INK, 0.15), 5, 0.75))
    with moved(canvas, 4 * face.turn, 64):
        _mouth(canvas, face)
    canvas.restore()


def glasses(canvas: Canvas, face: Face) -> None:
    """Round glasses that steam can cloud."""
    canvas.save()
    canvas.translate(24 * face.turn, 14 * face.nod)
    rim = pen(INK, 4.5)
    for side in (-1, 1):
        oval(canvas, side * EYES_X, 10, 33, 33, ink(WHITE, 0.10))
        if face.fog:
            oval(canvas, side * EYES_X, 10, 32, 32, ink(CREAM, 0.93 * face.fog))
            glare = path("M -14 -8 L 4 -22 M -16 8 L 14 -18")
            with moved(canvas, side * EYES_X, 10):
                canvas.drawPath(glare, pen(WHITE, 4, face.fog))
        oval(canvas, side * EYES_X, 10, 33, 33, rim)
        canvas.drawLine(side * 72, 4, side * 92 - 10 * face.turn, -4, rim)
    canvas.drawPath(path("M -7 6 Q 0 -1 7 6"), rim)
    canvas.restore()


def _cheeks(canvas: Canvas, face: Face) -> None:
    for side in (-1, 1):
        oval(canvas, side * 57, 46, 21, 13, ink(BLUSH, 0.62 * face.blush, blur=7))


def _eye(canvas: Canvas, face: Face, side: int) -> None:
    rx, ry = _EYE_SIZE
    grown = 1 + 0.22 * face.wide
    lash = pen(INK, 6)
    if face.joy > 0.5:  # noqa: PLR2004 - past the middle the eye is an arc
        canvas.drawPath(path("M -17 6 Q 0 -16 17 6"), lash)
        return
    open_y = ry * grown * face.lid
    if open_y < 4:  # noqa: PLR2004 - thinner than its own lash
        canvas.drawPath(path("M -17 3 Q 0 11 17 3"), lash)
        return
    white = skia.Path.Oval(skia.Rect(-rx * grown, -open_y, rx * grown, open_y))
    canvas.drawPath(white, ramp((0, -open_y), (0, open_y), (0xE9D9D6, WHITE, WHITE)))
    with inside(canvas, white):
        x, y = 7 * face.gaze[0] + 4 * face.turn, 8 * face.gaze[1] + 4 * face.nod
        small = 1 - 0.22 * face.wide
        iris = ramp((0, y - 18), (0, y + 18), (0x2B1A22, 0x6B4131))
        oval(canvas, x, y, 12.5 * small, 16 * small, iris)
        oval(canvas, x, y, 6.5 * small, 8.5 * small, ink(0x1A0F16))
        oval(canvas, x - 5, y - 6.5, 4.8, 5.6, ink(WHITE))
        oval(canvas, x + 5, y + 7, 2.4, 2.4, ink(WHITE, 0.7))
    lid = skia.Path()
    lid.addArc(skia.Rect(-rx * grown, -open_y, rx * grown, open_y), 188, 164)
    canvas.drawPath(lid, lash)
    canvas.drawLine(
        side * rx * 0.92, -open_y * 0.3, side * (rx + 5), -open_y * 0.3 - 4, pen(INK, 4)
    )


def _brow(canvas: Canvas, face: Face, side: int, paint: skia.Paint) -> None:
    lift = -40 - 13 * face.raised - 3 * face.wide
    inner, outer = lift - 11 * face.worry, lift + 7 * face.worry + 3
    shape = skia.Path()
    shape.moveTo(side * 21, outer)
    shape.quadTo(side * 2, (inner + outer) / 2 - 7, -side * 17, inner)
    canvas.drawPath(shape, paint)


def _mouth(canvas: Canvas, face: Face) -> None:
    mouth = face.mouth
    bend = 15 * face.smile
    half = 19 + 9 * mouth.wide - 8 * mouth.round + 6 * max(0.0, face.smile)
    if mouth.open < CLOSED:
        line = skia.Path()
        line.moveTo(-half, -bend * 0.5)
        line.quadTo(0, bend, half, -bend * 0.5)
        canvas.drawPath(line, pen(mixed(INK, 0x8A3F50, 0.35), 5.2))
        return
    tall = 7 + 27 * mouth.open * (0.75 + 0.4 * mouth.round)
    lips = skia.Path()
    lips.moveTo(-half, -bend * 0.4)
    lips.cubicTo(
        -half * 0.5, -7 - 6 * mouth.round, half * 0.5, -7 - 6 * mouth.round, half, -bend * 0.4
    )
    lips.cubicTo(half * 0.8, tall * 1.15, -half * 0.8, tall * 1.15, -half, -bend * 0.4)
    lips.close()
    canvas.drawPath(lips, ink(0x6E2536))
    with inside(canvas, lips):
        oval(canvas, 0, tall * 0.95, half * 0.72, tall * 0.42, ink(0xE8776F))
        if mouth.wide > mouth.round:
            oval(canvas, 0, -9, half * 0.85, 9, ink(CREAM))
    canvas.drawPath(lips, pen(0x5A2030, 3))
