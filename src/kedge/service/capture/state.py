"""How capture stands: what became of every request, what waits, and what is wrong."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from kedge.capture.journal import LOCK_FILE, PROCESSES, SETTINGS_FILE
from kedge.errors import InputError
from kedge.service.capture.journals import (
    abandoned_files,
    closed_files,
    endpoints,
    held,
    left_files,
    now_seconds,
    totals,
)
from kedge.service.capture.ledger import Ledger
from kedge.service.capture.past import document
from kedge.service.capture.recovery import records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kedge.capture.counts import Counts
    from kedge.service.capture.journals import Waiting

STUCK_SECONDS = 300  # five times what a file is open at most, by default
RECENT_SECONDS = 3600
COUNTED_BYTES = 64 << 20  # of waiting files; the records of more are told by those


class Waits(BaseModel):
    """Files that nobody writes any more, and that are not shipped. Of many, ``records`` is an estimate."""

    files: int = 0
    records: int = 0
    bytes: int = 0
    oldest_seconds: float = 0


class EndpointState(BaseModel):
    """How one endpoint stands.

    Parameters
    ----------
    counts
        What became of the requests, of all processes that are and were.
    living
        How many processes capture now.
    buffered
        Exchanges in their memory.
    open_files
        Files that are being written.
    shipped
        The shipper's counters.
    changed
        Settings that were changed while the server ran.
    """

    endpoint: str
    living: int
    buffered: int
    counts: dict[str, Any]
    open_files: int
    waiting: Waits
    shipped: dict[str, Any]
    changed: dict[str, Any]
    problems: list[str] = []


class JournalState(BaseModel):
    """How a journal stands; ``shipper`` is who ships it, None where nobody does."""

    journal: str
    shipper: dict[str, Any] | None
    endpoints: list[EndpointState]

    @property
    def problems(self) -> list[str]:
        """What a person should look at, endpoint by endpoint."""
        return [f"{state.endpoint}: {problem}" for state in self.endpoints for problem in state.problems]


def state(journal: Path, *, count_records: bool = True) -> JournalState:
    """Look at a journal; to count the records that wait takes reading them.

    Raises
    ------
    InputError
        There is no such journal.
    """
    if not journal.is_dir():
        raise InputError("There is no such folder.", file=journal, next_step="Name the folder that servers journal to.")
    ships = document(journal / LOCK_FILE) if held(journal / LOCK_FILE) else None
    found = [_endpoint(folder, ships is not None, count_records) for folder in endpoints(journal)]
    return JournalState(journal=str(journal), shipper=ships, endpoints=found)


def _endpoint(folder: Path, ships: bool, count_records: bool) -> EndpointState:
    living = [document(file) for file in (folder / PROCESSES).glob("*.json") if held(file)]
    counts, ledger = totals(folder), Ledger.read(folder)
    written = [path for path in left_files(folder) if held(path)]
    waiting = _waits([*closed_files(folder), *abandoned_files(folder)], count_records)
    return EndpointState(
        endpoint=folder.name,
        living=len(living),
        buffered=sum(told.get("buffered", 0) for told in living),
        counts=counts.to_json(),
        open_files=len(written),
        waiting=waiting,
        shipped={name: value for name, value in ledger.to_json().items() if name != "counted"},
        changed=document(folder / SETTINGS_FILE),
        problems=list(_problems(counts, ledger, waiting, ships)),
    )


def _waits(files: list[Waiting], count_records: bool) -> Waits:
    if not files:
        return Waits()
    bytes = sum(file.size for file in files)
    oldest = now_seconds() - min(file.modified for file in files)
    counted = _records(files) if count_records else 0
    return Waits(files=len(files), records=counted, bytes=bytes, oldest_seconds=max(oldest, 0))


def _records(files: Iterable[Waiting]) -> int:
    counted = seen = rest = 0
    for file in files:
        if seen >= COUNTED_BYTES:
            rest += file.size
            continue
        with suppress(FileNotFoundError):  # shipped meanwhile
            counted += records(file.path.read_bytes(), sealed=file.sealed)
            seen += file.size
    return counted + round(counted * rest / max(seen, 1))


def _problems(counts: Counts, ledger: Ledger, waiting: Waits, ships: bool) -> Iterable[str]:
    lost = counts.dropped.total()
    if lost > ledger.dropped or (ledger.dropped_time and _age(ledger.dropped_time) < RECENT_SECONDS):
        reasons = ", ".join(f"{reason} {times:,}" for reason, times in counts.dropped.most_common())
        yield f"records were dropped within the last hour; so far: {reasons}."
    if waiting.oldest_seconds > STUCK_SECONDS:
        why = ledger.last_error or "it does not say why"
        yield f"the shipper is stuck: {why}" if ships else "nobody ships; start: kedge capture ship."


def _age(time: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds()
