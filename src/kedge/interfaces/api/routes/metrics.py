"""``/v1/metrics``: what was published, over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kedge.domain.metric import Metric
from kedge.domain.window import format_time, parse_time
from kedge.errors import SettingError
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import Body, Text, Time
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from collections.abc import Sequence

router = routes("metrics")

DAY: Final = timedelta(days=1)
Dimensions = Annotated[list[Text] | None, Query(description="`Feature=age`: those that have it; may be given again.")]


class Published(Body):
    """A metric."""

    namespace: str
    name: str
    dimensions: dict[str, str] = Field(default_factory=dict)


class Listed(Body):
    """The metrics that there are."""

    items: list[Published]


class At(Body):
    """The statistic of a period, which begins at the time."""

    time: Time
    value: float


class Over(Body):
    """The statistics of the periods that have points."""

    items: list[At]


@router.get("/metrics", summary="List metrics", responses={200: {"model": Listed}})
def listed(
    asked: Asked,
    namespace: Annotated[Text | None, Query(description="Of this namespace.")] = None,
    name: Annotated[Text | None, Query(description="Of this name.")] = None,
    dimension: Dimensions = None,
) -> Response:
    """List the metrics that were published, in order."""
    found = asked.workspace("viewer").metrics(namespace, name, _dimensions(dimension or ()))
    told = [{"namespace": m.namespace, "name": m.name, "dimensions": dict(m.dimensions)} for m in found]
    return Document({"items": told})


@router.get("/metrics/points", summary="Query a metric", responses={200: {"model": Over}, **answers(404)})
def points(
    asked: Asked,
    namespace: Annotated[Text, Query(description="Of this namespace.")],
    name: Annotated[Text, Query(description="Of this name.")],
    dimension: Dimensions = None,
    start: Annotated[Time | None, Query(description="Else a day before the end.")] = None,
    end: Annotated[Time | None, Query(description="The end, no part of it; else now.")] = None,
    period: Annotated[int, Query(description="Seconds.", ge=1, le=31_622_400)] = 3600,
    statistic: Annotated[Text, Query(description="Sum, Average, Minimum, Maximum, SampleCount, or p99.")] = "Average",
) -> Response:
    """Tell a statistic of each period; metrics that have the dimensions among theirs count together."""
    until = parse_time(end) if end else datetime.now(UTC)
    since = parse_time(start) if start else until - DAY
    metric = Metric.of(namespace, name, _dimensions(dimension or ()))
    found = asked.workspace("viewer").points(metric, since, until, period, statistic)
    return Document({"items": [{"time": format_time(point.time), "value": point.value} for point in found]})


def _dimensions(texts: Sequence[str]) -> dict[str, str]:
    return dict(map(_dimension, texts))


def _dimension(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not (name and mark and value):
        raise SettingError(f"{text!r} is no dimension.", field="dimension", next_step="Write it like Feature=age.")
    return name, value
