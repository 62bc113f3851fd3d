"""When a schedule is due: the service's expressions, five-field cron, and words (scheduling-and-jobs.md, 7.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from kedge.domain.window import Window
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "NOW"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MOST_DAYS = 366 * 8 + 2  # between two slots at most: 29 February, around a century without one
HELP = (
    "Write cron(0 * ? * * *) or another one of the service's, five fields such as 15 6 * * mon-fri, every 10 minutes,"
    " hourly, daily, weekly, monthly, or NOW."
)
WORDS = {"hourly": "0 * * * *", "daily": "0 0 * * *", "weekly": "0 0 * * mon", "monthly": "0 0 1 * *"}
LONGEST = 366 * 24 * 60  # minutes between two slots
EVERY = re.compile(r"every (?:(\d+) )?minutes?", re.ASCII)
SERVICE = re.compile(r"cron\((.+)\)")
# minute, hour, day of the month, month, day of the week: each from, to, and the names from there on
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
STEP = re.compile(r"(\*|\w+(?:-\w+)?)(?:/(\d+))?", re.ASCII)


class Expression(Protocol):
    """The times at which a schedule is due, its slots: whole minutes, UTC."""

    def after(self, time: datetime) -> datetime | None:
        """Return the first slot later than ``time``; None where there is none."""
        ...

    def before(self, time: datetime) -> datetime | None:
        """Return the last slot earlier than ``time``; None where there is none."""
        ...


def parse(text: str) -> Expression:
    """Read a schedule's expression.

    Raises
    ------
    SettingError
        It is none, or there is no time at which it would be due.

    Examples
    --------
    >>> parse("cron(0 17/12 ? * * *)").after(datetime(2024, 5, 1, 9, tzinfo=UTC)).hour
    17
    """
    words = " ".join(text.split())
    if words.upper() == NOW:
        return Once()
    if match := EVERY.fullmatch(words.lower()):
        return _every(text, int(match[1] or 1))
    if match := SERVICE.fullmatch(words):
        return _cron(text, _five(text, match[1].split()))
    return _cron(text, WORDS.get(words.lower(), words).split())


def slots(expression: Expression, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the slots later than ``start`` and no later than ``end``, in order."""
    slot = expression.after(start)
    while slot is not None and slot <= end:
        yield slot
        slot = expression.after(slot)


def window(
    expression: Expression, slot: datetime, start: timedelta | None = None, end: timedelta | None = None
) -> Window:
    """Return what is analysed in a slot: what came since the slot before, so that every instant is in one window.

    With offsets it is what lies between them, counted from the slot.

    Raises
    ------
    SettingError
        The window is empty, or has no start: that of ``NOW`` needs both offsets.
    """
    if start is not None and end is not None:
        return Window(slot + start, slot + end)
    before = expression.before(slot)
    if before is None:
        raise SettingError(
            "A schedule that runs once has no slot before.",
            field="data_analysis_start_time",
            next_step="Give both offsets, such as -PT1H and PT0H.",
        )
    return Window(before if start is None else slot + start, slot if end is None else slot + end)


@dataclass(frozen=True)
class Once:
    """Due at once and never again: whoever declares it makes the slot."""

    def after(self, time: datetime) -> datetime | None:  # noqa: ARG002 - as of Expression
        """Return None."""
        return None

    def before(self, time: datetime) -> datetime | None:  # noqa: ARG002 - as of Expression
        """Return None."""
        return None


