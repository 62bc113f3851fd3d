"""Bias as the page shows it: everything is measured and said here, nothing is left to the template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.adapters.presentation import bias
from kedge.adapters.presentation.intervals import Scale, ends, reach, within
from kedge.adapters.presentation.quality_cards import Card, by_severity
from kedge.adapters.presentation.sentences import MARKS
from kedge.adapters.presentation.told import told
from kedge.adapters.presentation.words import count, number, percent, plain
from kedge.analysis.bias_metrics import bias_metrics
from kedge.analysis.severity import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.adapters.presentation.intervals import Interval, Range
    from kedge.analysis.bias.documents import FacetEntry, Group, MetricEntry, PerformanceMetric
    from kedge.analysis.bias.summary import BiasReport, BiasSides
    from kedge.analysis.severity import Severity

    Counts = tuple[int, int]  # a part, and all
    Confusion = tuple[int, int, int, int]  # TP, FP, FN, TN

_WORST = 4
_GROUPS = 12  # that are drawn


@dataclass(frozen=True)
class Row:
    """A metric of a group in the window, beside the baseline's and where it may lie."""

    name: str
    description: str
    window: str
    interval: str
    baseline: str
    allowed: str
    severity: Severity | None
    chart: Interval

    @property
    def mark(self) -> str:
        """The shape of its severity."""
        return MARKS[self.severity] if self.severity else ""


@dataclass(frozen=True)
class Side:
    """One side of a group: how many rows it has, and which share of labels and answers is positive, now and before.

    ``answers`` is how well it is answered: TP, FP, FN, TN, accuracy, precision and recall; nothing where it is not.
    """

    name: str
    rows: str
    labels: str
    predictions: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupCard:
    """A group: its sides, its metrics, those that fired first, and why the others have no value."""

    anchor: str
    name: str
    sides: tuple[Side, ...]
    rows: tuple[Row, ...]
    undefined: Mapping[str, list[str]]
    too_small: str
    severity: Severity | None

    @property
    def mark(self) -> str:
        """The shape of its severity."""
        return MARKS[self.severity] if self.severity else ""

    @property
    def of_fired(self) -> GroupCard:
        """The group with no metric but those that fired."""
        return replace(self, rows=tuple(row for row in self.rows if row.severity), undefined={})


@dataclass(frozen=True)
class Figure:
    """One figure of how well the model does, whoever is asked."""

    name: str
    description: str
    window: str
    baseline: str


def fired(report: BiasReport) -> list[tuple[Severity, list[Card]]]:
    """Return the groups that fired by severity, each with the worst of its violations."""
    places = {card.name: card.anchor for card in groups(report)[0]}
    parts = told(report).by_part.items()
    return by_severity([Card(places.get(plain(name), "groups"), plain(name), tuple(w), _WORST) for name, w in parts])


def groups(report: BiasReport) -> tuple[list[GroupCard], int]:
    """Return the groups, the worst first, and how many there are; not all of very many are drawn."""
    repeated = bias.repeated(report.summary.findings)
    worst: dict[str, Severity] = {}
    for finding in sorted(report.summary.findings, key=lambda found: -SEVERITIES.index(found.severity)):
        if (bias.group(finding), finding.metric_name) not in repeated:
            worst[bias.group(finding)] = finding.severity
    known = bias.named(report.statistics)
    order = sorted(known, key=lambda name: SEVERITIES.index(worst[name]) if name in worst else len(SEVERITIES))
    parity = {name: metric.parity for name, metric in bias_metrics().items()}
    cards = [_card(report, name, known[name], worst.get(name), parity) for name in order[:_GROUPS]]
    return cards, len(known)


