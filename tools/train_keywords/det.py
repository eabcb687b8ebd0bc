"""The trade between missed keywords and false accepts, as points and as an SVG drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_WIDTH, _HEIGHT, _MARGIN = 640, 420, 56
_MOST_PER_HOUR, _LEAST_PER_HOUR = 100.0, 0.1


@dataclass(frozen=True, slots=True)
class Point:
    """At one threshold for all keywords: false accepts an hour and share of keywords missed."""

    threshold: float
    per_hour: float
    missed: float


def curve(right: Sequence[float], count: int, false: Sequence[float], hours: float) -> list[Point]:
    """Points for thresholds .5 to .98.

    Args:
        right: Scores of keywords understood rightly.
        count: Of keywords said.
        false: Scores of false accepts.
        hours: In how many they came.
    """
    return [
        Point(
            float(threshold),
            sum(score >= threshold for score in false) / max(hours, 1e-9),
            1 - sum(score >= threshold for score in right) / max(count, 1),
        )
        for threshold in np.round(np.arange(0.5, 0.985, 0.04), 2)
    ]


def drawn(curves: dict[str, Sequence[Point]]) -> str:
    """The curves as SVG: false accepts an hour to the right (logarithmic), missed keywords up."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        *_grid(),
    ]
    for number, (name, points) in enumerate(curves.items()):
        colour = ("#1565c0", "#c62828", "#2e7d32", "#6a1b9a")[number % 4]
        path = " ".join(f"{_x(point.per_hour):.1f},{_y(point.missed):.1f}" for point in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(
            f'<text x="{_WIDTH - 150}" y="{_MARGIN + 18 * number}" fill="{colour}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _grid() -> list[str]:
    lines = []
    for per_hour in (0.1, 1, 10, 100):
        x = _x(per_hour)
        lines.append(f'<path d="M{x:.1f} {_MARGIN}V{_HEIGHT - _MARGIN}" stroke="#ddd"/>')
        lines.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - _MARGIN + 18}" text-anchor="middle">'
            f"{per_hour:g}</text>"
        )
    for missed in (0, 0.2, 0.4, 0.6, 0.8, 1):
        y = _y(missed)
        lines.append(f'<path d="M{_MARGIN} {y:.1f}H{_WIDTH - _MARGIN}" stroke="#ddd"/>')
        lines.append(
            f'<text x="{_MARGIN - 8}" y="{y + 4:.1f}" text-anchor="end">{missed:.0%}</text>'
        )
    middle = _WIDTH / 2
    lines.append(
        f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">'
        "false accepts an hour, all keywords</text>"
    )
    lines.append(f'<text x="{_MARGIN}" y="{_MARGIN - 18}">keywords missed</text>')
    return lines


def _x(per_hour: float) -> float:
    low, high = np.log10(_LEAST_PER_HOUR), np.log10(_MOST_PER_HOUR)
    share = (np.log10(np.clip(per_hour, _LEAST_PER_HOUR, _MOST_PER_HOUR)) - low) / (high - low)
    return float(_MARGIN + share * (_WIDTH - 2 * _MARGIN))


def _y(missed: float) -> float:
    return _HEIGHT - _MARGIN - missed * (_HEIGHT - 2 * _MARGIN)
