"""The verdict: the vectors of a window held against what is demanded of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.analysis.embeddings import measures
from kedge.analysis.embeddings.documents import METRICS
from kedge.analysis.embeddings.summary import EmbeddingsFinding
from kedge.analysis.wording import number
from kedge.errors import DocumentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from kedge.analysis.embeddings.documents import EmbeddingConstraints, EmbeddingMetrics, EmbeddingStatistics
    from kedge.analysis.embeddings.embeddings import Embeddings
    from kedge.analysis.quality.documents import MetricConstraint
    from kedge.analysis.report import Mode

STANDARD_DEVIATIONS = 3.0


def evaluate(
    constraints: EmbeddingConstraints,
    baseline: Embeddings,
    window: Embeddings,
    statistics: EmbeddingStatistics,
    mode: Mode = "default",
) -> tuple[list[EmbeddingsFinding], list[str]]:
    """Return which demands the window breaks, and notes on what could not be judged.

    A metric is broken beyond its threshold by more than chance allows of a window of this size, as far as
    ``standard_deviations`` say, 3 unless demanded otherwise; a test where its p-value is below its threshold. Mode
    ``sagemaker`` allows nothing for chance, as in the paper.

    Raises
    ------
    DocumentError
        A test is demanded that there is not.

    References
    ----------
    The paper, 6.2; docs/decisions/0026.
    """
    demanded, found = constraints.embedding_constraints, statistics.embedding_metrics
    other = [_other_length(demanded.dimension, found)] if demanded.dimension not in window.lengths else []
    judged = _Judged(baseline, window, demanded.dimension, mode)
    broken = (judged.broken(name, demand, found) for name, demand in demanded.metrics.items())
    return [*filter(None, (*other, *broken))], list(_unjudged(demanded.metrics, found))


def refuse_unknown(constraints: EmbeddingConstraints, tests: Collection[str]) -> None:
    """Refuse a demand on a test that there is not."""
    for name in constraints.embedding_constraints.tests:
        if name not in tests:
            raise DocumentError(
                f"There is no test {name!r}.{did_you_mean(name, tests)}",
                field=f"embedding_constraints.tests.{name}",
                next_step=f"Name one of {', '.join(tests)}.",
            )


@dataclass(frozen=True, slots=True)
class _Judged:
    """Both sides, and the length of the vectors that count."""

    baseline: Embeddings
    window: Embeddings
    size: int
    mode: Mode

    def broken(self, name: str, demand: MetricConstraint, found: EmbeddingMetrics) -> EmbeddingsFinding | None:
        """Return the violation of one demand, if it is one."""
        if test := found.tests.get(name):
            beyond, allowed, seen, detail = demand.threshold - test.p_value, 0.0, test.p_value, {"value": test.value}
        elif value := found.scalars.get(name):
            lower = demand.comparison_operator == "LessThanThreshold"
            beyond = demand.threshold - value.value if lower else value.value - demand.threshold
            z = demand.standard_deviations or STANDARD_DEVIATIONS
            allowed = self._allowed(name, z) if self.mode == "default" else 0.0
            seen, detail = value.value, self._detail(name, beyond)
        else:
            return None
        if beyond <= allowed:
            return None
        what = f"The p-value of {name}" if name in found.tests else f"Metric {name}"
        return EmbeddingsFinding(
            metric_name=name,
            constraint_check_type=demand.comparison_operator,
            description=f"{what} with {number(seen)} was {demand.comparison_operator} '{number(demand.threshold)}'",
            observed=seen,
            expected=demand.threshold,
            standard_deviation=found.scalars[name].spread if name in found.scalars else None,
            detail=detail | {"allowed": allowed, "rows": self.window.rows},
            hint=_hint(name, found),
        )

    def _allowed(self, name: str, z: float) -> float:
        known, seen = (side.lengths.get(self.size) for side in (self.baseline, self.window))
        if name == "usable_share":
            sides = ((side.count if side else 0, whole.rows) for side, whole in
                     ((known, self.baseline), (seen, self.window)))  # fmt: skip
            return z * measures.share_chance(*sides)
        if known is None or seen is None:
            return 0.0
        if name == "average_similarity":
            return z * measures.similarity_chance(known, seen)
        return measures.distance_chance(known, seen, z)

    def _detail(self, name: str, beyond: float) -> dict[str, float]:
        """Return how far beyond it is, in units of what single rows vary."""
        known = self.baseline.lengths.get(self.size)
        if known is None or name == "usable_share":
            return {}
        row = measures.row_deviation(known) if name == "average_similarity" else known.spread
        return {"effect": beyond / row if row > 0 else math.inf if beyond > 0 else 0.0}


def _other_length(size: int, found: EmbeddingMetrics) -> EmbeddingsFinding | None:
    """Return the violation of a window none of whose vectors has the baseline's length."""
    if not found.other_lengths:
        return None
    seen = max(found.other_lengths, key=lambda length: found.other_lengths[length])
    return EmbeddingsFinding(
        metric_name="dimension",
        constraint_check_type="wrong length",
        description=f"The vectors have {seen} numbers, where those of the baseline have {size}",
        observed=float(seen),
        expected=float(size),
        hint="Another encoder may be at work: vectors of two models cannot be compared.",
    )


def _hint(name: str, found: EmbeddingMetrics) -> str:
    if name != "usable_share":
        return ""
    reasons = {"missing": found.missing, "all zeros": found.zero, "not finite": found.not_finite}
    reasons |= {f"{count} numbers long": rows for count, rows in found.other_lengths.items()}
    said = [f"{rows:,} {why}" for why, rows in reasons.items() if rows]
    return f"Of the vectors are {', '.join(said)}." if said else ""


def _unjudged(demands: dict[str, MetricConstraint], found: EmbeddingMetrics) -> Iterator[str]:
    names = [name for name in demands if name not in found.scalars and name not in found.tests]
    tests = [name for name in names if name not in METRICS]
    if tests:
        yield f"{', '.join(tests)}: not judged, for a test takes 20 sampled vectors of either side."
    if others := [name for name in names if name in METRICS]:
        yield f"The window has no vector of the baseline's length, so {', '.join(others)} is not judged."
