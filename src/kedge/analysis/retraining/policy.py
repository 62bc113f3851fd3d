"""When to retrain: by the error on the last labelled rows, or at regular intervals; not too soon, nor too often.

The policy of the paper's section 5.1, *Value of Adaptive Retraining*, and the one that it is compared with. It is pure:
the same rows, the same past and the same time give the same decision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from kedge.analysis.retraining.recent import ROWS, Metric
from kedge.domain.window import format_time
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.analysis.retraining.recent import Recent

Verdict = Literal["retrain", "hold", "keep"]
NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Policy:
    """What asks for a retraining, and what may hold it back.

    Parameters
    ----------
    threshold
        Adaptive: the error on the last rows that is past it asks, in the unit of the metric. None: no error does.
    rows
        The error is that of the last so many labelled rows which the model now in force answered.
    least
        With fewer of them nothing is said of the error, 1 to ``rows``. None: all of them have to be there.
    metric
        ``rmse`` as in the paper, or ``mae``, which of right and wrong classes is the share of wrong ones.
    every
        At regular intervals: so long after the last retraining was asked for, another one is. None: no time does.
    cool_down
        For so long after a retraining was asked for none is.
    budget, period
        In any ``period`` at most so many are asked for; without a period, ever. None: as many as are needed.

    Raises
    ------
    SettingError
        Nothing would ever ask, or a value is unusable.
    """

    threshold: float | None = None
    rows: int = ROWS
    least: int | None = None
    metric: Metric = "rmse"
    every: timedelta | None = None
    cool_down: timedelta = NOTHING
    budget: int | None = None
    period: timedelta | None = None

    def __post_init__(self) -> None:
        for trouble, field, next_step in self._troubles():
            raise SettingError(trouble, field=field, next_step=next_step)

    @property
    def needed(self) -> int:
        """How many rows it takes to say something of the error."""
        return self.rows if self.least is None else self.least

    def _troubles(self) -> Iterator[tuple[str, str, str]]:
        if self.threshold is None and self.every is None:
            yield "Nothing ever asks for a retraining.", "threshold", "Give a threshold, every, or both."
        if self.threshold is not None and not _is_distance(self.threshold):
            yield f"{self.threshold!r} is no error.", "threshold", "Give a number that is not negative, such as 0.5."
        if self.metric not in get_args(Metric):
            yield f"There is no metric {self.metric!r}.", "metric", "Choose rmse or mae."
        for field in ("rows", "least", "budget"):
            if (count := getattr(self, field)) is not None and not _is_count(count):
                yield f"{count!r} is not a number from 1 on.", field, "Give a whole number, such as 100."
        if self.needed > self.rows:
            yield f"{self.least} rows are never seen among {self.rows}.", "least", f"Give {self.rows} or fewer."
        for field in ("every", "period", "cool_down"):
            if (time := getattr(self, field)) is not None and not _is_duration(time, none=field == "cool_down"):
                yield f"{time!r} is no time to wait.", field, "Give a duration, such as P1D."
        if self.period is not None and self.budget is None:
            yield "A period without a budget bounds nothing.", "budget", "Say how many retrainings it may have."


@dataclass(frozen=True, slots=True)
class Retraining:
    """One that was asked for: when, when it ended (None: it is under way), and whether its model is in force since."""

    asked: datetime
    ended: datetime | None = None
    succeeded: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done, and why.

    Attributes
    ----------
    verdict
        ``retrain``; ``hold``, where something asks and something else holds it back; ``keep``, where nothing asks.
    reason
        In sentences, with the figures.
    error, rows
        The error of the model in force, and on how many of its rows; None where there are too few to say.
    until
        When what holds it back is over; None where nothing does, or where nobody knows.
    """

    verdict: Verdict
    reason: str
    error: float | None
    rows: int
    until: datetime | None = None


