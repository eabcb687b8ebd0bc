"""Subtitles: Chinese large, English below it, legible on anything, clear of the card's corner."""

import skia

from tools.make_demo.brush import Canvas, Point, box, ink, letters, pen
from tools.make_demo.palette import AMBER, CREAM, HONEY, NIGHT, WHITE
from tools.make_demo.script import FPS, Film, Line, to_frame
from tools.make_demo.stage import Stage

ZH_SIZE, EN_SIZE = 42, 25
_ZH_BASE, _EN_BASE = 648.0, 682.0
_MIDDLE, _BESIDE_CARD = 640.0, 716.0
"""Where lines are centred; a card covers x 60..500, y 380..660."""
_LEAST_S = 1.5
_LINGER_S = 0.45


def subtitle_at(film: Film, frame: int, spoken_s: dict[int, float]) -> Line | None:
    """The line to show at `frame`: while it is said, a little longer, not into the next."""
    for index in reversed(range(len(film.lines))):
        line = film.lines[index]
        stays = max(_LEAST_S, spoken_s.get(index, _LEAST_S) + _LINGER_S)
        if line.zh and to_frame(line.at) <= frame < to_frame(line.at) + round(stays * FPS):
            return line
    return None


def draw_subtitle(canvas: Canvas, line: Line, *, has_card: bool) -> None:
    """Both languages, one above the other, in the middle or just beside a card."""
    x = _BESIDE_CARD if has_card else _MIDDLE
    _outlined(canvas, line.zh, (x, _ZH_BASE), ZH_SIZE, ink(WHITE))
    _outlined(canvas, line.en, (x, _EN_BASE), EN_SIZE, ink(CREAM))


def _outlined(canvas: Canvas, text: str, at: Point, size: float, paint: skia.Paint) -> None:
    letters(canvas, text, (at[0], at[1] + 2), size, pen(NIGHT, size * 0.3, 0.45, blur=5))
    letters(canvas, text, at, size, pen(NIGHT, size * 0.17, 0.95))
    letters(canvas, text, at, size, paint)


def end_title(stage: Stage, share: float, words: tuple[str, str], top: float = 250) -> None:
    """The film's last words over a darkened picture."""
    canvas = stage.canvas
    box(canvas, (0, 0, 1280, 720), ink(NIGHT, 0.5 * share))
    letters(canvas, words[0], (640, top - 14 * (1 - share)), 66, ink(CREAM, share))
    letters(canvas, words[1], (640, top + 52 - 14 * (1 - share)), 30, ink(HONEY, share))
    canvas.drawLine(640 - 120 * share, top + 76, 640 + 120 * share, top + 76, pen(AMBER, 3, share))
