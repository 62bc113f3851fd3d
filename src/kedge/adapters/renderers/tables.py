"""Violations and statistics for the terminal; readable at 80 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kedge.adapters.presentation import sentences
from kedge.adapters.presentation.words import NOTHING, distance, number, percent, plain
from kedge.analysis.drift import exceeds
from kedge.analysis.statistics.completeness import completeness
from kedge.analysis.statistics.distinct_count import distinct_count
from kedge.analysis.statistics.max import max as largest
from kedge.analysis.statistics.mean import mean
from kedge.analysis.statistics.min import min as smallest
from kedge.analysis.statistics.quantile import quantile
from kedge.analysis.statistics.std_dev import std_dev

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.profile import Feature
    from kedge.analysis.report import DriftDistance, Report

_MARK = "▲"
_WHOLE_DIGITS = 1e6
# A terminal shows them as boxes.
_ISOLATES = dict.fromkeys(map(ord, "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"))


def verdict(report: Report) -> Text:
    """Return the outcome in one line."""
    mark, style = (_MARK, "bold red") if sentences.findings(report) else ("✓", "bold green")
    return Text(f"{mark} {sentences.verdict(report)}", style=style)


def violations(report: Report) -> RenderableType:
    """Return a row for every violation, the worst feature first."""
    fired = sentences.by_feature(report)
    if not fired:
        return verdict(report)
    table = _table("Feature", "Check", ">Observed", ">Expected", "Why")
    for feature, findings in fired.items():
        for place, finding in enumerate(findings):
            name, why = plain(feature) if place == 0 else "", sentences.sentence(finding)
            cells = (name, sentences.check(finding), *sentences.observed_expected(finding), why)
            table.add_row(*(Text(cell.translate(_ISOLATES)) for cell in cells))
    return table


def statistics(features: Mapping[str, Feature], distances: Mapping[str, DriftDistance] | None = None) -> RenderableType:
    """Return a row of statistics for every feature: one table of the numbers, one of all others."""
    if not features:
        return Text("No features")
    numeric = {name: feature for name, feature in features.items() if feature.moments.count}
    others = {name: feature for name, feature in features.items() if name not in numeric}
    tables = [_numbers(numeric, distances or {}), _others(others, distances or {})]
    shown = [table for table in tables if table.row_count]
    return Group(shown[0], *(part for table in shown[1:] for part in ("", table)))


def _numbers(features: Mapping[str, Feature], distances: Mapping[str, DriftDistance]) -> Table:
    table = _table("Feature", "Type", ">Present", ">Mean", ">Std", ">Min", ">P50", ">Max", ">Drift")
    for name, feature in features.items():
        median = quantile(feature, 0.5)
        values = (mean(feature), std_dev(feature), smallest(feature), median, largest(feature))
        table.add_row(*_start(name, feature), *map(_brief, values), _drift(distances.get(name)))
    return table


def _others(features: Mapping[str, Feature], distances: Mapping[str, DriftDistance]) -> Table:
    table = _table("Feature", "Type", ">Present", ">Distinct", "Most frequent", ">Drift")
    for name, feature in features.items():
        distinct = Text(number(distinct_count(feature)))
        table.add_row(*_start(name, feature), distinct, _frequent(feature), _drift(distances.get(name)))
    return table


def _table(*heads: str) -> Table:
    """Return an empty table; a head that starts with ``>`` is one of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head in heads:
        wraps = head in ("Feature", "Why", "Most frequent")
        table.add_column(
            head.removeprefix(">"),
            justify="right" if head.startswith(">") else "left",
            no_wrap=not wraps,
            overflow="fold",
        )
    return table


def _start(name: str, feature: Feature) -> tuple[Text, Text, Text]:
    return Text(plain(name)), Text(feature.types.inferred_type), Text(percent(completeness(feature)))


def _brief(value: float | None) -> Text:
    if value is not None and abs(value) >= _WHOLE_DIGITS:
        mantissa, exponent = f"{value:.2e}".split("e")
        return Text(f"{mantissa}e{int(exponent)}")
    return Text(number(value, 3))


def _frequent(feature: Feature) -> Text:
    top, total = feature.categories.top(3), feature.categories.total
    shares = (f"{plain(value, 24)} {percent(amount / total)}" for value, amount in top)
    return Text(", ".join(shares) or NOTHING)


def _drift(drift: DriftDistance | None) -> Text:
    if drift is None:
        return Text(NOTHING)
    text = f"{distance(drift.distance)}/{number(drift.threshold, 3)}"
    return Text(f"{text} {_MARK}", style="bold red") if exceeds(drift) else Text(f"{text}  ")
