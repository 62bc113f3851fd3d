"""Any interval, from the profiles that are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import TYPE_CHECKING

from kedge.analysis.profile import Profile, together
from kedge.domain.window import Window
from kedge.errors import InputError
from kedge.reading.documents import read_profiles
from kedge.reading.partial import read_part
from kedge.service.memory.tiling import refuse_cut, tiled, usable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from kedge.ports import ObjectStore
    from kedge.reading.partial import Part
    from kedge.service.memory.index import Index
    from kedge.service.memory.kept import Kept, Owner


@dataclass(frozen=True)
class Interval:
    """What is remembered of an interval.

    Parameters
    ----------
    window
        The time that was asked for.
    profiles
        One for each variant.
    tiles
        What they were merged from.
    gaps
        By variant, for what time there was none.
    """

    window: Window
    profiles: tuple[Profile, ...]
    tiles: tuple[Kept, ...]
    gaps: Mapping[str, tuple[Window, ...]]

    @property
    def profile(self) -> Profile:
        """The profile of all variants together."""
        return together(self.profiles)


def interval(
    index: Index,
    store: ObjectStore,
    owners: Sequence[Owner],
    start: datetime | None,
    end: datetime | None,
    part: Part | None = None,
) -> Interval:
    """Merge the fewest profiles that cover an interval, all of them or the ``part`` that is wanted.

    Where ``start`` or ``end`` is None it is that of all that is kept.

    Raises
    ------
    SettingError
        The interval cuts an hour, or a profile.
    InputError
        There is no profile in it.
    """
    span = Window(start, end) if start and end else None
    kept = {owner: index.kept(owner, span) for owner in owners}
    window = span or _whole([one for each in kept.values() for one in each], start, end)
    tilings = {owner: tiled(usable(each), window) for owner, each in kept.items()}
    for owner, tiling in tilings.items():
        refuse_cut(kept[owner], window, tiling.gaps)
    tiles = tuple(tile for tiling in tilings.values() for tile in tiling.tiles)
    if not tiles:
        raise _nothing([one for owner in owners for one in index.kept(owner)], window)
    profiles = [merged(store, tiling.tiles, window, part) for tiling in tilings.values() if tiling.tiles]
    return Interval(window, tuple(profiles), tiles, {owner.variant: t.gaps for owner, t in tilings.items()})


def merged(store: ObjectStore, tiles: Iterable[Kept], window: Window, part: Part | None = None) -> Profile:
    """Merge profiles in their order, one in memory at a time."""
    merge = partial(Profile.merge, only=part.sketches) if part else Profile.merge
    return replace(reduce(merge, (_loaded(store, tile, part) for tile in tiles)), window=window)


def _loaded(store: ObjectStore, kept: Kept, part: Part | None) -> Profile:
    content = store.read(kept.url)
    try:
        return read_part(content, kept.url, kept.place, part) if part else read_profiles(content, kept.url)[kept.place]
    except IndexError:
        raise InputError(
            f"The file has no profile {kept.place + 1} any more.",
            file=kept.url,
            next_step="Judge that window again.",
        ) from None


def _whole(kept: Sequence[Kept], start: datetime | None, end: datetime | None) -> Window:
    if not kept:
        raise InputError("There are no profiles.", next_step="Let kedge check write some.")
    return Window(start or min(one.window.start for one in kept), end or max(one.window.end for one in kept))


def _nothing(kept: Sequence[Kept], window: Window) -> InputError:
    first, last = (f"{time:%Y-%m-%d %H:%M}" for time in (window.start, window.end))
    there = f"{min(one.window.start for one in kept):%Y-%m-%d %H:%M}" if kept else ""
    return InputError(
        f"There is no profile between {first} and {last} UTC.",
        next_step=f"There are some from {there} on." if kept else "Let kedge check write some.",
    )