def decide(
    policy: Policy, recent: Recent, now: datetime, started: datetime, retrainings: Sequence[Retraining] = ()
) -> Decision:
    """Decide whether to retrain.

    Only rows that the model in force answered count, those from the end of the last retraining that succeeded on: what
    its predecessor got wrong is no reason to replace it. Until a retraining has ended no other is asked for. One that
    failed leaves the old model in force; it counts for the cool-down and the budget, as it was paid for.

    Parameters
    ----------
    recent
        At least the last ``policy.rows`` labelled rows.
    now
        The time of the decision.
    started
        Since when the first model is in force; regular intervals count from there.
    retrainings
        All that were ever asked for, in any order.

    Examples
    --------
    >>> import numpy as np
    >>> from datetime import UTC
    >>> from kedge.analysis.retraining.recent import Recent
    >>> day = datetime(2026, 11, 1, tzinfo=UTC)
    >>> minutes = np.datetime64("2026-11-01T00:00") + np.arange(100).astype("timedelta64[m]")
    >>> recent = Recent().update(minutes, np.arange(100), np.full(100, 0.75))
    >>> decide(Policy(0.5), recent, day + timedelta(hours=2), day)
    Decision(verdict='retrain', reason='The rmse of the last 100 labelled rows is 0.75, past 0.5.', error=0.75,
             rows=100, until=None)
    >>> past = [Retraining(day - timedelta(days=1), day - timedelta(hours=23))]
    >>> decide(Policy(0.5, cool_down=timedelta(days=2)), recent, day + timedelta(hours=2), day, past).verdict
    'hold'
    >>> decide(Policy(0.8), recent, day + timedelta(hours=2), day).reason
    'The rmse of the last 100 labelled rows is 0.75, not past 0.8.'
    """
    force = max((r for r in retrainings if r.succeeded and r.ended), key=_ended, default=Retraining(started, started))
    own = recent.since(_ended(force)).last(policy.rows)
    error = own.error(policy.metric) if len(own) >= policy.needed else None
    asks, remarks = _asking(policy, error, len(own), now, force.asked)
    if not asks:
        return Decision("keep", " ".join(remarks), error, len(own))
    holds = list(_holding(policy, now, retrainings))
    if not holds:
        return Decision("retrain", " ".join(asks), error, len(own))
    ends = [end for _, end in holds]
    until = None if None in ends else max(end for end in ends if end)
    return Decision("hold", " ".join([*asks, *(sentence for sentence, _ in holds)]), error, len(own), until)


def _asking(
    policy: Policy, error: float | None, rows: int, now: datetime, last: datetime
) -> tuple[list[str], list[str]]:
    """Return, in sentences, what asks for a retraining, and what does not."""
    asks: list[str] = []
    remarks: list[str] = []
    if policy.threshold is not None:
        if error is None:
            remarks.append(f"The model in force has {rows} labelled rows of the {policy.needed} that it takes.")
        else:
            is_past = error > policy.threshold
            said = f"The {policy.metric} of the last {rows} labelled rows is {error:.6g},"
            (asks if is_past else remarks).append(f"{said} {'past' if is_past else 'not past'} {policy.threshold:g}.")
    if policy.every is not None:
        is_due = now - last >= policy.every
        said = f"The last model was asked for at {format_time(last)},"
        (asks if is_due else remarks).append(f"{said} {'at least' if is_due else 'less than'} {policy.every} ago.")
    return asks, remarks


def _holding(policy: Policy, now: datetime, retrainings: Sequence[Retraining]) -> Iterator[tuple[str, datetime | None]]:
    """Yield what holds a retraining back, in a sentence, and when that is over."""
    asked = sorted(retraining.asked for retraining in retrainings)
    if any(retraining.ended is None for retraining in retrainings):
        yield "One is under way.", None
    if asked and now < (end := asked[-1] + policy.cool_down):
        yield f"The cool-down lasts until {format_time(end)}.", end
    if policy.budget is not None and len(asked) >= policy.budget:
        free = asked[-policy.budget] + policy.period if policy.period else None
        if free is None or now < free:
            yield f"The budget of {policy.budget} is spent{f' until {format_time(free)}' if free else ''}.", free


def _ended(retraining: Retraining) -> datetime:
    return retraining.ended or retraining.asked


def _is_distance(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_duration(value: object, *, none: bool) -> bool:
    return isinstance(value, timedelta) and (value > NOTHING or (none and value == NOTHING))