@dataclass(frozen=True)
class Every:
    """Due every so many minutes since 1970, whatever the number divides."""

    minutes: int

    def after(self, time: datetime) -> datetime:
        """Return the first slot later than ``time``."""
        return EPOCH + ((time - EPOCH) // self._step + 1) * self._step

    def before(self, time: datetime) -> datetime:
        """Return the last slot earlier than ``time``."""
        return EPOCH + (-((EPOCH - time) // self._step) - 1) * self._step

    @property
    def _step(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Cron:
    """Due in the minutes that five fields name. Of day of month and day of week either is enough, if both are named."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None

    def after(self, time: datetime) -> datetime | None:
        """Return the first slot later than ``time``."""
        day = time.astimezone(UTC).date()
        for _ in range(MOST_DAYS):
            if self._falls_on(day):
                found = next((slot for slot in self._slots(day) if slot > time), None)
                if found is not None:
                    return found
            day += DAY
        return None

    def before(self, time: datetime) -> datetime | None:
        """Return the last slot earlier than ``time``."""
        day = time.astimezone(UTC).date()
        for _ in range(MOST_DAYS):
            if self._falls_on(day):
                found = next((slot for slot in reversed(self._slots(day)) if slot < time), None)
                if found is not None:
                    return found
            day -= DAY
        return None

    def _falls_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month = self.days is not None and day.day in self.days
        of_week = self.weekdays is not None and day.isoweekday() % 7 in self.weekdays
        return of_month or of_week or (self.days is None and self.weekdays is None)

    def _slots(self, day: date) -> list[datetime]:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return [start + minute * MINUTE for minute in self._minutes_of_day]

    @cached_property
    def _minutes_of_day(self) -> tuple[int, ...]:
        return tuple(sorted(hour * 60 + minute for hour in self.hours for minute in self.minutes))


def _every(text: str, minutes: int) -> Every:
    if minutes > LONGEST:
        raise SettingError(f"{text!r} is more than a year.", field="schedule_expression", next_step=HELP)
    if minutes < 1:
        raise SettingError(f"{text!r} is never due.", field="schedule_expression", next_step=HELP)
    return Every(minutes)


def _five(text: str, fields: list[str]) -> list[str]:
    """Return the service's six fields as five: its year is any, and ``?`` says that a day is not named."""
    if len(fields) != 6 or fields[5] not in ("*", "?"):
        raise SettingError(
            f"{text!r} has no six fields of which the last is *.", field="schedule_expression", next_step=HELP
        )
    minute, hour, day, month, weekday, _ = fields
    if minute != "0" or (day, month, weekday) not in (("?", "*", "*"), ("*", "*", "?"), ("*", "*", "*")):
        raise SettingError(
            f"{text!r} is none that the service takes: it runs at minute 0, every day.",
            field="schedule_expression",
            next_step=HELP,
        )
    return [minute, hour, "*", "*", "*"]


def _cron(text: str, fields: list[str]) -> Cron:
    if len(fields) != len(RANGES):
        raise SettingError(f"{text!r} is no expression of a schedule.", field="schedule_expression", next_step=HELP)
    minutes, hours, days, months, weekdays = (
        _numbers(text, field.lower(), place) for place, field in enumerate(fields)
    )
    named = [
        None if field[0] in "*?" and "/" not in field else found
        for field, found in ((fields[2], days), (fields[4], weekdays))
    ]
    cron = Cron(minutes, hours, named[0], months, named[1] and frozenset(day % 7 for day in named[1]))
    if cron.after(EPOCH) is None:
        raise SettingError(f"{text!r} is never due.", field="schedule_expression", next_step="Name a day that exists.")
    return cron


def _numbers(text: str, field: str, place: int) -> frozenset[int]:
    """Return the numbers that a field names, such as ``*/15``, ``1-5`` or ``mon,thu``."""
    low, high = RANGES[place]
    found: set[int] = set()
    for part in field.replace("?", "*").split(","):
        match = STEP.fullmatch(part)
        if match is None:
            raise SettingError(
                f"{part!r} in {text!r} is no field of cron.", field="schedule_expression", next_step=HELP
            )
        span, step = match.groups()
        first, _, last = ("" if span == "*" else span).partition("-")
        start = _number(text, first, place) if first else low
        # 17/12 goes on to the end, as 17-23/12; 17 alone does not
        end = _number(text, last, place) if last else high if step or not first else start
        if not low <= start <= end <= high or step == "0":
            raise SettingError(
                f"{part!r} in {text!r} is not between {low} and {high}.", field="schedule_expression", next_step=HELP
            )
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, word: str, place: int) -> int:
    names = {3: MONTHS, 4: WEEKDAYS}.get(place, ())
    if word in names:
        return names.index(word) + RANGES[place][0]
    if not word.isdecimal():
        raise SettingError(f"{word!r} in {text!r} is no number.", field="schedule_expression", next_step=HELP)
    return int(word)
