"""The names that metrics of a monitor have, before any was published, so that a misspelt one is noticed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.families import VIOLATIONS, WATCHED
from kedge.errors import NotFound, did_you_mean
from kedge.registry import items
from kedge.service.metrics.place import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.domain.catalog import MonitoringSchedule, MonitoringType

# What stands before the name of a feature.
STEMS: Final = tuple(
    f"feature_{what}_"
    for what in (
        *("data", "non_null", "baseline_drift", "null", "completeness", "estimated_unique_values"),
        *("fractional_counts", "integral_counts", "string_counts", "boolean_counts", "unknown_counts"),
    )
)
DRIFT: Final = "feature_baseline_drift_"
STEM: Final[dict[MonitoringType, tuple[str, ...]]] = {"DataQuality": STEMS, "ModelExplainability": ("feature_",)}
UNKNOWN: Final = ("Custom", "Embeddings")  # whose names nobody knows, or that are many


def namespace(schedule: MonitoringSchedule) -> str:
    """Return the namespace of a schedule's metrics."""
    owner = wire.ENDPOINT_NAMESPACE if schedule.endpoint_name else wire.BATCH_NAMESPACE
    return f"{owner}/{WORDS[schedule.monitoring_type]}"


def check(name: str, monitoring_type: MonitoringType) -> None:
    """Refuse a name that no metric of a monitor has; of features, which are the data's own, any will do.

    Raises
    ------
    NotFound
        There is none; the nearest is told.
    """
    known, stems = {VIOLATIONS, *_names(monitoring_type)}, STEM.get(monitoring_type, ())
    if monitoring_type in UNKNOWN or name in known or any(name.startswith(stem) and name != stem for stem in stems):
        return
    # Whatever follows some underscore may be the feature.
    ends = [name[place + 1 :] for place, mark in enumerate(name) if mark == "_" and place + 1 < len(name)]
    near = [*sorted(known), *(stem + end for stem in stems for end in ends)]
    raise NotFound(
        f"There is no metric {name!r}.{did_you_mean(name, near)}",
        field="metric",
        next_step=f"Known: {', '.join([*(f'{stem}FEATURE' for stem in stems), *sorted(known)])}.",
    )


def check_feature(name: str, features: Sequence[str]) -> None:
    """Refuse the drift of a feature that the baseline does not have: it is never published.

    Raises
    ------
    NotFound
        There is none; the nearest is told.
    """
    feature = name.removeprefix(DRIFT)
    if features and feature != name and feature not in features:
        raise NotFound(
            f"There is no metric {name!r}: the baseline has no feature {feature!r}.{did_you_mean(feature, features)}",
            field="metric",
            next_step="Name one of its features, or learn a baseline that has it.",
        )


def _names(monitoring_type: MonitoringType) -> Iterator[str]:
    if monitoring_type == "DataQuality":
        yield WATCHED
    if monitoring_type == "ModelQuality":
        from kedge.analysis.quality.documents import BEST_CONSTANT  # loaded where it is asked for: it takes long

        for item in items("metric"):
            yield from (item.name, f"{item.name}{BEST_CONSTANT}")
    if monitoring_type == "ModelBias":
        yield from (f"bias_metric_{item.name.upper()}" for item in items("bias_metric"))
    if monitoring_type == "ModelExplainability":
        yield from ("ExpectedValue", "ndcg")
