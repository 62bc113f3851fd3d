"""Profiles that are kept: whose they are, of what time, where they lie, and what they were made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from kedge.domain.record import Record
from kedge.domain.window import HOUR, Window, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND: Final = "profile"
DAY: Final = timedelta(days=1)
NO_VARIANT: Final = "-"  # of plain files; no name is like it

Level = Literal["hour", "day", "month", "other"]
RollUp = Literal["day", "month"]
LEVELS: Final[tuple[Level, ...]] = ("hour", "day", "month", "other")
ROLL_UPS: Final[tuple[RollUp, ...]] = ("day", "month")


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """Whose profiles they are; ``variant`` is ``-`` for files that know none."""

    monitor: str
    endpoint: str
    variant: str = NO_VARIANT

    def __str__(self) -> str:
        return f"{self.monitor}/{self.endpoint}/{self.variant}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A profile that is kept.

    Parameters
    ----------
    window
        Its time.
    url, place
        The file, and which of its profiles it is.
    content
        A hash of it.
    rows
        How many it remembers.
    made_of
        Of one that was merged: the names of those it was merged from, and their hashes.
    gaps
        Of one that was merged: for what time there was none.
    """

    window: Window
    url: str
    place: int = 0
    content: str = ""
    rows: int = 0
    made_of: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Window, ...] = ()

    @property
    def level(self) -> Level:
        """How long its window is: an hour, a day or a month of the calendar, or something else."""
        return level_of(self.window)

    @property
    def name(self) -> str:
        """Its name among those of its owner."""
        start, end = (format_time(time) for time in (self.window.start, self.window.end))
        return f"{self.level}/{start}" + (f"--{end}" if self.level == "other" else "")

    def to_record(self, owner: Owner, before: Record | None) -> Record:
        """Return the record that takes the place of the one ``before``."""
        document: dict[str, Any] = {
            "window": _told(self.window),
            "url": self.url,
            "place": self.place,
            "content": self.content,
            "rows": self.rows,
            "made_of": dict(self.made_of),
            "gaps": [_told(gap) for gap in self.gaps],
        }
        return Record(
            KIND,
            f"{owner}/{self.name}",
            document,
            parent=str(owner),
            status=self.level,
            time=self.window.start,
            version=before.version if before else 0,
            created=before.created if before else None,
        )

    @classmethod
    def from_record(cls, record: Record) -> Self:
        """Read what :meth:`to_record` wrote."""
        document = dict(record.document)
        window, gaps = _window(document.pop("window")), tuple(map(_window, document.pop("gaps")))
        return cls(window=window, gaps=gaps, **document)


def level_of(window: Window) -> Level:
    """Return how long a window is.

    >>> level_of(Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)))
    'month'
    """
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    if start.minute or start.second or start.microsecond:
        return "other"
    if end - start == HOUR:
        return "hour"
    return next((level for level in ROLL_UPS if window == around(level, start)), "other")


def around(level: RollUp, time: datetime) -> Window:
    """Return the day or month of the calendar, in UTC, that a time lies in."""
    start = time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if level == "day":
        return Window(start, start + DAY)
    start = start.replace(day=1)
    return Window(start, (start + 31 * DAY).replace(day=1))


def _told(window: Window) -> list[str]:
    return [window.start.isoformat(), window.end.isoformat()]


def _window(told: list[str]) -> Window:
    return Window(*map(parse_time, told))
