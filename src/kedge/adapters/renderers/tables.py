"""Violations, constraints and statistics for the terminal; readable at 80 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kedge.adapters.presentation import demands, sentences
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.told import MARKS, Verdict, told
from kedge.adapters.presentation.words import NOTHING, count, distance, number, percent, plain, some, span
from kedge.analysis.distances import distances as known_distances
from kedge.analysis.drift import exceeds
from kedge.analysis.overrides import monitoring_configs
from kedge.analysis.statistics.completeness import completeness
from kedge.analysis.statistics.distinct_count import distinct_count
from kedge.analysis.statistics.max import max as largest
from kedge.analysis.statistics.mean import mean
from kedge.analysis.statistics.min import min as smallest
from kedge.analysis.statistics.quantile import quantile
from kedge.analysis.statistics.std_dev import std_dev
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.anomalies import Anomalies
    from kedge.analysis.documents import Constraints
    from kedge.analysis.profile import Feature, Profile
    from kedge.analysis.replay import Replay
    from kedge.analysis.report import AnyJudged, Baseline, DriftDistance, Sides

_MARK = MARKS["fired"]
_WHOLE_DIGITS = 1e6


def verdict(report: AnyJudged) -> Text:
    """Return the outcome in one line."""
    said = told(report)
    style = "bold red" if said.violations else "bold yellow" if said.held_back else "bold green"
    return Text(f"{said.mark} {said.line}", style=style)


def violations(report: AnyJudged) -> RenderableType:
    """Return what violations have in common, and a row for every one, the worst feature or metric first.

    Of each part of the rows there is one row, with the worst of its violations.
    """
    said = told(report)
    if not said.violations:
        return verdict(report)
    table = headed(said.of, "Check", ">Observed", ">Expected", "Why")
    for cells in (*_of_all(said), *_of_parts(said)):
        add(table, *(Text(cell.translate(sentences.ISOLATES)) for cell in cells))
    common = [Text(f"{pattern.description} ({some(pattern.features)})") for pattern in said.common]
    return Group(*common, table) if common else table


def _of_all(said: Verdict) -> Iterator[tuple[str, ...]]:
    for subject, fired in said.by_subject.items():
        for place, each in enumerate(each for each in fired if not each.part):
            name = plain(subject) if place == 0 else ""
            yield name, plain(each.check), each.observed, each.expected, each.sentence


def _of_parts(said: Verdict) -> Iterator[tuple[str, ...]]:
    for worst, *others in said.by_part.values():
        if worst.part:
            more = f" And {len(others):,} more." if others else ""
            yield plain(worst.subject), plain(worst.check), worst.observed, worst.expected, worst.sentence + more


def odd_rows(anomalies: Anomalies, most: int | None = None) -> RenderableType:
    """Return how many rows stand out, and a row for each, or ``most``, of those kept, the highest score first."""
    title = Text(sentences.standing_out(anomalies), style="bold")
    table = headed(">Row", ">Score", "Unusual")
    for row in anomalies.sample[:most]:
        cells = (f"{row.position:,}", number(row.score, 3), "; ".join(sentences.unusual(row)))
        add(table, *(Text(cell.translate(sentences.ISOLATES)) for cell in cells))
    return Group(title, table) if table.row_count else title


def learned(baseline: Baseline, features: Mapping[str, Feature]) -> RenderableType:
    """Return a baseline: what is demanded of every feature, and what is remembered of it."""
    rows = f" from {count(baseline.statistics.dataset.item_count, 'row')}" if baseline.statistics else ""
    title = Text(f"Baseline of {count(len(baseline.constraints.features), 'feature')}{rows}", style="bold")
    return Group(title, demanded(baseline.constraints), *(["", statistics(features)] if features else []))


def demanded(constraints: Constraints) -> Table:
    """Return a row for every feature with what is demanded of it."""
    table = headed("Feature", "Type", ">Present", "Values", ">Drift")
    configs, known = monitoring_configs(constraints), known_distances()
    for feature in constraints.features:
        drift = demands.drift(feature, configs[feature.name], known)
        cells = (plain(feature.name), feature.inferred_type, demands.present(feature), demands.values(feature), drift)
        add(table, *map(Text, cells))
    return table


def remembered(profile: Profile) -> RenderableType:
    """Return a profile: whose and when it is, and the statistics of every feature."""
    whose = "/".join(plain(name) for name in (profile.endpoint, profile.variant) if name)
    when = span(format_time(profile.window.start), format_time(profile.window.end)) if profile.window else ""
    title = f"Profile of {count(len(profile.features), 'feature')} from {count(profile.rows, 'row')}"
    return Group(Text(", ".join(filter(None, (title, whose, when))), style="bold"), statistics(profile.features))


def statistics(features: Mapping[str, Feature], distances: Mapping[str, DriftDistance] | None = None) -> RenderableType:
    """Return a row of statistics for every feature: one table of the numbers, one of all others.

    Where there are no distances to tell of there is no column for them.
    """
    if not features:
        return Text("No features")
    numeric = {name: feature for name, feature in features.items() if feature.moments.count}
    others = {name: feature for name, feature in features.items() if name not in numeric}
    tables = [_numbers(numeric, distances), _others(others, distances)]
    shown = [table for table in tables if table.row_count]
    return Group(shown[0], *(part for table in shown[1:] for part in ("", table)))


def plugged(statistics: Mapping[str, Mapping[str, Sides]]) -> list[RenderableType]:
    """Return a row for every number that a plugin's statistic says; nothing where there is none."""
    table = headed("Statistic", "Feature", ">Baseline", ">Window")
    for name, features in statistics.items():
        for place, (feature, sides) in enumerate(features.items()):
            cells = (plain(feature), number(sides.baseline), number(sides.window))
            add(table, *map(Text, ("" if place else plain(name), *cells)))
    return ["", table] if table.row_count else []


