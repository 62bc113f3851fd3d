"""What a report of embeddings says, in words and in a drawing: the same on the page and in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.adapters.presentation import quality
from kedge.adapters.presentation.charts import Chart, histogram
from kedge.adapters.presentation.words import count, number, plain
from kedge.analysis.batch import Column, Kind
from kedge.analysis.profile import Feature
from kedge.monitors.embeddings import sides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.embeddings.directions import Directions
    from kedge.analysis.embeddings.summary import EmbeddingsBaseline, EmbeddingsReport, FarRow

_COLUMNS = 4  # of a row
_LONGEST = 80


def verdict(report: EmbeddingsReport) -> str:
    """Return the outcome in one line."""
    summary = report.summary
    metrics = count(len(demanded_names(report)) or len(summary.metrics), "metric")
    fires = count(len(summary.findings), "violation")
    told = f"{fires} in {metrics}" if summary.findings else f"No violations in {metrics}"
    return f"{told} of {plain(summary.column)}"


def demanded(report: EmbeddingsReport) -> Iterator[tuple[str, str]]:
    """Yield what was judged: metrics, tests, and the checks on them."""
    for name, found in report.summary.metrics.items():
        if found.operator is not None:
            yield name, quality.check(found.operator)
    known = report.baseline.constraints.embedding_constraints.tests if report.baseline else {}
    for name, demand in known.items():
        if name in report.summary.tests:
            yield name, quality.check(demand.comparison_operator)


def demanded_names(report: EmbeddingsReport) -> set[str]:
    """Return what was judged or found wrong."""
    return {name for name, _ in demanded(report)} | {finding.metric_name for finding in report.summary.findings}


def tests(report: EmbeddingsReport) -> Iterator[tuple[str, str, str, str]]:
    """Yield the name, the value and the p-value of every test, and the rows that it saw."""
    for name, test in report.summary.tests.items():
        yield name, number(test.value, 3), number(test.p_value, 3), " and ".join(f"{rows:,}" for rows in test.rows)


def row(far: FarRow) -> str:
    """Return the other columns of a row: what it is known by.

    >>> from kedge.analysis.embeddings.summary import FarRow
    >>> row(FarRow(position=3, similarity=0.1, row={"id": 7, "text": "hello"}))
    'id 7, text hello'
    """
    known = [(name, value) for name, value in (far.row or {}).items() if value is not None]
    return ", ".join(f"{plain(name, 40)} {plain(str(value), _LONGEST)}" for name, value in known[:_COLUMNS])


def drawing(report: EmbeddingsReport) -> Chart | None:
    """Return the mean cosine with the baseline of sampled rows of either side; None where none are kept."""
    both = sides(report.baseline, report.profiles)
    if both is None or not all(len(side.sample) for side in both):
        return None
    known, seen = both
    return histogram(_similar(known, known), _similar(known, seen))


def _similar(baseline: Directions, side: Directions) -> Feature:
    numbers = side.sample.astype(np.float64) @ baseline.mean
    return Feature().update(Column(np.full(len(numbers), Kind.FRACTIONAL, np.uint8), numbers))


def extent(baseline: EmbeddingsBaseline) -> str:
    """Return how much a baseline demands."""
    demands = baseline.constraints.embedding_constraints
    return (
        f"{count(len(demands.metrics), 'metric')} of {plain(demands.column)}, {count(demands.dimension, 'number')} each"
    )
