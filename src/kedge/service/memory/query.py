"""What is asked of an interval: statistics by feature."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from kedge.domain.question import Answer
from kedge.errors import SettingError, did_you_mean
from kedge.reading.documents import write_profiles
from kedge.reading.partial import Part
from kedge.service.memory.index import chosen
from kedge.service.memory.interval import interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.analysis.asked import Asked
    from kedge.analysis.profile import Profile
    from kedge.domain.question import Question
    from kedge.ports import ObjectStore
    from kedge.service.memory.index import Index


def query(index: Index, store: ObjectStore, place: str, question: Question, statistics: Sequence[Asked]) -> Answer:
    """Answer a question to the profiles that are kept at ``place``; no more of them is read than it needs.

    Raises
    ------
    InputError
        There are no such profiles.
    SettingError
        The interval cuts an hour, or there is no such feature.
    """
    owners = chosen(index, question.monitor, question.endpoint, question.variant, place)
    sketches = frozenset(sketch for one in statistics for sketch in one.sketches)
    found = interval(index, store, owners, question.start, question.end, Part(question.features or None, sketches))
    profile = found.profile
    names = question.features or tuple(profile.features)
    for name in names:
        if name not in profile.features:
            nothing = Part(None, frozenset(("types",)))
            every = interval(index, store, owners, question.start, question.end, nothing).profile
            raise _unknown(name, every)
    return Answer(
        window=found.window,
        rows=sum(part.rows for part in found.profiles),
        merged=dict(Counter(tile.level for tile in found.tiles)),
        gaps=found.gaps,
        features={name: _told(profile, name, statistics) for name in names},
    )


def remembered(index: Index, store: ObjectStore, place: str, question: Question) -> bytes:
    """Return the merged profile of an interval, whole, as it is written in a file."""
    owners = chosen(index, question.monitor, question.endpoint, question.variant, place)
    return write_profiles(interval(index, store, owners, question.start, question.end).profiles)


def _told(profile: Profile, name: str, statistics: Sequence[Asked]) -> Mapping[str, Any]:
    return {one.name: _plain(one.function(profile.features[name])) for one in statistics}


def _plain(value: Any) -> Any:
    """Return a statistic as JSON would hold it."""
    if isinstance(value, tuple):
        counts, edges = (side.tolist() for side in value)
        return {"counts": counts, "edges": edges}
    return dict(value) if isinstance(value, list) else value


def _unknown(name: str, profile: Profile) -> SettingError:
    return SettingError(
        f"There is no feature {name!r} in this interval.{did_you_mean(name, profile.features)}",
        field="--feature",
        next_step="Leave it out to see them all.",
    )
