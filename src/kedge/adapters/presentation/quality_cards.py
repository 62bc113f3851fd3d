"""Model quality as the page shows it: everything is measured and said here, nothing is left to the template."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.adapters.presentation import quality
from kedge.adapters.presentation.intervals import Scale, ends, reach
from kedge.adapters.presentation.sentences import MARKS
from kedge.adapters.presentation.told import told
from kedge.adapters.presentation.words import NOTHING, number, plain
from kedge.analysis.severity import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.adapters.presentation.intervals import Interval, Range, Reach
    from kedge.adapters.presentation.told import Told
    from kedge.analysis.embeddings.summary import EmbeddingsReport
    from kedge.analysis.quality.documents import MetricValue, SegmentMetrics
    from kedge.analysis.quality.report import MetricFinding
    from kedge.analysis.quality.summary import MetricSides, QualityReport
    from kedge.analysis.severity import Severity

_FIRED = 30  # of a severity
_SEGMENTS = 160
_FEWEST = 8
_COLUMNS = 20
# The metrics of a segment's row, of which those that are there are shown; the first is drawn.
_TOLD = (
    ("auc", "recall", "precision", "accuracy"),
    ("accuracy", "weighted_recall", "weighted_precision", "weighted_f1"),
    ("rmse", "mae", "r2"),
)
_SMALLER_IS_BETTER = (
    "mae", "mse", "rmse", "false_positive_rate", "false_negative_rate", "log_loss", "brier_score",
    "expected_calibration_error",
)  # fmt: skip


@dataclass(frozen=True)
class Card:
    """A metric, or a part of the rows, that fired; of its violations ``most`` are shown."""

    anchor: str
    name: str
    wrong: tuple[Told, ...]
    most: int = 1

    @property
    def findings(self) -> tuple[Told, ...]:
        """The worst violations; the tables have the figures of the others."""
        return self.wrong[: self.most]

    @property
    def more(self) -> int:
        """How many violations there are besides."""
        return len(self.wrong) - len(self.findings)

    @property
    def severity(self) -> Severity:
        """How much the worst of its violations matters."""
        return self.wrong[0].severity


def fired(report: QualityReport) -> list[tuple[Severity, list[Card]]]:
    """Return what fired by severity: metrics, and segments with the worst of their violations."""
    places = {row.name: row.anchor for row in metrics(report)}
    others = "segments" if segments(report) else "metrics"
    verdict = told(report)
    whole = [(name, each) for name, wrong in verdict.by_subject.items() if (each := [w for w in wrong if not w.part])]
    parts = [(f"in {part}", wrong) for part, wrong in verdict.by_part.items() if part]
    shown = [Card(places.get(plain(name), others), plain(name), tuple(wrong)) for name, wrong in (*whole, *parts)]
    return by_severity(shown)


def by_severity(cards: Sequence[Card]) -> list[tuple[Severity, list[Card]]]:
    """Return cards by how much they matter, not too many of each."""
    groups = ((severity, [card for card in cards if card.severity == severity][:_FIRED]) for severity in SEVERITIES)
    return [(severity, group) for severity, group in groups if group]


@dataclass(frozen=True)
class Metric:
    """A metric of the window beside the baseline's; ``constant`` is that of a classifier that knows one answer."""

    anchor: str
    name: str
    window: str
    baseline: str
    bound: str
    constant: str
    severity: Severity | None
    interval: Interval

    @property
    def mark(self) -> str:
        """The shape of its severity."""
        return MARKS[self.severity] if self.severity else ""


def metrics(report: QualityReport | EmbeddingsReport) -> list[Metric]:
    """Return every metric, those that are demanded first."""
    known = report.summary.metrics
    worst = {f.metric_name: f.severity for f in report.summary.findings if f.segment is None}
    rows = [
        Metric(
            anchor=f"m{place}",
            name=plain(name),
            window=quality.measured(sides.value, sides.standard_deviation),
            baseline=quality.measured(sides.baseline, sides.baseline_standard_deviation),
            bound=quality.bound(sides.operator, sides.threshold),
            constant=number(known[name + quality.CONSTANT].value) if name + quality.CONSTANT in known else "",
            severity=worst.get(name),
            interval=_interval(sides),
        )
        for place, (name, sides) in enumerate(known.items())
        if not (name.endswith(quality.CONSTANT) and name.removesuffix(quality.CONSTANT) in known)
    ]
    return sorted(rows, key=lambda row: row.bound == NOTHING)


