"""A window: a half-open interval of UTC time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = timedelta(hours=1)


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

    def hours(self) -> Iterator[datetime]:
        """Yield the start of every hour that the window touches."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while hour < self.end:
            yield hour
            hour += HOUR
