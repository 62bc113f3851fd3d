"""The time that the server goes by: the system's, and in simulations what the database adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kedge.ports import Clock, Records

KIND: Final = "clock"
OFFSET: Final = "offset"


@dataclass(frozen=True)
class DatabaseClock:
    """A clock whose offset stands in the record ``clock/offset``, the same for all that share the database."""

    clock: Clock
    records: Records

    def now(self) -> datetime:
        """Return the present, as many seconds later as the record says."""
        offset = self.records.get(KIND, OFFSET)
        return self.clock.now() + timedelta(seconds=offset.document["seconds"] if offset else 0)
