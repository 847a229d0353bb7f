"""Plots as SVG text: lines over a frame with marks on both axes. No library, readable in light and dark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 520
HEIGHT: Final = 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 34, 44
COLOURS: Final = ("#2f6fde", "#d97706", "#0f9d6b", "#b03a8c", "#6b7280")


@dataclass(frozen=True)
class Line:
    """A named line through points (x, y); `dashed` for what is only a guide, `dots` to mark each point. `bars`: no line
    but a pale column up to each point."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False
    dots: bool = False
    bars: bool = False


@dataclass(frozen=True)
class Axis:
    """What an axis measures, and its range."""

    title: str
    low: float = 0.0
    high: float = 1.0


def draw(title: str, lines: Sequence[Line], across: Axis, up: Axis) -> str:
    """An SVG picture of the lines; what lies outside the axes is cut off."""
    inner_width, inner_height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x(value: float) -> float:
        share = (value - across.low) / (across.high - across.low)
        return _LEFT + inner_width * min(max(share, 0.0), 1.0)

    def y(value: float) -> float:
        share = (value - up.low) / (up.high - up.low)
        return _TOP + inner_height * (1.0 - min(max(share, 0.0), 1.0))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        f'aria-label="{escape(title, quote=True)}" font-family="system-ui, sans-serif" font-size="11" fill="#6b7280">',
        f'<text x="{_LEFT}" y="18" font-size="13" font-weight="600">{escape(title)}</text>',
        *_grid(across, up, x, y),
    ]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in line.points)
        dash = ' stroke-dasharray="4 4"' if line.dashed else ""
        if line.bars:
            parts += [
                f'<rect x="{x(a) - 7:.1f}" y="{y(b):.1f}" width="14" height="{HEIGHT - _BOTTOM - y(b):.1f}" '
                f'fill="{colour}" fill-opacity=".25"/>'
                for a, b in line.points
            ]
        else:
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        if line.dots:
            parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>' for a, b in line.points]
        parts.append(
            f'<text x="{WIDTH - _RIGHT - 20}" y="{HEIGHT - _BOTTOM - 10 - 15 * (len(lines) - 1 - number)}" '
            f'text-anchor="end" fill="{colour}" font-weight="600">{escape(line.name)}</text>'
        )
    return "\n".join([*parts, "</svg>"])


def _grid(across: Axis, up: Axis, x: Callable[[float], float], y: Callable[[float], float]) -> list[str]:
    parts = []
    for step in range(6):
        a = across.low + (across.high - across.low) * step / 5
        b = up.low + (up.high - up.low) * step / 5
        parts += [
            f'<line x1="{x(a):.1f}" y1="{_TOP}" x2="{x(a):.1f}" y2="{HEIGHT - _BOTTOM}" stroke="#9ca3af" '
            'stroke-opacity=".3"/>',
            f'<line x1="{_LEFT}" y1="{y(b):.1f}" x2="{WIDTH - _RIGHT}" y2="{y(b):.1f}" stroke="#9ca3af" '
            'stroke-opacity=".3"/>',
            f'<text x="{x(a):.1f}" y="{HEIGHT - _BOTTOM + 15}" text-anchor="middle">{a:.4g}</text>',
            f'<text x="{_LEFT - 6}" y="{y(b) + 4:.1f}" text-anchor="end">{b:.4g}</text>',
        ]
    middle_x, middle_y = (_LEFT + WIDTH - _RIGHT) / 2, (_TOP + HEIGHT - _BOTTOM) / 2
    parts.append(f'<text x="{middle_x}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across.title)}</text>')
    parts.append(
        f'<text x="14" y="{middle_y}" text-anchor="middle" transform="rotate(-90 14 {middle_y})">'
        f"{escape(up.title)}</text>"
    )
    return parts
