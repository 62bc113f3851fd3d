"""``kedge metric``: what was published, over time."""

from __future__ import annotations

import json as documents
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

from rich.text import Text
from typer import Option, Typer, echo

from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.sparkline import sparkline
from kedge.adapters.presentation.words import NOTHING, count, number, plain, span
from kedge.domain.metric import begun
from kedge.domain.window import format_time, parse_time
from kedge.domain.wire import ENDPOINT_DIMENSION, FEATURE_DIMENSION, SCHEDULE_DIMENSION
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.durations import how_long
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.service.metrics.asking import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.domain.metric import Metric, Point

app = Typer(help="What was published, over time.", no_args_is_help=True)

OTHERWISE: Final = "run a server: kedge serve"
NARROW: Final = 100  # below so many columns a line of figures is short, so that its end is seen
SHOWN: Final = 20  # metrics of one name that are drawn
Endpoint = Annotated[str | None, Option(help="Of this endpoint.")]
Schedule = Annotated[str | None, Option(help="Of this schedule.")]
Feature = Annotated[str | None, Option(help="Of this feature.")]
Namespace = Annotated[str | None, Option(help="Of this namespace.")]
Dimension = Annotated[list[str] | None, Option(help="Of this dimension, such as Facet=sex; may be given again.")]


@app.callback()
def _group() -> None:
    """What was published, over time."""


@app.command("list")
@takes(Where)
def listed(
    where: Where,
    endpoint: Endpoint = None,
    schedule: Schedule = None,
    feature: Feature = None,
    namespace: Namespace = None,
    dimension: Dimension = None,
    json: options.Json = False,
) -> None:
    """List the metrics that there are."""
    with where.open(otherwise=OTHERWISE) as workspace:
        found = workspace.metrics(namespace, None, _dimensions(endpoint, schedule, feature, dimension))
    if json:
        echo(documents.dumps([_document(metric) for metric in found], ensure_ascii=False))
        return
    table = headed("Metric", "Namespace", "Dimensions")
    for metric in found:
        add(table, *(Text(plain(text, 200)) for text in (metric.name, metric.namespace, _told(metric.dimensions))))
    console().print(table if found else "No metric has been published.")


@app.command("query")
@takes(Where)
def query(
    where: Where,
    name: Annotated[str, Option(help="Of this name.")],
    endpoint: Endpoint = None,
    schedule: Schedule = None,
    feature: Feature = None,
    namespace: Namespace = None,
    dimension: Dimension = None,
    last: Annotated[str, Option(help="How long up to the end: 7d, 24h, P7D.")] = "7d",
    end: Annotated[str | None, Option("--to", help="The end, no part of it.", show_default="now")] = None,
    period: Annotated[str, Option(help="What becomes one point: 1h, 1d, PT5M.")] = "1h",
    statistic: Annotated[
        str, Option(help="Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as p99.")
    ] = "Average",
    json: options.Json = False,
) -> None:
    """Draw a metric over time, one line for each set of dimensions."""
    until = parse_time(end) if end else datetime.now(UTC)
    since, seconds = until - how_long(last, "--last"), round(how_long(period, "--period").total_seconds())
    wanted = _dimensions(endpoint, schedule, feature, dimension)
    with where.open(otherwise=OTHERWISE) as workspace:
        found = workspace.metrics(namespace, name, wanted)
        if not found:
            raise unknown(workspace.metrics(), name)
        shown = found if json else found[:SHOWN]
        told = [(metric, workspace.points(metric, since, until, seconds, statistic)) for metric in shown]
    if json:
        echo(documents.dumps([_document(metric) | {"points": _points(own)} for metric, own in told]))
        return
    times = _times(since, until, seconds)
    console().print(Text(f"{statistic} of {plain(name)}, {span(format_time(since), format_time(until))}", style="bold"))
    table, common = headed("Dimensions", "", ">Latest", ">Least", ">Most"), _common(found)
    width = 48 if console().width >= NARROW else 24
    for metric, own in told:
        own_dimensions = [dimension for dimension in metric.dimensions if dimension not in common]
        add(table, Text(_told(own_dimensions) or NOTHING), *_cells(own, times, width))
    console().print(table)
    if more := found[SHOWN:]:
        echo(f"and {count(len(more), 'more metric')}: name more dimensions, or take --json")


def _cells(points: Sequence[Point], times: Sequence[datetime], width: int) -> list[Text]:
    values = {point.time: point.value for point in points}
    figures = [points[-1].value, min(values.values()), max(values.values())] if points else [None] * 3
    return [Text(sparkline([values.get(time) for time in times], width)), *(Text(number(figure)) for figure in figures)]


def _times(since: datetime, until: datetime, seconds: int) -> list[datetime]:
    """Return when each period begins."""
    first, step = begun(since, seconds), timedelta(seconds=seconds)
    return [first + n * step for n in range(-(-(until - first) // step))]


def _common(metrics: Sequence[Metric]) -> set[tuple[str, str]]:
    """Return the dimensions that say nothing, since all have them; of one metric all are told."""
    times = Counter(dimension for metric in metrics for dimension in metric.dimensions)
    return {dimension for dimension, many in times.items() if many == len(metrics) > 1}


def _told(dimensions: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={plain(value)}" for name, value in dimensions)


def _document(metric: Metric) -> dict[str, Any]:
    return {"namespace": metric.namespace, "name": metric.name, "dimensions": dict(metric.dimensions)}


def _points(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [{"time": format_time(point.time), "value": point.value} for point in points]


def _dimensions(
    endpoint: str | None, schedule: str | None, feature: str | None, others: Sequence[str] | None
) -> dict[str, str]:
    named = {ENDPOINT_DIMENSION: endpoint, SCHEDULE_DIMENSION: schedule, FEATURE_DIMENSION: feature}
    told = {name: value for name, value in named.items() if value is not None}
    for text in others or ():
        name, mark, value = text.partition("=")
        if not mark:
            raise SettingError(f"{text!r} is no dimension.", field="--dimension", next_step="Write it like Facet=sex.")
        told[name] = value
    return told
