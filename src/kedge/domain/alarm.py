"""Alarms: rules over metrics, lines of logs, executions, other alarms, or a model's errors; and how they stand.

The fields are those of the service's alarms, in snake_case (the specification, 8.7 and 8.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # fields of these types are told by their annotations
from typing import Any, ClassVar, Final, Literal, get_args

from kedge.domain.metric import Metric, Point

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Comparison = Literal[
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
Missing = Literal["missing", "notBreaching", "breaching", "ignore"]
Watched = Literal["metric", "lines", "executions_of", "rule", "retraining"]

STATES: Final[tuple[AlarmState, ...]] = get_args(AlarmState)
WATCHED: Final[tuple[Watched, ...]] = get_args(Watched)
MOST_PERIODS: Final = 100


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines that executions of a schedule printed and that have a text in them."""

    schedule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """When the model of a schedule is to be trained again: :class:`kedge.analysis.retraining.policy.Policy` of it.

    Parameters
    ----------
    schedule
        A schedule of model quality, whose executions leave the last labelled rows.
    threshold, metric, rows, least
        The error that asks: ``rmse`` or ``mae`` of the last ``rows``, of which ``least`` have to be there.
    every
        Or so long after the last retraining.
    cool_down, budget, period
        What holds it back: for so long after one was asked for, and at most ``budget`` in any ``period``.
    """

    schedule: str
    threshold: float | None = None
    metric: Literal["rmse", "mae"] = "rmse"
    rows: int = 100
    least: int | None = None
    every: timedelta | None = None
    cool_down: timedelta | None = None
    budget: int | None = None
    period: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A rule. It watches one of five: a metric, lines of logs, executions, other alarms, or how wrong a model is.

    Parameters
    ----------
    name, description
        Its name, and what it is for.
    metric
        The metric that it watches.
    lines
        Or the lines that it counts.
    executions_of
        Or the schedule of whose executions those with violations count: the service's monitoring alert.
    rule
        Or what is to hold of other alarms, as :func:`kedge.domain.composite.parse` reads it.
    retraining
        Or when a model is to be trained again: each time that it goes to ``ALARM`` asks for one.
    statistic
        What makes one value of those of a period, as :func:`kedge.domain.metric.statistic_of` knows it.
    period
        How long a period is; periods are counted from 1970 on.
    evaluation_periods, datapoints_to_alarm
        How many of how many values must breach; None is all.
    threshold, comparison_operator
        What a breach is.
    treat_missing_data
        What a period counts for in which nothing came.
    actions_enabled
        Whether anybody is told.
    """

    kind: ClassVar[Literal["alarm"]] = "alarm"

    name: str
    description: str = ""
    metric: Metric | None = None
    lines: Lines | None = None
    executions_of: str | None = None
    rule: str | None = None
    retraining: Worn | None = None
    statistic: str = "Average"
    period: timedelta = timedelta(hours=1)
    evaluation_periods: int = 1
    datapoints_to_alarm: int | None = None
    threshold: float = 0.0
    comparison_operator: Comparison = "GreaterThanThreshold"
    treat_missing_data: Missing = "missing"
    actions_enabled: bool = True

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by: its schedule, where it watches one."""
        return {"name": self.name, "parent": self.schedule or ""}

    @property
    def schedule(self) -> str | None:
        """The schedule whose executions it watches."""
        of = self.lines or self.retraining
        return of.schedule if of else self.executions_of

    @property
    def watched(self) -> tuple[Watched, ...]:
        """What it watches: one, where it keeps the rules."""
        return tuple(name for name in WATCHED if getattr(self, name) is not None)

    @property
    def has_threshold(self) -> bool:
        """Whether it holds values against its threshold."""
        return self.rule is None and self.retraining is None

    @property
    def period_seconds(self) -> float:
        """How long a period is, in seconds."""
        return self.period.total_seconds()

    @property
    def least(self) -> int:
        """How many values must breach."""
        return self.datapoints_to_alarm or self.evaluation_periods


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an alarm says: its state, why, and the values that say so, the newest first."""

    state: AlarmState
    reason: str
    datapoints: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """How an alarm stands, since it last went from one state to another.

    Parameters
    ----------
    name
        The alarm's.
    state, previous
        How it stands, and how it stood before.
    reason, datapoints
        Why.
    since
        When it went.
    number
        How often it has gone from one state to another; 0 is an alarm that never did.
    """

    kind: ClassVar[Literal["alert"]] = "alert"

    name: str
    state: AlarmState = "INSUFFICIENT_DATA"
    previous: AlarmState = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    datapoints: tuple[Point, ...] = ()
    since: datetime | None = None
    number: int = 0

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by: how it stands, and since when."""
        return {"name": self.name, "parent": self.name, "status": self.state, "time": self.since}


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nobody is told of an alarm for a while; it is evaluated as ever."""

    kind: ClassVar[Literal["silence"]] = "silence"

    name: str
    until: datetime
    by: str = ""
    reason: str = ""

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name, "parent": self.name, "time": self.until}

    def holds(self, now: datetime) -> bool:
        """Return whether it is not over."""
        return now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody looks after an alert, the one of this number; the next one is not theirs."""

    kind: ClassVar[Literal["acknowledgement"]] = "acknowledgement"

    name: str
    number: int
    time: datetime
    by: str = ""
    reason: str = ""

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name, "parent": self.name, "time": self.time}

    def of(self, alert: Alert) -> bool:
        """Return whether it is of this alert."""
        return self.number == alert.number
