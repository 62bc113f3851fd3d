"""What a report of model quality says, in words: the same on the page and in the terminal."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from kedge.adapters.presentation import sentences
from kedge.adapters.presentation.words import NOTHING, count, duration, number, percent, plain, rounded, some, trimmed
from kedge.analysis.report import Pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from kedge.analysis.quality.documents import Demands, MetricValue
    from kedge.analysis.quality.report import MetricFinding, Selected
    from kedge.analysis.quality.summary import Coverage, QualityReport

CONSTANT = "_best_constant_classifier"
_BEYOND = {"LessThanThreshold": "below threshold", "GreaterThanThreshold": "above threshold"}
_BOUND = {"LessThanThreshold": "at least ", "GreaterThanThreshold": "at most "}
# Each is the other, or what the other lacks to 1.
_SAYS_THE_SAME = {
    "true_positive_rate": "recall",
    "false_negative_rate": "recall",
    "true_negative_rate": "false_positive_rate",
    "weighted_recall": "accuracy",
}
_SIGN = {"LessThanThreshold": "≥", "GreaterThanThreshold": "≤"}


def verdict(report: QualityReport) -> str:
    """Return the outcome in one line."""
    summary = report.summary
    if summary.held_back and not summary.findings:
        return "Held back: too few rows have a label"
    fired = {finding.metric_name for finding in summary.findings if finding.segment is None}
    segments = {finding.segment for finding in summary.findings if finding.segment is not None}
    metrics = count(len(_demanded(report) | fired) or len(summary.metrics), "metric")
    places = [f"{len(fired):,} of {metrics}"] if fired else []
    places += [count(len(segments), "segment")] if segments else []
    fires = count(len(summary.findings), "violation")
    return f"{fires} in {' and '.join(places)}" if places else f"No violations in {metrics}"


def subject(metric: str, segment: str | None) -> str:
    """Return what is judged.

    >>> subject("recall", None), subject("recall", "SEX=2")
    ('recall', 'recall, SEX=2')
    """
    return metric if segment is None else f"{metric}, {segment}"


def check(operator: str) -> str:
    """Return what a metric is that breaks a constraint.

    >>> check("LessThanThreshold")
    'below threshold'
    """
    return _BEYOND.get(operator, operator)


def observed_expected(finding: MetricFinding) -> tuple[str, str]:
    """Return what was observed, and the threshold; a violation of the service has no figures."""
    if finding.observed is None or finding.expected is None:
        return NOTHING, NOTHING
    seen, bound = sentences.apart(finding.observed, finding.expected)
    return seen, _BOUND.get(finding.constraint_check_type, "") + trimmed(bound)


def sentence(finding: MetricFinding, said: Collection[str] = (), echoes: Sequence[str] = ()) -> str:
    """Return how far off a metric is, which others say the same, and what may be behind it unless that is said."""
    hint = "" if not finding.hint or finding.hint in said else plain(finding.hint, 300)
    same = f"So {'is' if len(echoes) == 1 else 'are'} {' and '.join(map(plain, echoes))}." if echoes else ""
    return " ".join(filter(None, (_numbers(finding), same, hint)))


def _numbers(finding: MetricFinding) -> str:
    if finding.observed is None or finding.expected is None:
        return plain(rounded(finding.description), 300)
    before, allowed, rows = (finding.detail.get(key) for key in ("baseline", "allowed", "counted"))
    off = abs(finding.observed - finding.expected)
    moved = before is not None and not math.isclose(before, finding.expected)
    was = f"The baseline had {number(before, 3)}." if moved else ""
    seen, chance = sentences.apart(off, allowed, fewest=2) if allowed else (number(off, 2), "")
    told = f"Off by {seen}" + (f" where chance allows {chance}" if chance else "")
    return " ".join(filter(None, (was, told + ("." if rows is None else f", over {count(rows, 'row')}."))))


def echoes(findings: Sequence[MetricFinding]) -> dict[tuple[str | None, str], list[str]]:
    """Return by segment and metric which others are broken that say the same in other words."""
    broken = {(finding.segment, finding.metric_name) for finding in findings}
    said: dict[tuple[str | None, str], list[str]] = {}
    for finding in findings:
        other = (finding.segment, _SAYS_THE_SAME.get(finding.metric_name, ""))
        if other in broken:
            said.setdefault(other, []).append(finding.metric_name)
    return said


def gap(finding: MetricFinding) -> float:
    """Return how far a metric is from its threshold, 0 to 1: relative to it where that is large."""
    if finding.observed is None or finding.expected is None:
        return 1.0
    return min(1.0, abs(finding.observed - finding.expected) / max(1.0, abs(finding.expected)))


def common(report: QualityReport) -> list[Pattern]:
    """Return what is behind several violations, each once."""
    hints = Counter(finding.hint for finding in report.summary.findings if finding.hint)
    return [
        Pattern(
            features=[subject(f.metric_name, f.segment) for f in report.summary.findings if f.hint == hint],
            description=hint,
        )
        for hint, times in hints.items()
        if times > 1
    ]


def demanded(report: QualityReport) -> Iterator[tuple[str, str]]:
    """Yield what was judged: metrics and the checks on them, then those of segments."""
    for name, sides in report.summary.metrics.items():
        if sides.threshold is not None and sides.operator is not None:
            yield name, check(sides.operator)
    parts = (report.baseline and report.baseline.constraints.segment_constraints) or []
    for part in parts if report.summary.mode == "default" else ():
        seen = _segment(report, part.segment, part.value)
        yield from _of_segment(part, f"{part.segment}={part.value}", seen)


def _segment(report: QualityReport, column: str, value: str) -> Mapping[str, MetricValue]:
    found = (report.statistics.segments or {}).get(column, {}).get(value)
    return found.scalars if found else {}


def _of_segment(part: Demands, segment: str, seen: Mapping[str, MetricValue]) -> Iterator[tuple[str, str]]:
    for name, demand in part.metrics.items():
        if name in seen:
            yield subject(name, segment), check(demand.comparison_operator)


def _demanded(report: QualityReport) -> set[str]:
    return {name for name, sides in report.summary.metrics.items() if sides.threshold is not None}


# --- metrics --------------------------------------------------------------------------------------------


def measured(value: float | None, deviation: float | None = None) -> str:
    """Return a metric with its standard deviation.

    >>> measured(0.81234, 0.00341), measured(0.5), measured(None)
    ('0.8123 ± 0.0034', '0.5', '–')
    """
    told = number(value)
    return told if told == NOTHING else told + _chance(deviation)


def bound(operator: str | None, threshold: float | None) -> str:
    """Return what is demanded of a metric.

    >>> bound("LessThanThreshold", 0.81), bound(None, None)
    ('≥ 0.81', '–')
    """
    return f"{_SIGN[operator]} {number(threshold)}" if operator else NOTHING


def _chance(deviation: float | None) -> str:
    return "" if deviation is None else f" ± {number(deviation, 2)}"


# --- labels ---------------------------------------------------------------------------------------------


def coverage(found: Coverage | None) -> str:
    """Return how much of the traffic has a label, and how late labels come; nothing where labels came with the data."""
    if found is None or not (found.labels or found.orphans or found.labelled < found.captures):
        return ""
    captures = count(found.captures, "capture" if found.labels or found.orphans else "row")
    have = f"{percent(found.share)} of {captures} {'has' if found.captures == 1 else 'have'} a label"
    others = [f"{count(found.orphans, 'label')} without a capture"] if found.orphans else []
    others += [f"{found.corrected:,} corrected"] if found.corrected else []
    others += [f"{found.unreadable:,} unreadable"] if found.unreadable else []
    return "; ".join(filter(None, (have, lateness(found), ", ".join(others))))


def lateness(found: Coverage) -> str:
    """Return how late labels come; empty where it is not known."""
    ages = ((found.age_p50_seconds, "half of them"), (found.age_p90_seconds, "nine tenths"))
    return ", ".join(f"{which} within {duration(age)}" for age, which in ages if age is not None)


def biased(selected: list[Selected]) -> str:
    """Return what it means that rows with a label are others than those without; empty where they are not."""
    names = some([each.feature for each in selected], 5)
    differ = f"Labelled rows differ from unlabelled ones in {names}"
    return f"{differ}: the metrics are about a biased sample." if selected else ""
