"""A window: a half-open interval of UTC time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = timedelta(hours=1)
# Months and years are no durations: they differ in length. The service allows 15 characters (ground-truth.md, 2.4).
DURATION = re.compile(
    r"(?=.{1,15}$)([-+]?)P(?=[T\d])(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time; one without a zone is UTC.

    >>> parse_time("2024-05-01T09:58:03Z")
    datetime.datetime(2024, 5, 1, 9, 58, 3, tzinfo=datetime.timezone.utc)
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SettingError(f"{text!r} is not a time.", next_step="Write it like 2024-05-01T09:00:00Z.") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds; a sign may stand before it.

    >>> parse_duration("-P8D"), parse_duration("PT1H30M")
    (datetime.timedelta(days=-8), datetime.timedelta(seconds=5400))

    Raises
    ------
    SettingError
        It is none, or longer than the 15 characters that the service allows.
    """
    match = DURATION.fullmatch(text)
    if match is None:
        raise SettingError(
            f"{text!r} is not a duration of weeks, days, hours, minutes and seconds, in 15 characters at most.",
            next_step="Write it like -P8D (eight days earlier) or -PT6H (six hours earlier).",
        )
    sign, *parts = match.groups(default="0")
    names = ("weeks", "days", "hours", "minutes", "seconds")
    try:
        duration = timedelta(**{name: float(part) for name, part in zip(names, parts, strict=True)})
    except OverflowError:
        raise SettingError(f"The duration {text!r} is too long.", next_step="Write it like -P8D.") from None
    return -duration if sign == "-" else duration


def format_time(time: datetime) -> str:
    """Write a time as the service does: UTC, whole seconds, ``Z``."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Window:
    """The instants from ``start`` up to, not including, ``end``."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise SettingError(
                f"The window ends ({format_time(self.end)}) before it starts ({format_time(self.start)}).",
                next_step="Give a start that is earlier than the end.",
            )

    def __contains__(self, time: datetime) -> bool:
        return self.start <= time < self.end

    def __or__(self, other: Window) -> Window:
        """Return the smallest window that covers both."""
        return Window(min(self.start, other.start), max(self.end, other.end))

    def shifted(self, start: timedelta, end: timedelta) -> Window:
        """Return the window with offsets added to its start and its end; negative ones look back.

        Raises
        ------
        SettingError
            Nothing is left between them, or they lead beyond the calendar.
        """
        try:
            return Window(self.start + start, self.end + end)
        except OverflowError:
            raise SettingError("The offsets lead beyond the calendar.", next_step="Give shorter ones.") from None

    def hours(self) -> Iterator[datetime]:
        """Yield the start of every hour that the window touches."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while hour < self.end:
            yield hour
            hour += HOUR