def _interval(sides: MetricSides) -> Interval:
    before, now = (
        reach(sides.baseline, sides.baseline_standard_deviation),
        reach(sides.value, sides.standard_deviation),
    )
    bounds = [] if sides.threshold is None else [sides.threshold]
    return Scale.over([*ends(before, now), *bounds]).interval(before, now, _allowed(sides))


def _allowed(sides: MetricSides) -> Range | None:
    if sides.threshold is None or not math.isfinite(sides.threshold):
        return None
    at_least = sides.operator == "LessThanThreshold"
    return (sides.threshold, math.inf) if at_least else (-math.inf, sides.threshold)


@dataclass(frozen=True)
class SegmentRow:
    """The rows that have one value; ``values`` are its metrics."""

    value: str
    count: int
    values: tuple[str, ...]
    severity: Severity | None
    interval: Interval

    @property
    def mark(self) -> str:
        """The shape of its severity."""
        return MARKS[self.severity] if self.severity else ""


@dataclass(frozen=True)
class SegmentTable:
    """The segments of one column, the worst first; ``total`` are more where some are left out."""

    column: str
    metrics: tuple[str, ...]
    rows: tuple[SegmentRow, ...]
    total: int
    smallest: int


def segments(report: QualityReport) -> list[SegmentTable]:
    """Return a table for every column by which metrics are told apart."""
    columns = {name: found for name, found in (report.statistics.segments or {}).items() if found}
    most = max(_FEWEST, _SEGMENTS // (len(columns) or 1))
    return [_table(report, name, found, most) for name, found in list(columns.items())[:_COLUMNS]]


def _table(report: QualityReport, column: str, found: Mapping[str, SegmentMetrics], most: int) -> SegmentTable:
    names = _told(report, column)
    lead = names[0] if names else ""
    accused = _accused(report, column)
    before = _before(report, column)
    worst = sorted(found, key=lambda value: _rank(accused.get(value, []), lead, found[value].scalars))[:most]
    values = {value: found[value].scalars for value in worst}
    whole = report.summary.metrics.get(lead)
    middle = whole.value if whole else None
    sides = {value: (_reach(before.get(value, {}), lead), _reach(values[value], lead)) for value in worst}
    scale = Scale.over(ends(*(found for pair in sides.values() for found in pair), reach(middle)))
    rows = tuple(
        SegmentRow(
            plain(value),
            found[value].item_count,
            tuple(_said(values[value], name) for name in names),
            accused[value][0].severity if value in accused else None,
            scale.interval(*sides[value], middle=middle),
        )
        for value in worst
    )
    return SegmentTable(
        plain(column), tuple(map(plain, names)), rows, len(found), min(s.item_count for s in found.values())
    )


def _told(report: QualityReport, column: str) -> list[str]:
    """Return the metrics that are shown: those of which most segments are accused before the usual ones."""
    there = {name for found in (report.statistics.segments or {})[column].values() for name in found.scalars}
    usual = next((names for names in _TOLD if names[0] in there), ())
    blamed = [f.metric_name for wrong in _accused(report, column).values() for f in wrong]
    order = [*usual, *sorted(there)]
    first = sorted(set(blamed) & there, key=lambda name: (-blamed.count(name), order.index(name)))[:1]
    return [name for name in dict.fromkeys([*first, *order]) if name in there][:3]


def _accused(report: QualityReport, column: str) -> dict[str, list[MetricFinding]]:
    """Return the violations in the segments of a column by its value, worst first."""
    found: dict[str, list[MetricFinding]] = {}
    for finding in sorted(report.summary.findings, key=lambda f: (SEVERITIES.index(f.severity), -quality.gap(f))):
        if finding.segment is not None and finding.segment.startswith(f"{column}="):
            found.setdefault(finding.segment.removeprefix(f"{column}="), []).append(finding)
    return found


def _before(report: QualityReport, column: str) -> dict[str, Mapping[str, MetricValue]]:
    known = report.baseline.statistics if report.baseline else None
    found = ((known and known.segments) or {}).get(column, {})
    return {value: metrics.scalars for value, metrics in found.items()}


def _rank(wrong: Sequence[MetricFinding], lead: str, values: Mapping[str, MetricValue]) -> tuple[int, float]:
    severity = SEVERITIES.index(wrong[0].severity) if wrong else len(SEVERITIES)
    value = values[lead].value if lead in values else 0.0
    return severity, -value if lead in _SMALLER_IS_BETTER else value


def _reach(values: Mapping[str, MetricValue], name: str) -> Reach | None:
    return reach(values[name].value, values[name].spread) if name in values else None


def _said(values: Mapping[str, MetricValue], name: str) -> str:
    return quality.measured(values[name].value, values[name].spread) if name in values else NOTHING
