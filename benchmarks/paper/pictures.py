"""Line charts as SVG, drawn by hand: light and dark, and readable without colours."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 40, 56
COLOURS = ("#9a6700", "#bc4c00", "#8250df", "#0969da", "#1a7f37")
DASHES = ("2 3", "5 3", "8 3 2 3", "12 4", "")
STYLE = (
    "svg{background:#fff}text{font:12px system-ui,sans-serif;fill:#1f2328}.grid{stroke:#d1d9e0}"
    "@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.grid{stroke:#30363d}}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A name, and a value for each place along the bottom."""

    name: str
    values: Sequence[float]


def picture(title: str, below: str, beside: str, places: Sequence[str], lines: Sequence[Line], top: float = 100) -> str:
    """Return a chart: equal steps along the bottom, 0 to ``top`` upwards, names at the right."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        _text(LEFT, 20, title, weight="bold"),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, below, anchor="middle"),
        f'<g transform="rotate(-90 14 {HEIGHT / 2})">{_text(14, HEIGHT / 2, beside, anchor="middle")}</g>',
        *_grid(top),
        *(_text(_x(i, len(places)), HEIGHT - BOTTOM + 18, place, anchor="middle") for i, place in enumerate(places)),
        *(part for number, line in enumerate(lines) for part in _line(number, line, top)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _grid(top: float) -> Iterator[str]:
    for step in range(6):
        value = top * step / 5
        y = _y(value, top)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, f"{value:g}", anchor="end")


def _line(number: int, line: Line, top: float) -> Iterator[str]:
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    points = " ".join(f"{_x(i, len(line.values)):.1f},{_y(value, top):.1f}" for i, value in enumerate(line.values))
    stroke = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
    yield f'<polyline points="{points}" {stroke}/>'
    x, y = WIDTH - RIGHT + 16, TOP + 22 * number
    yield f'<line x1="{x}" x2="{x + 28}" y1="{y}" y2="{y}" {stroke}/>'
    yield _text(x + 34, y + 4, line.name)


def _x(place: int, count: int) -> float:
    return LEFT + 14 + place * (WIDTH - LEFT - RIGHT - 28) / max(count - 1, 1)


def _y(value: float, top: float) -> float:
    return TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
