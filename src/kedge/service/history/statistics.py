"""Rows of statistics: of every profile, feature by feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.asked import asked
from kedge.reading.partial import Part, heads, read_part

if TYPE_CHECKING:
    from collections.abc import Iterator

STATISTICS: Final = (
    "completeness",
    "mean",
    "std_dev",
    "sum",
    "min",
    "max",
    "p1",
    "p5",
    "p25",
    "p50",
    "p75",
    "p95",
    "p99",
    "distinct_count",
)
_ASKED: Final = asked(STATISTICS, {})
_PART: Final = Part(None, frozenset(sketch for one in _ASKED for sketch in one.sketches))


def statistics(content: bytes, url: str) -> Iterator[dict[str, Any]]:
    """Yield the statistics of a profile file, those that are known."""
    for place in range(len(heads(content, url))):
        profile = read_part(content, url, place, _PART)
        for name, feature in profile.features.items():
            told = {"present": feature.types.present, "missing": feature.types.missing}
            told |= {one.name: one.function(feature) for one in _ASKED}
            whose = {"variant": profile.variant, "feature": name}
            yield from ({**whose, "statistic": key, "value": told[key]} for key in told if told[key] is not None)
