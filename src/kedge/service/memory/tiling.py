"""Which profiles cover an interval: the fewest, none twice, and what is not covered."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.domain.window import HOUR, Window, format_time
from kedge.errors import SettingError
from kedge.service.memory.kept import ROLL_UPS, around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from kedge.service.memory.kept import Kept, RollUp


@dataclass(frozen=True, slots=True)
class Tiling:
    """Profiles that follow each other, and the time between them that none covers."""

    tiles: tuple[Kept, ...]
    gaps: tuple[Window, ...]

    @property
    def made_of(self) -> dict[str, str]:
        """The names of the tiles, and their hashes."""
        return {tile.name: tile.content for tile in self.tiles}


def tiled(kept: Sequence[Kept], window: Window) -> Tiling:
    """Cover a window; from each place on the longest that fits goes first. ``kept`` is :func:`ordered`."""
    tiles, gaps, reached = [], [], window.start
    for tile in kept[bisect_left(kept, window.start, key=_start) :]:
        if tile.window.start >= window.end:
            break
        if tile.window.start < reached or tile.window.end > window.end:
            continue
        if tile.window.start > reached:
            gaps.append(Window(reached, tile.window.start))
        tiles.append(tile)
        gaps += tile.gaps
        reached = tile.window.end
    if reached < window.end:
        gaps.append(Window(reached, window.end))
    return Tiling(tuple(tiles), tuple(_joined(gaps)))


def ordered(kept: Iterable[Kept]) -> list[Kept]:
    """Return profiles by their start, the longest first."""
    return sorted(kept, key=lambda one: (one.window.start, one.window.start - one.window.end))


def usable(kept: Sequence[Kept]) -> list[Kept]:
    """Return all but those that were merged before what they were merged from has changed.

    One whose parts are no longer kept stays as it is: it is all that there is.
    """
    known = {one.name for one in kept}
    found = ordered(one for one in kept if not one.made_of)
    for level in ROLL_UPS:
        merged = [one for one in kept if one.made_of and one.level == level]
        found = ordered([*found, *(one for one in merged if _is_fresh(one, found, known))])
    return found


def due(level: RollUp, kept: Sequence[Kept], now: datetime) -> Iterator[Window]:
    """Yield the finished days or months of several profiles that are not merged yet, or no longer rightly."""
    there = usable(kept)
    below = parts(level, there)
    merged = {one.window for one in there if one.level == level}
    for window in sorted({around(level, one.window.start) for one in below}, key=lambda window: window.start):
        if window.end <= now and window not in merged and len(tiled(below, window).tiles) > 1:
            yield window


def parts(level: RollUp, kept: Sequence[Kept]) -> list[Kept]:
    """Return those that a day or a month is merged from."""
    above = ROLL_UPS[ROLL_UPS.index(level) :]
    return [one for one in kept if not (one.made_of and one.level in above)]


def refuse_cut(kept: Sequence[Kept], window: Window, gaps: Sequence[Window]) -> None:
    """Refuse a window that cuts what can only be had whole, and say which would do.

    Raises
    ------
    SettingError
        It cuts an hour, or a profile of a longer time.
    """
    whole = _whole_hours(window)
    if whole != window:
        raise _cut("an hour", whole)
    over = [one.window for one in kept if not one.made_of and _sticks_out(one.window, window)]
    cut = [one for one in over if any(one.start < gap.end and gap.start < one.end for gap in gaps)]
    if cut:
        for one in cut:
            whole |= one
        raise _cut(f"the profile of {format_time(cut[0].start)} to {format_time(cut[0].end)}", _whole_hours(whole))


def _is_fresh(one: Kept, below: Sequence[Kept], known: set[str]) -> bool:
    gone = any(name not in known for name in one.made_of)
    return gone or tiled(below, one.window).made_of == dict(one.made_of)


def _whole_hours(window: Window) -> Window:
    start = window.start.replace(minute=0, second=0, microsecond=0)
    end = window.end.replace(minute=0, second=0, microsecond=0)
    return Window(start, end if end == window.end else end + HOUR)


def _sticks_out(one: Window, window: Window) -> bool:
    return one.start < window.start < one.end or one.start < window.end < one.end


def _cut(what: str, nearest: Window) -> SettingError:
    return SettingError(
        f"The interval cuts {what}, and a profile cannot be divided.",
        field="--from, --to",
        next_step=f"The nearest that would do: --from {format_time(nearest.start)} --to {format_time(nearest.end)}",
    )


def _joined(gaps: list[Window]) -> Iterator[Window]:
    """Yield gaps, those that touch as one."""
    last: Window | None = None
    for gap in sorted(gaps, key=lambda gap: gap.start):
        if last and last.end >= gap.start:
            last = replace(last, end=max(last.end, gap.end))
            continue
        if last:
            yield last
        last = gap
    if last:
        yield last


def _start(kept: Kept) -> datetime:
    return kept.window.start
