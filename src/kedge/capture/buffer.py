"""What memory holds between a request and the journal."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.capture.exchange import Exchange
    from kedge.capture.talk import Talk

OVERHEAD_BYTES = 1024  # of an exchange in memory, beside its bodies


class Buffer:
    """A queue of exchanges, bounded in number and in bytes; its lock is held for less than a microsecond."""

    def __init__(self, records: int, bytes: int) -> None:
        self._most, self._most_bytes = records, bytes
        self._exchanges: deque[Exchange | Talk] = deque()
        self._bytes = self.accepted = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._exchanges)

    def offer(self, exchange: Exchange | Talk) -> bool:
        """Take an exchange, or return False where there is no room."""
        size = exchange.size + OVERHEAD_BYTES
        with self._lock:
            if len(self._exchanges) >= self._most or self._bytes + size > self._most_bytes:
                return False
            self._exchanges.append(exchange)
            self._bytes += size
            self.accepted += 1
        return True

    def take(self, most: int) -> list[Exchange | Talk]:
        """Return the oldest, ``most`` at most."""
        with self._lock:
            taken = [self._exchanges.popleft() for _ in range(min(most, len(self._exchanges)))]
            self._bytes -= sum(one.size for one in taken) + OVERHEAD_BYTES * len(taken)
        return taken
