"""From vectors to ``statistics.json``, and from that to the constraints that it suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.analysis.documents import DatasetStatistics
from kedge.analysis.embeddings import measures
from kedge.analysis.embeddings.documents import (
    EmbeddingConstraints,
    EmbeddingDemands,
    EmbeddingMetrics,
    EmbeddingStatistics,
    TestValue,
)
from kedge.analysis.quality.documents import MetricConstraint, MetricValue
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.embeddings.directions import Directions
    from kedge.analysis.embeddings.embeddings import Embeddings
    from kedge.analysis.vector_distances import VectorDistance
    from kedge.domain.window import Window

# A change of a tenth of the rows' own spread matters to nobody, however many rows are sure of it.
TOLERANCE = 0.1


def statistics(
    found: Embeddings,
    size: int | None,
    baseline: Directions | None = None,
    items: Mapping[str, VectorDistance] | None = None,
    *,
    window: Window | None = None,
    evaluated: str | None = None,
) -> EmbeddingStatistics:
    """Return the document of vectors that should have ``size`` numbers.

    Parameters
    ----------
    found
        What is remembered.
    size
        The length of the vectors that count; others are told by their lengths.
    baseline
        What they are compared with; None compares them with themselves.
    items
        The tests to run, by name.
    window, evaluated
        The window, and the time of the run, ISO 8601.
    """
    seen = found.lengths.get(size or 0)
    known = baseline or seen
    times = (format_time(window.start), format_time(window.end)) if window else (None, None)
    return EmbeddingStatistics(
        dataset=DatasetStatistics(
            item_count=found.rows, start_time=times[0], end_time=times[1], evaluation_time=evaluated
        ),
        embedding_metrics=EmbeddingMetrics(
            column=found.column,
            dimension=size if seen else found.size,
            missing=found.missing,
            zero=found.zero,
            not_finite=found.not_finite,
            other_lengths={str(other): side.count for other, side in found.lengths.items() if other != size},
            usable_share=MetricValue(value=(seen.count if seen else 0) / found.rows) if found.rows else None,
            **(_compared(known, seen, items or {}, alone=baseline is None) if known and seen else {}),
        ),
    )


def _compared(
    known: Directions, seen: Directions, items: Mapping[str, VectorDistance], *, alone: bool
) -> dict[str, Any]:
    deviation, within = measures.similarity_deviation(known, seen), seen.within
    own = _value(within, 2 * measures.similarity_deviation(seen, seen))  # |m|^2 moves twice as far as m
    if alone:
        return {"average_similarity": own, "within_similarity": own}
    rows = len(known.sample), len(seen.sample)
    tests = {
        name: TestValue(value=value, p_value=p_value, rows=rows)
        for name, (value, p_value) in measures.tests(known, seen, items).items()
    }
    return {
        "average_similarity": _value(measures.similarity(known, seen), deviation),
        "within_similarity": own,
        "mean_distance": _value(measures.distance(known, seen)),
        "tests": tests,
    }


def _value(value: float | None, deviation: float | None = None) -> MetricValue | None:
    if value is None:
        return None
    return MetricValue(value=value) if deviation is None else MetricValue(value=value, standard_deviation=deviation)


def constraints(found: Embeddings) -> EmbeddingConstraints | None:
    """Return what is demanded of windows, learned from a baseline; None where it has no vector that can be used.

    The similarity with the baseline is to be no lower than the baseline's own by a tenth of what that of single rows
    varies, the means no farther apart than a tenth of how far a row is from their mean, and as many vectors usable.
    What chance does beyond is allowed when a window is judged, for then its size is known.
    """
    if found.size is None:
        return None
    seen = found.lengths[found.size]
    own = measures.similarity(seen, seen) if seen.within is None else seen.within
    return EmbeddingConstraints(
        embedding_constraints=EmbeddingDemands(
            column=found.column,
            dimension=found.size,
            average_similarity=_at_least(own - TOLERANCE * measures.row_deviation(seen)),
            mean_distance=MetricConstraint(
                threshold=TOLERANCE * seen.spread, comparison_operator="GreaterThanThreshold"
            ),
            usable_share=_at_least(seen.count / found.rows),
        )
    )


def _at_least(threshold: float) -> MetricConstraint:
    return MetricConstraint(threshold=threshold, comparison_operator="LessThanThreshold")
