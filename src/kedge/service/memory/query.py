"""What is asked of an interval: statistics by feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedge.errors import SettingError, did_you_mean
from kedge.reading.partial import Part
from kedge.service.memory.index import chosen
from kedge.service.memory.interval import Interval, interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.analysis.asked import Asked
    from kedge.analysis.profile import Profile
    from kedge.ports import ObjectStore
    from kedge.service.memory.index import Index


@dataclass(frozen=True, slots=True)
class Question:
    """Whose profiles, of when; ``features`` are some of them, none are all."""

    monitor: str
    endpoint: str | None = None
    variant: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What is remembered of the interval, and the statistics of every feature, by name."""

    interval: Interval
    features: dict[str, dict[str, Any]]


def query(
    index: Index,
    store: ObjectStore,
    place: str,
    question: Question,
    statistics: Sequence[Asked],
    *,
    whole: bool = False,
) -> Answer:
    """Answer a question to the profiles that are kept at ``place``; unless ``whole``, no more is read than it needs.

    Raises
    ------
    InputError
        There are no such profiles.
    SettingError
        The interval cuts an hour, or there is no such feature.
    """
    owners = chosen(index, question.monitor, question.endpoint, question.variant, place)
    sketches = frozenset(sketch for one in statistics for sketch in one.sketches)
    part = None if whole else Part(question.features or None, sketches)
    found = interval(index, store, owners, question.start, question.end, part)
    profile = found.profile
    names = question.features or tuple(profile.features)
    for name in names:
        if name not in profile.features:
            raise _unknown(name, profile if whole else _named(index, store, owners, question))
    told = {name: {one.name: one.function(profile.features[name]) for one in statistics} for name in names}
    return Answer(found, told)


def _named(index: Index, store: ObjectStore, owners: Sequence[Any], question: Question) -> Profile:
    """Return a profile with the name of every feature, and nothing else of them."""
    nothing = Part(None, frozenset(("types",)))
    return interval(index, store, owners, question.start, question.end, nothing).profile


def _unknown(name: str, profile: Profile) -> SettingError:
    return SettingError(
        f"There is no feature {name!r} in this interval.{did_you_mean(name, profile.features)}",
        field="--feature",
        next_step="Leave it out to see them all.",
    )
