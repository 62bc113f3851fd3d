"""What a row and a column cost: ``kedge baseline`` of Parquet by rows and by columns, as a table and a picture.

The cost should be a straight line with the start as its intercept. The least squares line and the largest distance
from it say whether it is.
"""

from __future__ import annotations

import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .data import mixed
from .measure import KEDGE, Contender, Options, markdown, race, warm

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = (250_000, 500_000, 1_000_000, 2_000_000, 4_000_000)
COLUMNS = (15, 30, 60, 120, 240)
WIDTH, HEIGHT, MARGIN = 420, 300, 60
Points = list[tuple[float, float]]


def run(options: Options) -> Iterator[str]:
    """Yield a table for each of both, and where the picture is."""
    rows, columns = (ROWS[:3], COLUMNS[:3]) if options.quick else (ROWS, COLUMNS)
    by_rows = [(n / 1e6, _seconds(options, n, 30)) for n in rows]
    yield "Cost by rows, 30 columns"
    yield _table("million rows", by_rows)
    by_columns = [(float(n), _seconds(options, 250_000, n)) for n in columns]
    yield "Cost by columns, 250,000 rows"
    yield _table("columns", by_columns)
    picture = options.data / "cost.svg"
    picture.write_text(_picture(("million rows (30 columns)", by_rows), ("columns (250,000 rows)", by_columns)))
    yield f"Picture: {picture}"


def _seconds(options: Options, rows: int, columns: int) -> float:
    """Return the least processor time of the rounds: what others do on the machine only adds to it."""
    path = warm(mixed(options.data, rows, columns))
    with TemporaryDirectory() as output:
        command = (sys.executable, "-m", "kedge", "baseline", str(path), "--output", output)
        return min(run.cpu for run in race([Contender(KEDGE, command)], options.rounds)[0].runs)


def _table(what: str, points: Points) -> str:
    slope, start = _line(points)
    fitted = [(x, y, start + slope * x) for x, y in points]
    lines = [(f"{x:g}", f"{y:.2f}", f"{fit:.2f}", f"{y / fit - 1:+.0%}") for x, y, fit in fitted]
    return markdown((what, "processor s", f"{start:.2f} + {slope:.3g} each", "off"), lines)


def _line(points: Points) -> tuple[float, float]:
    """Return slope and intercept of the least squares line."""
    n = len(points)
    x_mean, y_mean = (sum(values) / n for values in zip(*points, strict=True))
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)
    return slope, y_mean - slope * x_mean


def _picture(*panels: tuple[str, Points]) -> str:
    width = WIDTH * len(panels)
    drawn = "".join(_panel(title, points, WIDTH * i) for i, (title, points) in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" font-family="sans-serif"'
        f' font-size="12" fill="#333"><rect width="{width}" height="{HEIGHT}" fill="#fff"/>{drawn}</svg>\n'
    )


def _panel(title: str, points: Points, left: int) -> str:
    x_most, y_most = (1.05 * max(values) for values in zip(*points, strict=True))
    slope, start = _line(points)

    def at(x: float, y: float) -> str:
        across, up = (WIDTH - MARGIN - 20) * x / x_most, (HEIGHT - MARGIN - 20) * y / y_most
        return f"{left + MARGIN + across:.1f},{HEIGHT - MARGIN - up:.1f}"

    dots = "".join(_dot(at(x, y), f"{y:.1f} s") for x, y in points)
    ticks = "".join(_tick(at(x, 0), f"{x:g}") for x, _ in points[-3:])
    axes = f'<polyline points="{at(0, y_most)} {at(0, 0)} {at(x_most, 0)}" fill="none" stroke="#999"/>'
    fit = f'<polyline points="{at(0, start)} {at(x_most, start + slope * x_most)}" stroke="#0072b2" fill="none"/>'
    middle = left + (WIDTH + MARGIN) / 2
    return f'{axes}{fit}{dots}{ticks}<text x="{middle}" y="{HEIGHT - 15}" text-anchor="middle">{title}</text>'


def _dot(place: str, label: str) -> str:
    x, y = place.split(",")
    text = f'<text x="{float(x) - 8}" y="{y}" text-anchor="end">{label}</text>'
    return f'<circle cx="{x}" cy="{y}" r="4" fill="#d55e00"/>{text}'


def _tick(place: str, label: str) -> str:
    x, y = place.split(",")
    return f'<text x="{x}" y="{float(y) + 18}" text-anchor="middle">{label}</text>'