def replay(replayed: Replay) -> RenderableType:
    """Return a row for every window that fired or would, by time."""
    mark = _MARK if replayed.alarms[1] else MARKS["calm"]
    headline = Text(f"{mark} {sentences.replayed(replayed)}", style="bold")
    table = headed("Window", ">Then", ">Now", "New", "Gone")
    loud = [window for window in replayed.windows if window.then or window.now]
    for window in loud:
        counts = f"{len(window.then):,}", f"{len(window.now):,}"
        add(table, *map(Text, (sentences.when(window), *counts, some(window.new), some(window.gone))))
    quiet = len(replayed.windows) - len(loud)
    rest = Text(f"{count(quiet, 'window')} quiet, then and now")
    return Group(headline, *[table] * bool(loud), *[rest] * bool(quiet))


def _numbers(features: Mapping[str, Feature], distances: Mapping[str, DriftDistance] | None) -> Table:
    table = headed("Feature", "Type", ">Present", ">Mean", ">Std", ">Min", ">P50", ">Max", *_drift_head(distances))
    for name, feature in features.items():
        median = quantile(feature, 0.5)
        values = (mean(feature), std_dev(feature), smallest(feature), median, largest(feature))
        add(table, *_start(name, feature), *map(_brief, values), *_drift(name, distances))
    return table


def _others(features: Mapping[str, Feature], distances: Mapping[str, DriftDistance] | None) -> Table:
    table = headed("Feature", "Type", ">Present", ">Distinct", "Most frequent", *_drift_head(distances))
    for name, feature in features.items():
        distinct = Text(number(distinct_count(feature)))
        add(table, *_start(name, feature), distinct, _frequent(feature), *_drift(name, distances))
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


def _drift_head(distances: Mapping[str, DriftDistance] | None) -> list[str]:
    return [] if distances is None else [">Drift"]


def _drift(name: str, distances: Mapping[str, DriftDistance] | None) -> list[Text]:
    if distances is None or name not in distances:
        return [] if distances is None else [Text(NOTHING)]
    drift = distances[name]
    text = f"{distance(drift.distance)}/{number(drift.threshold, 3)}"
    return [Text(f"{text} {_MARK}", style="bold red") if exceeds(drift) else Text(f"{text}  ")]
