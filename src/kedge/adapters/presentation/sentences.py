"""What a report found, in sentences: the same on the page and in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from kedge.adapters.presentation.words import NOTHING, count, distance, number, percent, plain, rounded, span, trimmed
from kedge.analysis.report import Finding
from kedge.analysis.severity import SEVERITIES
from kedge.analysis.usual import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kedge.analysis.anomalies import Anomalies, OddRow
    from kedge.analysis.replay import Replay, Replayed
    from kedge.analysis.report import Report
    from kedge.analysis.severity import Severity

Fired = TypeVar("Fired")
# Shapes, so that nothing hangs on a colour.
MARKS: dict[Severity, str] = {"error": "▲", "warning": "◆", "notice": "●"}
_PLAINLY = {
    "missing_column_check": "The baseline has this column, the window does not.",
    "extra_column_check": "The window has this column, the baseline does not.",
}
_FORMATS = {
    "data_type_check": (percent, 1),
    "completeness_check": (percent, 1),
    "categorical_values_check": (percent, 1),
    "baseline_drift_check": (distance, 3),
    "value_range_check": (percent, 1),
    "sql_check": (percent, 1),
    "anomaly_check": (percent, 1),
}
# What is demanded of the window as a whole; its findings name no feature.
_WHOLE = ("row_count_check", "sql_check")
_UNUSUAL = 3  # values of a row that are named
# A move is not to be broken over two lines.
_TO = "\N{NO-BREAK SPACE}→\N{NO-BREAK SPACE}"
# What keeps words and names together is for screens that know it; others show boxes.
ISOLATES = dict.fromkeys(map(ord, "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"))
_COLUMNS = {"missing_column_check": ("absent", "present"), "extra_column_check": ("present", "absent")}


def names(report: Report) -> list[str]:
    """Return every feature that the baseline, the window or a violation names, in the order of the data."""
    demanded = [feature.name for feature in report.baseline.constraints.features]
    accused = [finding.feature_name for finding in findings(report)]
    return list(dict.fromkeys([*report.baseline_features, *report.profile.features, *demanded, *accused]))


def findings(report: Report) -> list[Finding]:
    """Return the violations with their reasons; a report of the service has violations alone."""
    return report.summary.findings or [
        Finding(**violation.model_dump(include=set(Finding.model_fields))) for violation in report.violations.violations
    ]


def by_feature(report: Report) -> dict[str, list[Finding]]:
    """Return the violations of each feature, worst first."""
    return worst_first(findings(report), lambda finding: finding.feature_name, _rank)


def worst_first(
    fired: Iterable[Fired], subject: Callable[[Fired], str], rank: Callable[[Fired], tuple[float, ...]]
) -> dict[str, list[Fired]]:
    """Return violations by what they are of, worst first; what is as bad by how many there are."""
    groups: dict[str, list[Fired]] = {}
    for each in sorted(fired, key=rank):
        groups.setdefault(subject(each), []).append(each)
    return dict(sorted(groups.items(), key=lambda item: (*rank(item[1][0]), -len(item[1]))))


def _rank(finding: Finding) -> tuple[int, float]:
    return SEVERITIES.index(finding.severity), -gap(finding)


def verdict(report: Report) -> str:
    """Return the outcome in one line."""
    every = findings(report)
    whole = {finding.feature_name for finding in every if finding.constraint_check_type in _WHOLE}
    fired = {finding.feature_name for finding in every} - whole
    features = count(len(set(names(report)) - whole), "feature")
    places = [f"{len(fired):,} of {features}"] if fired else []
    places += ["the window as a whole"] if whole else []
    return f"{count(len(every), 'violation')} in {' and '.join(places)}" if every else f"No violations in {features}"


def replayed(replay: Replay) -> str:
    """Return the outcome of a replay in one line."""
    then, now = replay.alarms
    return f"{now:,} of {count(len(replay.windows), 'window')} would alarm, {then:,} did"


def when(window: Replayed) -> str:
    """Return the time of a replayed window, or, where none is known, its report."""
    start, end = window.window_start, window.window_end
    return span(start, end) if start and end else plain(window.report)


def check(finding: Finding) -> str:
    """Return the check's name in plain words."""
    return in_words(finding.constraint_check_type)


def in_words(kind: str) -> str:
    """Return what violations of a kind are called by a person.

    >>> in_words("baseline_drift_check")
    'baseline drift'
    """
    return kind.removesuffix("_check").replace("_", " ")


def sentence(finding: Finding) -> str:
    """Return in plain words what is wrong, with the numbers behind it and what may be the reason.

    A finding of the service, or of a check of somebody else, speaks for itself.
    """
    kind = finding.constraint_check_type
    try:
        said = _IN_NUMBERS[kind](finding)
    except KeyError:
        said = _PLAINLY.get(kind) or plain(rounded(finding.description), 300)
    return f"{said} {plain(finding.hint, 300)}" if finding.hint else said


def observed_expected(finding: Finding) -> tuple[str, str]:
    """Return what was observed and what was expected, in no more digits than it takes to tell them apart."""
    kind, observed, expected = finding.constraint_check_type, finding.observed, finding.expected
    if kind in _COLUMNS:
        return _COLUMNS[kind]
    if not (isinstance(observed, int | float) and isinstance(expected, int | float)):
        return _said(observed), _said(expected)
    seen, bound = apart(observed, expected, *_FORMATS.get(kind, (number, 3)))
    limit = "" if bound == "100%" else "at most " if observed > expected else "at least "
    return seen, limit + trimmed(bound)


