"""What a report of bias says, in words: the same on the page and in the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kedge.adapters.presentation.words import NOTHING, count, number, plain, rounded
from kedge.analysis.bias.report import BiasFinding
from kedge.analysis.report import Pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from kedge.analysis.bias.documents import BiasAnalysis, FacetEntry, MetricEntry
    from kedge.analysis.bias.summary import BiasBaseline, BiasReport, BiasSides
    from kedge.analysis.report import Mode

    Range = tuple[float, float]

_OF_ALL = ("GE",)  # it compares nobody, and is the same whomever one looks at
# Of two outcomes these are the size of DPL, so many times.
_SAYS_THE_SAME = {"KS": 1.0, "LP": math.sqrt(2), "TVD": 1.0}


def verdict(report: BiasReport) -> str:
    """Return the outcome in one line."""
    again = repeated(report.summary.findings)
    fired = {place[0] for finding in report.summary.findings if (place := _place(finding)) not in again}
    if not fired and held_back(report):
        return "Held back: no metric could be judged"
    judged = [group(sides) for sides in _judged(report)]
    groups = count(len(fired | set(judged)) or len(named(report.statistics)), "group")
    if not fired:
        return f"No violations in {count(len(judged) or len(report.summary.metrics), 'metric')} of {groups}"
    return f"{count(len(report.summary.findings), 'violation')} in {len(fired):,} of {groups}"


def held_back(report: BiasReport) -> str:
    """Return why there is no verdict on anybody; empty where there is one, or where nothing is known of demands."""
    demanded = any(sides.allowed_range or sides.baseline is not None for sides in report.summary.metrics)
    if not demanded or report.summary.findings or any(True for _ in _judged(report)):
        return ""
    if len(small(report)) == len(named(report.statistics)):
        return f"Every group has fewer than {count(least(report), 'row')} on one of its sides."
    return "What is demanded is undefined in this window; the notes say why."


def group(found: BiasFinding | BiasSides) -> str:
    """Return whom a metric is about."""
    return f"{found.facet}={found.facet_value}"


def named(found: BiasAnalysis) -> dict[str, FacetEntry]:
    """Return every group by its name."""
    return {f"{facet}={entry.value_or_threshold}": entry for (facet, _), entry in found.facets.items()}


def least(report: BiasReport) -> int:
    """Return how many rows each side of a group needs."""
    return (report.baseline.constraints if report.baseline else report.constraints).minimum_group_rows


def small(report: BiasReport) -> dict[str, int]:
    """Return the groups without a verdict, and how many rows their smaller side has; the service judges all."""
    sizes = {name: entry.smallest for name, entry in named(report.statistics).items()}
    fewest = least(report) if report.summary.mode == "default" else 0
    return {name: rows for name, rows in sizes.items() if rows is not None and rows < fewest}


def subject(found: BiasFinding | BiasSides) -> str:
    """Return what is judged, such as ``DPL, sex=F``."""
    return f"{found.metric_name}, {group(found)}"


def check(allowed: Range | None) -> str:
    """Return what a metric is that breaks a constraint; the service knows no range.

    >>> check((-0.2, 0.2)), check(None)
    ('out of range', 'further than baseline')
    """
    return "out of range" if allowed else "further than baseline"


def spread(ends: Range | None, digits: int = 3) -> str:
    """Return a range.

    >>> spread((-0.2, 0.2)), spread((0.75, 1.25)), spread((-0.5, float("inf"))), spread(None)
    ('±0.2', '0.75 to 1.25', 'at least -0.5', '–')
    """
    if ends is None:
        return NOTHING
    low, high = ends
    if math.isinf(low) and math.isinf(high):
        return "any"
    if math.isinf(low) or math.isinf(high):
        return f"at least {number(low, digits)}" if math.isfinite(low) else f"at most {number(high, digits)}"
    return f"±{number(high, digits)}" if low == -high else f"{number(low, digits)} to {number(high, digits)}"


def allowed(found: BiasFinding | BiasSides, mode: Mode) -> Range | None:
    """Return where a metric may lie: for the service, no further from 0 than the baseline."""
    known = found.expected if isinstance(found, BiasFinding) else found.baseline
    if mode == "sagemaker" and known is not None and not math.isnan(known):
        return -abs(known), abs(known)
    return found.allowed_range


def _broken(finding: BiasFinding) -> Range | None:
    return allowed(finding, "default" if finding.allowed_range else "sagemaker")


def between(ends: Range | None) -> str:
    """Return an interval; nothing where there is none.

    >>> between((-0.31, 0.31)), between(None)
    ('-0.31 to 0.31', '')
    """
    return f"{number(ends[0], 3)} to {number(ends[1], 3)}" if ends else ""


def observed_expected(finding: BiasFinding) -> tuple[str, str]:
    """Return what was observed and where it may lie; a violation of the service has no figures."""
    seen, ends = finding.observed, _broken(finding)
    if seen is None or ends is None:
        return NOTHING, NOTHING
    digits = next((n for n in range(3, 10) if number(seen, n) not in {number(end, n) for end in ends}), 9)
    return number(seen, digits), spread(ends, digits)


def sentence(finding: BiasFinding, said: Collection[str] = (), echoes: Sequence[str] = ()) -> str:
    """Return where a metric lies, which others say the same, and what may be behind it unless that is said."""
    known = any(told.startswith(f"{group(finding)}: ") and finding.hint in told for told in said)
    hint = "" if not finding.hint or known else plain(finding.hint, 300)
    same = f"So {'is' if len(echoes) == 1 else 'are'} {' and '.join(map(plain, echoes))}." if echoes else ""
    return " ".join(filter(None, (_numbers(finding), same, hint)))


def _numbers(finding: BiasFinding) -> str:
    if finding.observed is None:
        return plain(rounded(finding.description), 300)
    was = "" if finding.expected is None else f"The baseline had {number(finding.expected, 3)}."
    now = f"With 95% confidence it lies from {between(finding.interval)}." if finding.interval else ""
    return " ".join(filter(None, (was, now)))


def echoes(findings: Sequence[BiasFinding]) -> dict[tuple[str, str], list[str]]:
    """Return by group and metric which others are broken that say the same: KS, LP and TVD of two outcomes."""
    differences = {group(f): abs(f.observed) for f in findings if f.metric_name == "DPL" and f.observed is not None}
    said: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        times, size = _SAYS_THE_SAME.get(finding.metric_name), differences.get(group(finding))
        if times and size is not None and math.isclose(finding.observed or 0.0, times * size, rel_tol=1e-9):
            said.setdefault((group(finding), "DPL"), []).append(finding.metric_name)
    return said


def repeated(findings: Sequence[BiasFinding]) -> set[tuple[str, str]]:
    """Return group and metric of what says in other words, or of other groups, what another violation says."""
    same = {(place, name) for (place, _), names in echoes(findings).items() for name in names}
    of_all = {name: [_place(f) for f in findings if f.metric_name == name] for name in _OF_ALL}
    return same | {place for places in of_all.values() for place in places[1:]}


def once(report: BiasReport) -> dict[str, str]:
    """Return the group that what is the same for everybody is told with: the first in which it fired, or the first."""
    found: list[BiasFinding | BiasSides] = [*report.summary.findings, *report.summary.metrics]
    return {each.metric_name: group(each) for each in reversed(found) if each.metric_name in _OF_ALL}


def _place(finding: BiasFinding) -> tuple[str, str]:
    return group(finding), finding.metric_name


def gap(finding: BiasFinding) -> float:
    """Return how far a metric is outside of its range, 0 to 1: relative to it where that is large."""
    ends = _broken(finding)
    if finding.observed is None or not math.isfinite(finding.observed) or ends is None:
        return 1.0
    low, high = ends
    end = low if finding.observed < low else high
    return min(1.0, max(low - finding.observed, finding.observed - high, 0.0) / max(1.0, abs(end)))


def common(report: BiasReport) -> list[Pattern]:
    """Return what is behind several violations of a group, each once; what is part of a longer reason with that."""
    again = repeated(report.summary.findings)
    blamed = [finding for finding in report.summary.findings if finding.hint and _place(finding) not in again]
    found: dict[tuple[str, str], list[str]] = {}
    for finding in blamed:
        others = (each.hint for each in blamed if group(each) == group(finding) and finding.hint in each.hint)
        found.setdefault((group(finding), max(others, key=len)), []).append(finding.metric_name)
    return [Pattern(features=names, description=f"{of}: {hint}") for (of, hint), names in found.items() if names[1:]]


def demanded(report: BiasReport) -> Iterator[tuple[str, str]]:
    """Yield what was judged: metrics of groups, and the check on them."""
    for sides in _judged(report):
        yield subject(sides), check(sides.allowed_range)


def _judged(report: BiasReport) -> Iterator[BiasSides]:
    few, default = small(report), report.summary.mode == "default"
    for sides in report.summary.metrics:
        known = sides.allowed_range and sides.interval if default else sides.baseline is not None
        finite = sides.value is not None and (math.isfinite(sides.value) or not default)
        if known and finite and group(sides) not in few:
            yield sides


def undefined(metrics: Sequence[tuple[str, str | None]]) -> dict[str, list[str]]:
    """Return why metrics have no value, and which.

    >>> undefined([("DCA", "No row."), ("DPL", None), ("DCR", "No row.")])
    {'No row.': ['DCA', 'DCR']}
    """
    found: dict[str, list[str]] = {}
    for name, why in metrics:
        if why:
            found.setdefault(why, []).append(name)
    return found


def learned(baseline: BiasBaseline) -> Iterator[tuple[str, MetricEntry]]:
    """Yield the metrics of every group; what is the same for everybody only once."""
    said: set[str] = set()
    for name, entry in named(baseline.constraints).items():
        yield from ((name, metric) for metric in entry.metrics if metric.name not in said)
        said.update(_OF_ALL)


def extent(baseline: BiasBaseline) -> str:
    """Return how much a baseline knows."""
    groups: Mapping[str, FacetEntry] = named(baseline.constraints)
    names = {metric.name for entry in groups.values() for metric in entry.metrics}
    return f"{count(len(names), 'metric')} of {count(len(groups), 'group')}"
