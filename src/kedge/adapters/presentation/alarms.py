"""How alarms are said in a line: what they watch, from when on they alarm, and why they stand as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kedge.adapters.presentation.words import count, duration, number, plain, rounded
from kedge.domain.evaluation import BREACH

if TYPE_CHECKING:
    from kedge.domain.alarm import Alarm, Comparison, Worn
    from kedge.domain.standing import Standing

SIGNS: Final[dict[Comparison, str]] = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
VALUES: Final = 3  # that are told in a line


def watches(alarm: Alarm) -> str:
    """Return what an alarm watches.

    >>> from kedge.domain.alarm import Alarm
    >>> from kedge.domain.metric import Metric
    >>> watches(Alarm(name="drift", metric=Metric("data", "drift", (("Feature", "age"),))))
    'Average of drift (Feature=age) over 60 min'
    """
    if alarm.rule is not None:
        return f"the rule {plain(alarm.rule, 1000)}"
    if alarm.executions_of is not None:
        return f"executions of {alarm.executions_of} with violations"
    if alarm.retraining:
        return f"the last {alarm.retraining.rows:,} labelled rows of {alarm.retraining.schedule}"
    values = f"{alarm.statistic} of {subject(alarm)}"
    if alarm.metric and alarm.metric.dimensions:
        values += f" ({', '.join(f'{name}={plain(value)}' for name, value in alarm.metric.dimensions)})"
    return f"{values} over {duration(alarm.period_seconds)}"


def demands(alarm: Alarm) -> str:
    """Return when an alarm alarms.

    >>> from kedge.domain.alarm import Alarm, Lines
    >>> demands(Alarm(name="often", lines=Lines("hourly", "ERROR"), evaluation_periods=3, datapoints_to_alarm=2))
    '> 0 in 2 of 3 values'
    """
    if alarm.rule is not None:
        return "it holds"
    if alarm.executions_of is not None:
        return f"{alarm.least} of the last {count(alarm.evaluation_periods, 'execution')}"
    if alarm.retraining:
        return _worn(alarm.retraining)
    periods = alarm.evaluation_periods
    return f"{_limit(alarm)} in {alarm.least} of {count(periods, 'value')}" if periods > 1 else _limit(alarm)


def _worn(worn: Worn) -> str:
    error = [f"their {worn.metric} is past {number(worn.threshold)}"] if worn.threshold is not None else []
    time = [f"the last retraining is {duration(worn.every.total_seconds())} old"] if worn.every else []
    return " or ".join(error + time)


def why(standing: Standing) -> str:
    """Return why an alarm stands as it does, by the values that say so."""
    alarm, alert = standing.alarm, standing.alert
    if not (alarm.metric or alarm.lines):
        return rounded(plain(alert.reason, 500)) if alert.number else "not evaluated yet"
    if alert.state == "INSUFFICIENT_DATA":
        return f"no value of {subject(alarm)}"
    alarmed, points = alert.state == "ALARM", alert.datapoints
    if alarmed:
        points = tuple(point for point in points if BREACH[alarm.comparison_operator](point.value, alarm.threshold))
    if not points:
        return f"no value of {subject(alarm)}, which counts as {alarm.treat_missing_data}"
    values = ", ".join(number(point.value) for point in points[:VALUES]) + (", …" if points[VALUES:] else "")
    return (
        f"{subject(alarm)} {values} {_limit(alarm)}"
        if alarmed
        else f"{subject(alarm)} {values}, alarms {demands(alarm)}"
    )


def subject(alarm: Alarm) -> str:
    """Return whose values an alarm holds against its threshold."""
    if alarm.lines:
        return f"lines of {alarm.lines.schedule} with {plain(alarm.lines.text)!r}"
    return plain(alarm.metric.name, 200) if alarm.metric else alarm.name


def _limit(alarm: Alarm) -> str:
    return f"{SIGNS[alarm.comparison_operator]} {number(alarm.threshold)}"
