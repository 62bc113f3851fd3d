"""What is remembered of the windows that were judged, and its merging by day and month."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.record import Record
from kedge.domain.window import Window
from kedge.errors import Conflict
from kedge.reading.documents import write_profiles
from kedge.reading.partial import digest, heads
from kedge.service.memory.index import OWNER, Indexed
from kedge.service.memory.interval import Interval, interval, merged
from kedge.service.memory.kept import DAY, KIND, NO_VARIANT, ROLL_UPS, Kept, Owner, around
from kedge.service.memory.tiling import due, parts, tiled, usable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.ports import ObjectStore, Records
    from kedge.reading.partial import Part
    from kedge.service.memory.kept import RollUp

BY: Final = ""  # what is remembered by itself is no change that somebody made
FOLDERS: Final = {"day": "%Y/%m/%d", "month": "%Y/%m"}


@dataclass(frozen=True)
class Memory:
    """Profiles as memory.

    Parameters
    ----------
    records
        Where it is written down which there are.
    store
        Where they lie.
    root
        The folder or URL of those that were merged.
    """

    records: Records
    store: ObjectStore
    root: str

    @property
    def index(self) -> Indexed:
        """Which profiles are kept."""
        return Indexed(self.records)

    def remember(self, monitor: str, endpoint: str, window: Window, report: str) -> list[Kept]:
        """Write down the profiles of a report, variant by variant; a later one of the same window takes its place.

        What was merged from an earlier one is not used again until it is merged anew. A report without a profile,
        such as that of an analyzer of somebody else, has nothing to remember.
        """
        file = f"{report.rstrip('/')}/{wire.PROFILE_FILE}"
        if not self.store.list(file):
            return []
        content, found = self.store.read(file), []
        for place, head in enumerate(heads(content, file)):
            owner = Owner(monitor, endpoint, head.profile.variant or NO_VARIANT)
            kept = Kept(window, file, place, head.digest(content), head.profile.rows)
            self._introduce(owner)
            self._put(owner, kept)
            found.append(kept)
        return found

    def roll_up(self, now: datetime, since: datetime | None = None) -> list[Kept]:
        """Merge finished days, then finished months, whose profiles changed, and return what was merged.

        Twice is the same as once, to the byte.

        Parameters
        ----------
        now
            What is finished by then; the time of the windows, which may be a simulated one.
        since
            Only where profiles were written down since then, by the clock of the records; None looks at all.
        """
        changed = self.index.changed(since)
        return [kept for owner, first in changed.items() for kept in self._rolled_up(owner, first, now)]

    def interval(
        self, owners: Sequence[Owner], start: datetime | None, end: datetime | None, part: Part | None = None
    ) -> Interval:
        """Merge the fewest profiles that cover an interval."""
        return interval(self.index, self.store, owners, start, end, part)

    def _rolled_up(self, owner: Owner, first: datetime, now: datetime) -> list[Kept]:
        done = []
        # What has changed tells that others were finished before it: the day and the month before, perhaps.
        span = Window(around("month", around("month", first).start - DAY).start, max(now, first + DAY))
        for level in ROLL_UPS:
            windows = [window for window in due(level, self.index.kept(owner, span), now) if window.start >= span.start]
            done += [self._merged(owner, level, window) for window in windows]
        return done

    def _merged(self, owner: Owner, level: RollUp, window: Window) -> Kept:
        """Merge what a window is made of; where that changes meanwhile, or somebody else merges it too, again.

        Who wrote the file last is the one whose record stands: a file that was written without its record is
        written again.
        """
        folder = f"{self.root.rstrip('/')}/{owner}/{level}/{window.start.strftime(FOLDERS[level])}"
        file = f"{folder}/{wire.PROFILE_FILE}"
        while True:
            before = self.records.get(KIND, f"{owner}/{Kept(window, file).name}")
            below = tiled(parts(level, usable(self.index.kept(owner, window))), window)
            content = write_profiles((merged(self.store, below.tiles, window),))
            self.store.write(folder, {wire.PROFILE_FILE: content})
            kept = Kept(
                window=window,
                url=file,
                content=digest(content),
                rows=sum(tile.rows for tile in below.tiles),
                made_of=below.made_of,
                gaps=below.gaps,
            )
            with suppress(Conflict):
                self.records.put(kept.to_record(owner, before), BY)
                return kept

    def _put(self, owner: Owner, kept: Kept) -> None:
        while True:
            before = self.records.get(KIND, f"{owner}/{kept.name}")
            if before and Kept.from_record(before) == kept:
                return
            with suppress(Conflict):
                self.records.put(kept.to_record(owner, before), BY)
                return

    def _introduce(self, owner: Owner) -> None:
        """Write down, once, that there are profiles of an owner."""
        named = {"monitor": owner.monitor, "endpoint": owner.endpoint, "variant": owner.variant}
        if self.records.get(KIND, str(owner)) is None:
            with suppress(Conflict):
                self.records.put(Record(KIND, str(owner), named, status=OWNER), BY)
