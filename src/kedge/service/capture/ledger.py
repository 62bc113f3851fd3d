"""The shipper's counters of one endpoint, which outlive it.

What is done to a file is counted first, together with the file's name, and then done. So whoever goes on after a kill
knows of every file whether it is counted, and does the rest without counting it again.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from kedge.capture.journal import SHIPPER_FILE

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("kedge.capture")


@dataclass
class Ledger:
    """Counters of one endpoint.

    Parameters
    ----------
    files, records, bytes
        What the store has taken.
    recovered
        Files that a process left open when it died.
    torn
        Lines that were set aside, because their end is missing.
    failures
        How often something could not be done; it was, or will be, tried again.
    last_error, last_error_time
        The last failure, in words; None once a file was shipped after it.
    last_shipped_time
        When the store took the last file.
    dropped, dropped_time
        How many records the endpoint's processes had dropped in all when the shipper last looked, and when that number
        last grew.
    counted
        Files that are in these counters already, though what is left to do to them may not be done.
    """

    destination: str = ""
    files: int = 0
    records: int = 0
    bytes: int = 0
    recovered: int = 0
    torn: int = 0
    failures: int = 0
    last_error: str | None = None
    last_error_time: str | None = None
    last_shipped_time: str | None = None
    dropped: int = 0
    dropped_time: str | None = None
    counted: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """Return the counters of an endpoint; where there are none, or a power loss left none, they start at 0."""
        try:
            raw = json.loads((folder / SHIPPER_FILE).read_bytes())
            return cls(**{part.name: raw[part.name] for part in fields(cls) if part.name in raw})
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError) as error:
            log.warning("capture: %s cannot be read, counters start again: %s", folder / SHIPPER_FILE, error)
            return cls()

    def to_json(self) -> dict[str, Any]:
        """Return them as a document."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


class Book:
    """A ledger that threads write into, and its file."""

    def __init__(self, folder: Path, destination: str) -> None:
        self._file = folder / SHIPPER_FILE
        self._lock = Lock()
        self.ledger = Ledger.read(folder)
        self.ledger.destination = destination
        self._first = replace(self.ledger)

    def since(self, name: str) -> int:
        """Return how far a counter has come since this book was opened."""
        grown: int = getattr(self.ledger, name) - getattr(self._first, name)
        return grown

    def begin(self, name: str, **more: int) -> None:
        """Count a file, on disk too, unless that is done."""
        with self._lock:
            if name in self.ledger.counted:
                return
            for counter, times in more.items():
                setattr(self.ledger, counter, getattr(self.ledger, counter) + times)
            self.ledger.counted.append(name)
            self._save()

    def end(self, name: str) -> None:
        """Forget a file: nothing is left to do to it."""
        with self._lock, suppress(ValueError):
            self.ledger.counted.remove(name)

    def shipped(self) -> None:
        """Tell that the store takes files."""
        self.ledger.last_shipped_time, self.ledger.last_error, self.ledger.last_error_time = now(), None, None

    def failed(self, error: str) -> None:
        """Count a failure."""
        with self._lock:
            self.ledger.failures += 1
            self.ledger.last_error, self.ledger.last_error_time = error, now()
            self._save()

    def dropped(self, times: int) -> None:
        """Tell how many records were dropped so far."""
        if times > self.ledger.dropped:
            self.ledger.dropped, self.ledger.dropped_time = times, now()

    def save(self) -> None:
        """Write the counters to disk."""
        with self._lock:
            self._save()

    def _save(self) -> None:
        """Write them; a full disk is no reason to ship less, which is what makes room."""
        with suppress(OSError):
            replaced(self._file, self.ledger.to_json())


def replaced(file: Path, document: dict[str, Any]) -> None:
    """Write a document: whoever reads the file finds the old one or the new one.

    Raises
    ------
    OSError
        It cannot be written; the old one is still there.
    """
    aside = file.with_name(file.name + ".new")
    fd = os.open(aside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        json.dump(document, out)
        out.write("\n")
    aside.replace(file)


def now() -> str:
    """Return the present, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
