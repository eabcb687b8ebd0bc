"""The brush: short words for Skia's paints, paths, layers and text."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeAlias

import skia

Canvas: TypeAlias = skia.Canvas
Point = tuple[float, float]

_FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
_SIMPLIFIED_CHINESE = 2
"""Index of the SC face in Noto's collection."""
_LINEAR = skia.SamplingOptions(skia.FilterMode.kLinear)


def argb(colour: int, alpha: float = 1.0) -> int:
    """0xRRGGBB and an opacity 0..1 as Skia's colour."""
    return round(max(0.0, min(1.0, alpha)) * 255) << 24 | colour


def ink(colour: int, alpha: float = 1.0, *, blur: float = 0.0, glow: bool = False) -> skia.Paint:
    """A flat paint; `blur` softens its edge (sigma, pixels), `glow` adds light."""
    paint = skia.Paint(AntiAlias=True, Color=argb(colour, alpha))
    if blur > 0:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    if glow:
        paint.setBlendMode(skia.BlendMode.kScreen)
    return paint


def pen(colour: int, width: float, alpha: float = 1.0, *, blur: float = 0.0) -> skia.Paint:
    """A round-ended line."""
    paint = ink(colour, alpha, blur=blur)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    return paint


def ramp(
    start: Point, end: Point, colours: Sequence[int], stops: Sequence[float] | None = None
) -> skia.Paint:
    """A linear gradient between two points; colours as 0xRRGGBB, all opaque."""
    paint = skia.Paint(AntiAlias=True)
    shades = [argb(colour) for colour in colours]
    points = [skia.Point(*start), skia.Point(*end)]
    paint.setShader(skia.GradientShader.MakeLinear(points, shades, stops))
    return paint


def halo(centre: Point, radius: float, colour: int, alpha: float = 1.0) -> skia.Paint:
    """Light around a point that fades to nothing at `radius`."""
    paint = skia.Paint(AntiAlias=True, BlendMode=skia.BlendMode.kScreen)
    shades = [argb(colour, alpha), argb(colour, alpha * 0.35), argb(colour, 0)]
    shader = skia.GradientShader.MakeRadial(skia.Point(*centre), radius, shades, [0.0, 0.4, 1.0])
    paint.setShader(shader)
    return paint


@lru_cache(maxsize=512)
def path(outline: str) -> skia.Path:
    """A path from an SVG outline of absolute M, L, Q, C and Z."""
    shape = skia.Path()
    pens = {"M": shape.moveTo, "L": shape.lineTo, "Q": shape.quadTo, "C": shape.cubicTo}
    for letter, numbers in re.findall(r"([MLQCZ])([^MLQCZ]*)", outline):
        if letter == "Z":
            shape.close()
        else:
            pens[letter](*(float(number) for number in numbers.replace(",", " ").split()))
    return shape


def oval(canvas: Canvas, x: float, y: float, rx: float, ry: float, paint: skia.Paint) -> None:
    """An ellipse around a point."""
    canvas.drawOval(skia.Rect(x - rx, y - ry, x + rx, y + ry), paint)


def box(
    canvas: Canvas, area: tuple[float, float, float, float], paint: skia.Paint, radius: float = 0
) -> None:
    """A rectangle (left, top, width, height), its corners rounded by `radius`."""
    left, top, width, height = area
    rect = skia.Rect.MakeXYWH(left, top, width, height)
    canvas.drawRoundRect(rect, radius, radius, paint)


@contextmanager
def moved(
    canvas: Canvas,
    x: float = 0,
    y: float = 0,
    *,
    turn: float = 0,
    scale: float = 1,
    flip: float = 1,
) -> Iterator[None]:
    """Draw around (x, y), turned by degrees, scaled; `flip` -1 mirrors."""
    canvas.save()
    canvas.translate(x, y)
    if turn:
        canvas.rotate(turn)
    canvas.scale(scale * flip, scale)
    try:
        yield
    finally:
        canvas.restore()


@contextmanager
def inside(canvas: Canvas, shape: skia.Path) -> Iterator[None]:
    """Draw within `shape` only."""
    canvas.save()
    canvas.clipPath(shape, doAntiAlias=True)
    try:
        yield
    finally:
        canvas.restore()


@contextmanager
def softened(canvas: Canvas, sigma: float) -> Iterator[None]:
    """What is drawn comes out of focus by `sigma` pixels."""
    canvas.saveLayer(None, skia.Paint(ImageFilter=skia.ImageFilters.Blur(sigma, sigma)))
    try:
        yield
    finally:
        canvas.restore()


def sprite(
    size: tuple[int, int], draw: Callable[[Canvas], None], *, blur: float = 0, scale: float = 1
) -> skia.Image:
    """A picture of `size`, drawn once, optionally out of focus, `scale` times finer inside."""
    surface = skia.Surface(round(size[0] * scale), round(size[1] * scale))
    canvas = surface.getCanvas()
    canvas.scale(scale, scale)
    if blur:
        with softened(canvas, blur):
            draw(canvas)
    else:
        draw(canvas)
    return surface.makeImageSnapshot()


def stamp(
    canvas: Canvas, picture: skia.Image, area: tuple[float, float, float, float], alpha: float = 1
) -> None:
    """A sprite stretched onto (left, top, width, height)."""
    rect = skia.Rect.MakeXYWH(*area)
    canvas.drawImageRect(picture, rect, _LINEAR, skia.Paint(Alphaf=alpha))


def letters(
    canvas: Canvas, text: str, at: Point, size: float, paint: skia.Paint, *, anchor: float = 0.5
) -> None:
    """One line of text on the baseline at `at`; `anchor` 0 left, 0.5 centred, 1 right."""
    font = skia.Font(_typeface(), size)
    font.setSubpixel(True)
    left = at[0] - anchor * font.measureText(text)
    canvas.drawString(text, left, at[1], font, paint)


def width_of(text: str, size: float) -> float:
    """The advance of `text` in pixels."""
    return float(skia.Font(_typeface(), size).measureText(text))


@cache
def _typeface() -> skia.Typeface:
    face = skia.Typeface.MakeFromFile(str(_FONT), _SIMPLIFIED_CHINESE) if _FONT.exists() else None
    if face is None:
        raise FileNotFoundError(f"{_FONT}: missing; Debian's package fonts-noto-cjk brings it")
    return face
