"""What is published of every feature (the specification, 8.2): counts, and the figures of numbers."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

from kedge.analysis.statistics.completeness import completeness
from kedge.analysis.statistics.distinct_count import distinct_count
from kedge.analysis.statistics.sum import sum as total
from kedge.domain import wire
from kedge.domain.metric import Point
from kedge.reading.partial import Part, heads, read_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.profile import Feature, Profile
    from kedge.domain.metric import Datum
    from kedge.service.metrics.place import Place

SKETCHES: Final = ("types", "moments", "extremes", "distinct")
NUMBERS: Final = ("Integral", "Fractional")


def features(place: Place, content: bytes, url: str) -> Iterator[Datum]:
    """Yield the metrics of a profile file; those of several variants count together, as in the service."""
    parts = [read_part(content, url, n, Part(None, frozenset(SKETCHES))) for n in range(len(heads(content, url)))]
    merged: Profile = reduce(lambda one, other: one.merge(other, SKETCHES), parts)
    for name, feature in merged.features.items():
        whose = {wire.FEATURE_DIMENSION: name}
        for stem, value in _counts(feature):
            if value is not None:
                yield place.figure(f"feature_{stem}_{name}", value, **whose)
        if point := _data(feature):
            metric = place.metric(f"feature_data_{name}", **whose)
            yield metric, Point(place.execution.window.start, *point)


def _counts(feature: Feature) -> Iterator[tuple[str, float | None]]:
    types = feature.types
    yield "non_null", types.present
    yield "null", types.missing
    yield "completeness", completeness(feature)
    yield "estimated_unique_values", distinct_count(feature)
    yield "fractional_counts", types.fractional
    yield "integral_counts", types.integral
    yield "string_counts", types.string
    yield "boolean_counts", types.boolean
    yield "unknown_counts", types.missing


def _data(feature: Feature) -> tuple[float, float, float, float] | None:
    """Return sum, count, smallest and largest of a column of numbers."""
    value, ends = total(feature), feature.extremes
    if feature.types.inferred_type not in NUMBERS or value is None or ends.min is None or ends.max is None:
        return None
    return value, feature.moments.count, ends.min, ends.max
