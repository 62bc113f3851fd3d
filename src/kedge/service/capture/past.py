"""Counters of processes that have ended, added up so that their files can go."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kedge.capture.counts import Counts
from kedge.capture.journal import PAST_FILE, PROCESSES
from kedge.service.capture.ledger import replaced
from kedge.service.capture.recovery import abandoned

if TYPE_CHECKING:
    from pathlib import Path

NEWBORN_SECONDS = 60  # in which a process that has made its file writes into it


@dataclass
class Past:
    """The sum of processes that have ended.

    Parameters
    ----------
    processes
        How many there were.
    folded
        Ids of those that are in the sum and whose files may still be there.
    """

    processes: int = 0
    counts: Counts = field(default_factory=Counts)
    folded: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Past:
        """Return the sum of an endpoint; none where there is no such file, or a power loss left none."""
        raw = document(folder / PAST_FILE)
        return cls(raw.get("processes", 0), Counts.from_json(raw.get("counts", {})), raw.get("folded", []))

    def to_json(self) -> dict[str, Any]:
        """Return it as a document."""
        return {"processes": self.processes, "counts": self.counts.to_json(), "folded": self.folded}


def document(file: Path) -> dict[str, Any]:
    """Return a JSON object, or an empty one where there is none."""
    try:
        raw = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}


def fold(folder: Path, now: float) -> None:
    """Add up what the ended processes of an endpoint have counted, each once.

    Its id is written together with the sum, and only then its file is deleted: a kill in between repeats the second.

    Raises
    ------
    OSError
        The sum cannot be written; it is as before.
    """
    files = sorted((folder / PROCESSES).glob("*.json"))
    past = Past.read(folder)
    known = [id for id in past.folded if folder / PROCESSES / f"{id}.json" in files]
    if known != past.folded:
        past.folded = known
        replaced(folder / PAST_FILE, past.to_json())
    for file in files:
        with abandoned(file) as fd:
            state = file.stat() if fd is not None else None
            if state is None or (not state.st_size and now - state.st_mtime < NEWBORN_SECONDS):
                continue
            if file.stem not in past.folded:
                past.counts += Counts.from_json(document(file).get("counts", {}))
                past.processes += 1
                past.folded.append(file.stem)
                replaced(folder / PAST_FILE, past.to_json())
            file.unlink()