def _card(
    report: BiasReport, name: str, entry: FacetEntry, severity: Severity | None, parity: Mapping[str, float]
) -> GroupCard:
    before = _before(report).get(name)
    once = bias.once(report)
    of_group = (sides for sides in report.summary.metrics if bias.group(sides) == name)
    metrics = [sides for sides in of_group if once.get(sides.metric_name, name) == name]
    accused = {f.metric_name: f.severity for f in report.summary.findings if bias.group(f) == name}
    words = {metric.name: _described(metric) for metric in entry.metrics}
    spreads = {metric.name: metric.confidence_interval for metric in before.metrics} if before else {}
    rows = [
        _row(sides, bias.allowed(sides, report.summary.mode), spreads, words, parity, accused)
        for sides in metrics
        if sides.value is not None
    ]
    few = bias.small(report).get(name)
    return GroupCard(
        anchor=f"g{list(bias.named(report.statistics)).index(name)}",
        name=plain(name),
        sides=_sides(name, entry, before),
        rows=tuple(sorted(rows, key=lambda row: SEVERITIES.index(row.severity) if row.severity else len(SEVERITIES))),
        undefined=bias.undefined([(sides.metric_name, sides.error) for sides in metrics if sides.value is None]),
        too_small="" if few is None else _too_small(few, bias.least(report)),
        severity=severity,
    )


def _before(report: BiasReport) -> dict[str, FacetEntry]:
    """Return the baseline's groups by their names in the window: the upper ends of intervals may differ."""
    if report.baseline is None:
        return {}
    known, seen = report.baseline.constraints.facets, report.statistics.facets
    return {f"{key[0]}={entry.value_or_threshold}": known[key] for key, entry in seen.items() if key in known}


def _row(
    sides: BiasSides,
    allowed: Range | None,
    spreads: Mapping[str, Range | None],
    words: Mapping[str, str],
    parity: Mapping[str, float],
    accused: Mapping[str, Severity],
) -> Row:
    name, middle = sides.metric_name, parity.get(sides.metric_name, 0.0)
    was, now = within(sides.baseline, spreads.get(name)), within(sides.value, sides.interval)
    scale = Scale.over([*ends(was, now, reach(middle)), *(allowed or ())])
    return Row(
        name=plain(name),
        description=words.get(name, ""),
        window=number(sides.value),
        interval=bias.between(sides.interval),
        baseline=number(sides.baseline),
        allowed=bias.spread(allowed),
        severity=accused.get(name),
        chart=scale.interval(was, now, allowed, middle),
    )


def _sides(name: str, entry: FacetEntry, before: FacetEntry | None) -> tuple[Side, ...]:
    pairs = (
        (plain(name), entry.disadvantaged, before.disadvantaged if before else None),
        ("all others", entry.advantaged, before.advantaged if before else None),
    )
    return tuple(_side(told, now, was) for told, now, was in pairs if now)


def _side(name: str, now: Group, was: Group | None) -> Side:
    (labels, answers), before = _counts(now), _counts(was) if was else (None, None)
    told = (_shares(labels, before[0]), _shares(answers, before[1]))
    return Side(name, f"{now.rows:,}", *told, _answers(now.confusion, was.confusion if was else None))


def _answers(now: Confusion | None, was: Confusion | None) -> tuple[str, ...]:
    if now is None:
        return ()
    before = _rates(was) if was else [None] * len(_rates(now))
    return (*(f"{cell:,}" for cell in now), *map(_shares, _rates(now), before))


def _rates(cells: Confusion) -> list[Counts]:
    """Return accuracy, precision and recall."""
    tp, fp, fn, tn = cells
    return [(tp + tn, sum(cells)), (tp, tp + fp), (tp, tp + fn)]


def _counts(side: Group) -> tuple[Counts, Counts]:
    return (side.positive_labels, side.rows), (side.positive_predictions, side.predictions)


def _shares(now: Counts, before: Counts | None) -> str:
    """Return a share, and the baseline's in brackets."""
    told = percent(now[0] / now[1] if now[1] else None)
    return f"{told} ({percent(before[0] / before[1])})" if before and before[1] else told


def _too_small(rows: int, least: int) -> str:
    return f"No verdict: the smaller side has {count(rows, 'row')}, fewer than {least:,}."


def performance(report: BiasReport) -> list[Figure]:
    """Return how well the model does on all rows, beside the baseline."""
    found = report.statistics.model_performance
    known = report.baseline.constraints.model_performance if report.baseline else None
    before = {metric.name: metric.value for metric in known.model_performance_metrics} if known else {}
    return [
        Figure(plain(metric.name), _described(metric), number(metric.value), number(before.get(metric.name)))
        for metric in (found.model_performance_metrics if found else ())
    ]


def _described(metric: MetricEntry | PerformanceMetric) -> str:
    return plain(metric.description.removesuffix(f" ({metric.name})"), 200) if metric.description else ""
