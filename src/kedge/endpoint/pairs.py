"""Requests and answers that wait for each other, in bounded memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

HELD = 100_000
HELD_BYTES = 256 << 20
T = TypeVar("T")


class Fate(Enum):
    """What becomes of a half."""

    waits = "waits"
    repeated = "repeated"
    left_out = "left_out"


class Pair(NamedTuple, Generic[T]):
    """Two halves that found each other: the one that came now, and the one that had waited."""

    now: T
    before: T


@dataclass(slots=True)
class _Slot(Generic[T]):
    """What is known of a key: which halves have come, and the one that waits, if one does."""

    since: float
    halves: set[str]
    item: T | None = None
    size: int = 0


class Pairs(Generic[T]):
    """Halves by key, each for a limited time; a key whose halves have come is remembered as long, without them.

    So a half that comes again is known, whether the other one has come or not. Where too many keys or bytes wait,
    the oldest go.

    Parameters
    ----------
    seconds
        How long a half waits for the other.
    held, held_bytes
        How many keys are remembered, and how many bytes of halves wait, at most.
    """

    def __init__(
        self,
        seconds: float,
        held: int = HELD,
        held_bytes: int = HELD_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._most, self._most_bytes, self._clock = seconds, held, held_bytes, clock
        self._slots: OrderedDict[Hashable, _Slot[T]] = OrderedDict()
        self.waiting = self.waiting_bytes = 0

    def add(self, key: Hashable, half: str, item: T, size: int, wanted: Callable[[], bool]) -> Pair[T] | Fate:
        """Add a half; ``wanted`` is asked once a key, and where it says no, both halves are left out."""
        slot = self._slots.get(key)
        if slot is None:
            kept = wanted()
            slot = self._slots[key] = _Slot(self._clock(), {half})
            if kept:
                self._hold(slot, item, size)
            return Fate.waits if kept else Fate.left_out
        if half in slot.halves:
            return Fate.repeated
        slot.halves.add(half)
        before = self._release(slot)
        return Fate.left_out if before is None else Pair(item, before)

    def expired(self, everything: bool = False) -> Iterator[T]:
        """Forget what has waited long enough, and what there is no room for; yield the halves that were alone."""
        oldest = float("inf") if everything else self._clock() - self._seconds
        while self._slots:
            key = next(iter(self._slots))
            slot = self._slots[key]
            if slot.since > oldest and len(self._slots) <= self._most and self.waiting_bytes <= self._most_bytes:
                return
            del self._slots[key]
            alone = self._release(slot)
            if alone is not None:
                yield alone

    def _hold(self, slot: _Slot[T], item: T, size: int) -> None:
        slot.item, slot.size = item, size
        self.waiting += 1
        self.waiting_bytes += size

    def _release(self, slot: _Slot[T]) -> T | None:
        item, slot.item = slot.item, None
        if item is not None:
            self.waiting -= 1
            self.waiting_bytes -= slot.size
        return item