def apart(one: float, other: float, say: Callable[..., str] = number, fewest: int = 3) -> tuple[str, str]:
    """Return two numbers in the fewest digits that tell them apart.

    >>> apart(0.8101, 0.81), apart(0.5, 0.5)
    (('0.8101', '0.81'), ('0.5', '0.5'))
    """
    pairs = ((say(one, digits), say(other, digits)) for digits in range(fewest, 17))
    return next((pair for pair in pairs if pair[0] != pair[1]), (say(one), say(other)))


def gap(finding: Finding) -> float:
    """Return how far observed and expected lie apart, 0 to 1: most checks compare shares or distances."""
    observed, expected = finding.observed, finding.expected
    if finding.constraint_check_type in _COLUMNS:
        return 1.0
    if isinstance(observed, int | float) and isinstance(expected, int | float):
        return min(1.0, abs(observed - expected))
    return 1.0


def standing_out(anomalies: Anomalies) -> str:
    """Return how many rows stand out.

    >>> from kedge.analysis.anomalies import Anomalies
    >>> standing_out(Anomalies(rows=2000, odd=1)), standing_out(Anomalies(rows=9))
    ('1 of 2,000 rows stands out', '0 of 9 rows stand out')
    """
    return f"{anomalies.odd:,} of {count(anomalies.rows, 'row')} stand{'s' if anomalies.odd == 1 else ''} out"


def unusual(row: OddRow) -> list[str]:
    """Return what is unusual in a row: each value with its distance from the median, the farthest first."""
    said = []
    for name, apart in list(row.deviations.items())[:_UNUSUAL]:
        value = f" {_said(row.row[name])}" if row.row and name in row.row else ""
        far = number(abs(apart), 2) if abs(apart) < FARTHEST else "a billion or more"
        said.append(f"{_isolated(name)}{value}, {far} deviations {'above' if apart > 0 else 'below'}")
    more = len(row.deviations) - _UNUSUAL
    return [*said, count(more, "other")] if more > 0 else said or ["no single value, but the row as a whole"]


def _data_type(finding: Finding) -> str:
    detail = finding.detail
    wrong, kind = detail["present"] - detail["matching"], plain(detail["expected_type"])
    return f"{_of_values(wrong, detail['present'])} not {kind}."


def _completeness(finding: Finding) -> str:
    missing, present = finding.detail["missing"], finding.detail["present"]
    return f"{_of_values(missing, missing + present)} missing."


def _categorical_values(finding: Finding) -> str:
    outside, present = finding.detail["outside"], finding.detail["present"]
    such_as = ", ".join(f"“{_isolated(name)}”" for name in finding.detail["unknown"])
    unknown = f"{_of_values(outside, present)} none that the baseline has"
    return f"{unknown}, such as {such_as}." if such_as else f"{unknown}."


def _baseline_drift(finding: Finding) -> str:
    before, after = finding.detail["baseline"], finding.detail["window"]
    if "median" in before:
        moves = [(word, number(before[key], 3), number(after[key], 3)) for word, key in _MOVES]
    else:
        moves = [(f"“{_isolated(name)}”", percent(before[name]), percent(after[name])) for name in before]
    said = ", ".join(f"{name} {old}{_TO}{new}" for name, old, new in moves)
    return f"{said[:1].upper()}{said[1:]}."


def _non_negative(finding: Finding) -> str:
    return f"{finding.detail['negative']:,} of {count(finding.detail['numbers'], 'number')} are negative."


def _value_range(finding: Finding) -> str:
    outside, numbers = finding.detail["outside"], finding.detail["numbers"]
    known, found = (
        f"{number(finding.detail[side]['min'], 3)} to {number(finding.detail[side]['max'], 3)}"
        for side in ("baseline", "window")
    )
    return f"{outside:,} of {count(numbers, 'number')} lie outside of {known}; they reach from {found}."


def _unique(finding: Finding) -> str:
    return f"{finding.detail['repeated']:,} of {count(finding.detail['present'], 'value')} repeat an earlier one."


def _row_count(finding: Finding) -> str:
    return f"The window has {count(finding.detail['window'], 'row')}."


def _sql(finding: Finding) -> str:
    detail = finding.detail
    return f"{plain(detail['expression'], 200)} is false in {detail['broken']:,} of {count(detail['rows'], 'row')}."


def _anomaly(finding: Finding) -> str:
    detail = finding.detail
    far = f"{detail['outside']:,} of {count(detail['values'], 'value')}"
    return f"{far} are outside of {number(detail['low'], 3)} to {number(detail['high'], 3)}."


_MOVES = (("median", "median"), ("mean", "mean"), ("std", "std_dev"))
_IN_NUMBERS = {
    "data_type_check": _data_type,
    "completeness_check": _completeness,
    "categorical_values_check": _categorical_values,
    "baseline_drift_check": _baseline_drift,
    "non_negative_check": _non_negative,
    "value_range_check": _value_range,
    "unique_check": _unique,
    "row_count_check": _row_count,
    "sql_check": _sql,
    "anomaly_check": _anomaly,
}


def _of_values(some: int, values: int) -> str:
    return f"{some:,} of {count(values, 'value')} {'is' if some == 1 else 'are'}"


def _isolated(name: str) -> str:
    """Keep the direction of a name from turning the sentence around it."""
    return f"\N{FIRST STRONG ISOLATE}{plain(name, 30)}\N{POP DIRECTIONAL ISOLATE}"


def _said(value: float | str | None) -> str:
    if isinstance(value, int | float):
        return number(value)
    return NOTHING if value is None else plain(value)
