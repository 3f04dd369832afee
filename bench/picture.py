"""A curve as an SVG that a page shows in the light and in the dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 72, 40, 76, 64
GRID_LINES = 4

STYLE = """
  svg { font: 14px system-ui, sans-serif }
  svg { --ink: #26242c; --soft: #625f6b; --line: #e4dfd9; --accent: #5b3a99; --ground: #fbf9f7 }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #f0eef4; --soft: #b5b1bd; --line: #37343e; --accent: #b9a2ee; --ground: #1b191f }
  }
  .ground { fill: var(--ground) } .title { font-size: 17px; font-weight: 650; fill: var(--ink) }
  .value { fill: var(--ink); font-weight: 600 } text { fill: var(--soft); font-variant-numeric: tabular-nums }
  .grid { stroke: var(--line) } .curve { fill: none; stroke: var(--accent); stroke-width: 2.5 }
  .dot { fill: var(--accent); stroke: var(--ground); stroke-width: 2 }
"""


@dataclass(frozen=True, slots=True)
class Point:
    """So many touches are planned, and so many messages leave a second."""

    planned: int
    word: str
    rate: float


def draw_curve(points: Sequence[Point]) -> str:
    """Rate against planned touches: the number of touches in powers of ten, the rate from zero."""
    top = _top(max(point.rate for point in points))
    places = [(_x(point.planned, points), _y(point.rate, top)) for point in points]
    curve = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = [_mark(point, x, y) for point, (x, y) in zip(points, places, strict=True)]
    said = ", ".join(f"{point.rate:,.0f} at {point.word}" for point in points)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
            '<title id="t">Messages a second, by touches planned for later</title>',
            f'<desc id="d">One worker sends so many messages a second: {said} planned touches.</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="12"/>',
            '<text class="title" x="24" y="36">Messages a second, by touches planned for later</text>',
            '<text x="24" y="57">One worker, 4,000 due messages, a provider that answers at once</text>',
            *(_grid(top * number / GRID_LINES, top) for number in range(GRID_LINES + 1)),
            f'<polyline class="curve" points="{curve}"/>',
            *marks,
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 16}" text-anchor="middle">planned for later</text>',
            "</svg>\n",
        ]
    )


def _top(highest: float) -> float:
    """The end of the scale: a round number above everything."""
    step = float(10 ** (ceil(log10(highest)) - 1)) * 2
    return ceil(highest * 1.1 / step) * step


def _x(planned: int, points: Sequence[Point]) -> float:
    first, last = log10(points[0].planned), log10(points[-1].planned)
    share = (log10(planned) - first) / (last - first)
    inset = 40
    return LEFT + inset + share * (WIDTH - LEFT - RIGHT - 2 * inset)


def _y(rate: float, top: float) -> float:
    return HEIGHT - BOTTOM - rate / top * (HEIGHT - TOP - BOTTOM)


def _grid(rate: float, top: float) -> str:
    y = _y(rate, top)
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 10}" y="{y + 5:.1f}" text-anchor="end">{rate:,.0f}</text>'
    )


def _mark(point: Point, x: float, y: float) -> str:
    return (
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>'
        f'<text class="value" x="{x:.1f}" y="{y - 14:.1f}" text-anchor="middle">{point.rate:,.0f}</text>'
        f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{point.word}</text>'
    )
