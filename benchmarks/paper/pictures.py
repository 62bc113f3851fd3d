"""Line charts and scatter plots as SVG, drawn by hand: light and dark, and readable without colours."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import log
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


@dataclass(frozen=True, slots=True)
class Cloud:
    """A name, dots, and bars through their means; each is how far along the bottom, and how far up."""

    name: str
    dots: Sequence[tuple[float, float]]
    bars: Sequence[tuple[float, float]]


def picture(title: str, below: str, beside: str, places: Sequence[str], lines: Sequence[Line], top: float = 100) -> str:
    """Return a chart: equal steps along the bottom, 0 to ``top`` upwards, names at the right."""
    parts = [
        *_frame(title, below, beside),
        *_grid(top),
        *(_text(_x(i, len(places)), HEIGHT - BOTTOM + 18, place, anchor="middle") for i, place in enumerate(places)),
        *(part for number, line in enumerate(lines) for part in _line(number, line, top)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def scatter(title: str, below: str, beside: str, clouds: Sequence[Cloud]) -> str:
    """Return a chart of whole numbers from 0 along the bottom, and of numbers above 0 upwards, by their logarithm."""
    points = [point for cloud in clouds for point in (*cloud.dots, *cloud.bars)]
    most = int(max(x for x, _ in points))
    low, high = min(y for _, y in points), max(y for _, y in points)
    up = _Upwards(low, high)
    drawn = [_cloud(number, len(clouds), cloud, most, up) for number, cloud in enumerate(clouds)]
    parts = [
        *_frame(title, below, beside),
        *(part for value in up.ticks() for part in _rule(up(value), value)),
        *(_text(_x(i, most + 1), HEIGHT - BOTTOM + 18, str(i), anchor="middle") for i in range(0, most + 1, 5)),
        # The dots of all before the bars of any, which are what is compared.
        *(part for parts in zip(*drawn, strict=True) for part in parts),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Upwards:
    """How far up a number is, by its logarithm."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        return _y(log(value / self.low), log(self.high / self.low))

    def ticks(self) -> list[float]:
        ticks = [factor * 10.0**power for power in range(-6, 7) for factor in (1, 2, 5)]
        return [tick for tick in ticks if self.low <= tick <= self.high]


def _frame(title: str, below: str, beside: str) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    yield f"<title>{escape(title)}</title><style>{STYLE}</style>"
    yield _text(LEFT, 20, title, weight="bold")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, below, anchor="middle")
    yield f'<g transform="rotate(-90 14 {HEIGHT / 2})">{_text(14, HEIGHT / 2, beside, anchor="middle")}</g>'


def _grid(top: float) -> Iterator[str]:
    for step in range(6):
        value = top * step / 5
        yield from _rule(_y(value, top), value)


def _rule(y: float, value: float) -> Iterator[str]:
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


def _cloud(number: int, count: int, cloud: Cloud, most: int, up: _Upwards) -> tuple[str, str, str]:
    """Return dots, bars and the name; dots that are round and square tell clouds apart without colours."""
    colour, cap = COLOURS[2 * number + 1], ("square", "round")[number % 2]
    step = _x(1, most + 1) - _x(0, most + 1)
    aside, reach = step * ((number + 0.5) / count - 0.5) * 0.8, step * 0.38
    dots = "".join(f"M{_x(x, most + 1) + aside:.1f} {up(y):.1f}h0" for x, y in cloud.dots)
    bars = "".join(f"M{_x(x, most + 1) - reach:.1f} {up(y):.1f}h{2 * reach:.1f}" for x, y in cloud.bars)
    x, y, stroke = WIDTH - RIGHT + 16, TOP + 22 * number, f'fill="none" stroke="{colour}" stroke-width="3"'
    return (
        f'<path d="{dots}M{x + 4} {y}h0" {stroke} stroke-linecap="{cap}" stroke-opacity="0.45"/>',
        f'<path d="{bars}M{x + 12} {y}h16" {stroke}/>',
        _text(x + 34, y + 4, cloud.name),
    )


def _x(place: float, count: int) -> float:
    return LEFT + 14 + place * (WIDTH - LEFT - RIGHT - 28) / max(count - 1, 1)


def _y(value: float, top: float) -> float:
    return TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
