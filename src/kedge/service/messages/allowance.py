"""How often an action may be called."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)


@dataclass
class Allowance:
    """Counts the calls of the last hour; some may have been before."""

    calls: deque[datetime] = field(default_factory=deque)

    def take(self, most: int, now: datetime) -> bool:
        """Return whether one more call is allowed, and count it if so."""
        while self.calls and now - self.calls[0] >= HOUR:
            self.calls.popleft()
        if len(self.calls) >= most:
            return False
        self.calls.append(now)
        return True
