"""Rules of single values: names, sizes, counts, offsets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kedge.domain.catalog import LONGEST_ANALYSIS, NAME
from kedge.domain.documents import format_duration
from kedge.domain.schedule_expression import NOW
from kedge.domain.secret import masked
from kedge.errors import SettingError, did_you_mean
from kedge.settings import SIZE

if TYPE_CHECKING:
    from collections.abc import Collection, Sized
    from datetime import timedelta

    from kedge.domain.catalog import MonitoringSchedule

LONGEST_URL = 1024
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
LONGEST_NUMBER = 20  # digits of one that is told


def named(name: str, field: str = "name") -> None:
    """Refuse a name that is none."""
    if NAME.fullmatch(name):
        return
    near = re.sub(r"[^a-zA-Z0-9]+", "-", name)[:63].strip("-")
    raise SettingError(
        f"A name has letters, digits and hyphens between them, 63 at most, and not {name[:80]!r}.",
        field=field,
        next_step=f"Write {near or 'one'!r}." if near else "Give another one.",
    )


def one_of(value: str, known: Collection[str], field: str) -> None:
    """Refuse a word that is not known."""
    if value not in known:
        raise SettingError(
            f"There is no {value!r}.{did_you_mean(value, known)}", field=field, next_step=f"Known: {', '.join(known)}."
        )


def at_most(value: Sized, most: int, field: str) -> None:
    """Refuse what is longer, or has more, than the service allows."""
    if len(value) > most:
        unit = "characters" if isinstance(value, str) else "entries"
        raise SettingError(
            f"It has {len(value):,} {unit}, and {most:,} are allowed.", field=field, next_step="Shorten it."
        )


def between(value: float | None, least: float, most: float, field: str) -> None:
    """Refuse a number out of its range; none is no number."""
    if value is not None and not least <= value <= most:
        raise SettingError(
            f"{str(value)[:LONGEST_NUMBER]} is not between {least:,g} and {most:,g}.",
            field=field,
            next_step="Give one that is.",
        )


def service(url: str) -> None:
    """Refuse what is no URL, or holds a secret; whether there is such a service is for others to say."""
    if not re.match(r"[A-Za-z0-9.+-]+://[^/]", url) or masked(url) != url:
        raise SettingError(
            "The URL holds a secret, which stands in no catalog." if "://" in url else "This is no URL of a service.",
            field="url",
            next_step="Write one such as json://receiver.example.org, or env:NAME or file:PATH, where it is.",
        )


def sized(text: str | None, field: str) -> None:
    """Refuse a size that is none."""
    if text is not None and not re.match(SIZE, text):
        raise SettingError(f"{text!r} is no size.", field=field, next_step="Write it like 2GB.")


def offsets(schedule: MonitoringSchedule) -> None:
    """Refuse offsets of the analysis that leave no window, or one of more than a day."""
    start, end = schedule.data_analysis_start_time, schedule.data_analysis_end_time
    if schedule.schedule_expression.strip().upper() == NOW and (start is None or end is None):
        missing = "start" if start is None else "end"
        raise SettingError(
            "A schedule that runs once has no slot before, from which on to look.",
            field=f"data_analysis_{missing}_time",
            next_step="Give both offsets, such as -PT1H and PT0H.",
        )
    if start is not None and end is not None:
        _span(start, end)


def _span(start: timedelta, end: timedelta) -> None:
    told = f"{format_duration(start)} to {format_duration(end)}"
    if start >= end:
        raise SettingError(
            f"Nothing lies between the offsets {told}.",
            field="data_analysis_start_time",
            next_step="Let the start look farther back, such as -PT1H to PT0H.",
        )
    if end - start > LONGEST_ANALYSIS:
        raise SettingError(
            f"The offsets {told} span more than 24 hours.",
            field="data_analysis_start_time",
            next_step="Bring them nearer, or leave them out: without them it is the time since the slot before.",
        )
