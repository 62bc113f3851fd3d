"""What an alarm says of its values: how many of how many breach, and what counts where none came.

As values come late, more periods are looked at than are judged: what came judges, and only where that is too little
stands something else for what did not come (the specification, 8.7; the service's own table is in the tests).
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from kedge.domain.alarm import Evaluation
from kedge.domain.composite import holds, parse
from kedge.domain.metric import begun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from kedge.domain.alarm import Alarm, AlarmState, Comparison, Missing
    from kedge.domain.metric import Point

FARTHER: Final = 2  # periods that are looked at beyond those that are judged, as in the service
BREACH: Final[dict[Comparison, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
SAID: Final[dict[Comparison, str]] = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TREATED: Final[dict[Missing, str]] = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def evaluate(
    alarm: Alarm, points: Sequence[Point], now: datetime, state: AlarmState = "INSUFFICIENT_DATA"
) -> Evaluation:
    """Return what an alarm says.

    Parameters
    ----------
    alarm
        One that watches a metric or lines.
    points
        One value a period, at the period's start. The period that runs counts once it has one.
    now
        The present.
    state
        How it stood, which stays where missing data is ignored.
    """
    found = _looked_at(alarm, points, now)
    judged = [point for point in found if point][: alarm.evaluation_periods]
    breaching = [point for point in judged if _breaches(alarm, point)]
    absent, treated = alarm.evaluation_periods - len(judged), alarm.treat_missing_data
    if len(breaching) + (absent if treated == "breaching" else 0) >= alarm.least:
        said: AlarmState = "ALARM"
    elif treated in TREATED or len(breaching) < len(judged):
        said = "OK"
    elif treated == "ignore":
        said = state
    elif judged:
        said = "ALARM" if found.index(judged[-1]) + 1 >= alarm.least else "OK"
    else:
        said = "INSUFFICIENT_DATA"
    return Evaluation(said, _reason(alarm, judged, said), tuple(judged))


def since(alarm: Alarm, now: datetime) -> datetime:
    """Return the start of the first period that is looked at, at most."""
    return begun(now, alarm.period_seconds) - (alarm.evaluation_periods + FARTHER) * alarm.period


def due(alarm: Alarm, now: datetime) -> datetime:
    """Return when the period that runs is over, and a value of it is missed."""
    return begun(now, alarm.period_seconds) + alarm.period


def evaluate_executions(alarm: Alarm, verdicts: Sequence[Point]) -> Evaluation:
    """Return what an alarm says of executions: 1 is one with violations, the newest first (8.8)."""
    judged = tuple(verdicts[: alarm.evaluation_periods])
    violated = sum(point.value > 0 for point in judged)
    state: AlarmState = "ALARM" if violated >= alarm.least else "OK"
    executions = _counted(len(judged), "execution")
    reason = f"{violated} of the last {executions} found violations; it alarms from {alarm.least} on."
    return Evaluation(state, reason, judged)


def evaluate_rule(alarm: Alarm, states: Mapping[str, AlarmState]) -> Evaluation:
    """Return what a composite alarm says: whether its rule holds; an alarm that is not there has no data."""
    assert alarm.rule is not None, "it has one"
    rule = parse(alarm.rule)
    told = ", ".join(f"{name} is {states.get(name, 'INSUFFICIENT_DATA')}" for name in sorted(rule.names()))
    alarmed = holds(rule, states)
    return Evaluation("ALARM" if alarmed else "OK", f"The rule {'holds' if alarmed else 'does not hold'}: {told}.")


def _looked_at(alarm: Alarm, points: Sequence[Point], now: datetime) -> list[Point | None]:
    """Return the values of the periods that are looked at, the newest first."""
    known = {point.time: point for point in points}
    newest = begun(now, alarm.period_seconds)
    if newest not in known:
        newest -= alarm.period
    return [known.get(newest - back * alarm.period) for back in range(alarm.evaluation_periods + FARTHER)]


def _breaches(alarm: Alarm, point: Point) -> bool:
    return BREACH[alarm.comparison_operator](point.value, alarm.threshold)


def _reason(alarm: Alarm, judged: Sequence[Point], state: AlarmState) -> str:
    """Return why, in the words of the service."""
    periods = alarm.evaluation_periods
    absent = _absent(alarm, periods - len(judged))
    if not judged:
        return f"Insufficient Data: {_counted(periods, 'datapoint')} {_were(periods)} unknown.{absent}"
    fine = [point for point in judged if not _breaches(alarm, point)]
    breaching = [point for point in judged if point not in fine]
    told = breaching if state == "ALARM" and breaching else fine or breaching
    values = ", ".join(f"{point.value:.10g} ({point.time:%d/%m/%y %H:%M:%S})" for point in told)
    how_many = "1 datapoint" if periods == 1 else f"{len(told)} out of the last {periods} datapoints"
    is_not = " not" if told is fine else ""
    need = f" (minimum {_counted(alarm.least, 'datapoint')} for OK -> ALARM transition)" if periods > 1 else ""
    return (
        f"Threshold Crossed: {how_many} [{values}] {_were(len(told))}{is_not} {SAID[alarm.comparison_operator]}"
        f" the threshold ({alarm.threshold:.10g}){'' if is_not else need}.{absent}"
    )


def _absent(alarm: Alarm, absent: int) -> str:
    treated = TREATED.get(alarm.treat_missing_data)
    return (
        f" {_counted(absent, 'missing datapoint')} {_were(absent)} treated as [{treated}]."
        if absent and treated
        else ""
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
