"""The stage of one frame: canvas, clock, camera with depth, and what keeps actors alive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import skia

from tools.make_demo.brush import Canvas, argb, sprite, stamp
from tools.make_demo.figure import Look, figure
from tools.make_demo.life import Life, smooth, wobble
from tools.make_demo.mouth import Mouth
from tools.make_demo.palette import NIGHT
from tools.make_demo.pose import Draw, Pose
from tools.make_demo.script import FPS, Shot, View

WIDTH, HEIGHT = 1280, 720
_LIVES = {"chen": Life(11), "man": Life(23), "grandpa": Life(37), "chao": Life(53, period_s=8.0)}


@dataclass(frozen=True, slots=True)
class Stage:
    """One frame of one shot: `t` seconds into the shot, `film_t` into the film."""

    canvas: Canvas
    t: float
    film_t: float
    view: View
    mouth: Callable[[str], Mouth]

    @contextmanager
    def layer(self, depth: float) -> Iterator[Canvas]:
        """Draw at a distance: 0 stands still, 1 is the actors' plane, >1 is nearer."""
        canvas, view = self.canvas, self.view
        zoom = 1 + (view.zoom - 1) * depth
        canvas.save()
        canvas.translate(WIDTH / 2, HEIGHT / 2)
        canvas.scale(zoom, zoom)
        canvas.translate(
            -WIDTH / 2 - (view.x - WIDTH / 2) * depth, -HEIGHT / 2 - (view.y - HEIGHT / 2) * depth
        )
        try:
            yield canvas
        finally:
            canvas.restore()

    def actor(self, who: str, look: Look, pose: Pose, *, prop: Draw | None = None) -> None:
        """Draw a character with breath, blinks, glances and the mouth of what they say now."""
        figure(self.canvas, look, alive(self, who, pose), between=prop)


def alive(stage: Stage, who: str, pose: Pose) -> Pose:
    """`pose` with the small movements that nobody directs; deliberate ones keep the upper hand."""
    life, time = _LIVES[who], stage.film_t
    face, mouth = pose.face, stage.mouth(who)
    glance_x, glance_y = life.glance(time)
    looks = max(abs(face.gaze[0]), abs(face.gaze[1]))
    freedom = 0.9 if looks < 0.05 else 0.25  # noqa: PLR2004 - undirected eyes wander
    unsteady = wobble(time, life.seed, 0.35) if not life.period_s else 0.0
    living = replace(
        face,
        lid=min(face.lid, max(face.wide, life.lid(time))),
        gaze=(face.gaze[0] + freedom * glance_x, face.gaze[1] + freedom * glance_y),
        nod=face.nod + 0.22 * mouth.open + 0.05 * unsteady,
        tilt=face.tilt + 0.10 * unsteady,
        raised=face.raised + 0.35 * mouth.open,
        mouth=mouth if mouth.open > face.mouth.open else face.mouth,
    )
    breath = pose.breath + life.breath(time)
    return replace(pose, face=living, breath=breath, sway=pose.sway + 0.5 * unsteady)


def camera(shot: Shot, frame: int, seed: int) -> View:
    """The view of `frame` of the film: an eased move with a hand's unsteadiness."""
    share = smooth((frame - shot.start) / max(1, shot.end - shot.start))
    time = frame / FPS
    begin, finish = shot.begin, shot.finish
    return View(
        begin.x + (finish.x - begin.x) * share + shot.shake * 2.2 * wobble(time, seed, 0.45),
        begin.y + (finish.y - begin.y) * share + shot.shake * 1.6 * wobble(time, seed + 1, 0.55),
        begin.zoom + (finish.zoom - begin.zoom) * share,
    )


def vignette(canvas: Canvas) -> None:
    """Corners a little darker: the eye stays in the middle."""
    stamp(canvas, _corners(), (0, 0, WIDTH, HEIGHT))


@cache
def _corners() -> skia.Image:
    def draw(canvas: Canvas) -> None:
        paint = skia.Paint(AntiAlias=True)
        shades = [argb(NIGHT, 0), argb(NIGHT, 0), argb(NIGHT, 0.34)]
        centre = skia.Point(WIDTH / 2, HEIGHT * 0.48)
        paint.setShader(skia.GradientShader.MakeRadial(centre, 820, shades, [0, 0.55, 1]))
        canvas.drawPaint(paint)

    return sprite((WIDTH, HEIGHT), draw)
