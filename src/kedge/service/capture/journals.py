"""What lies in a journal."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.capture.config import named
from kedge.capture.counts import Counts
from kedge.capture.journal import FILES, NEW, OPEN, PROCESSES, SEALED_SUFFIX, SETTINGS_FILE, SUFFIX
from kedge.service.capture.past import Past, document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Waiting:
    """A closed file that is to be shipped.

    Parameters
    ----------
    folder
        That of its endpoint.
    name
        The path below that folder.
    """

    folder: Path
    name: str
    size: int
    modified: float

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / self.name

    @property
    def place(self) -> str:
        """The folders between endpoint and file: ``{variant}/yyyy/mm/dd/hh``."""
        return self.name.removeprefix(f"{FILES}/").rpartition("/")[0]

    @property
    def order(self) -> str:
        """Hours in order, and of each its files."""
        return self.place.partition("/")[2] + self.name.rpartition("/")[2]

    @property
    def sealed(self) -> bool:
        """Whether its lines are sealed."""
        return self.name.removesuffix(OPEN).endswith(SEALED_SUFFIX)


def endpoints(journal: Path) -> list[Path]:
    """Return the folders of a journal's endpoints."""
    return sorted(p for p in journal.iterdir() if named(p.name) and any((p / part).exists() for part in MARKS))


MARKS = (FILES, PROCESSES, SETTINGS_FILE)


def closed_files(folder: Path) -> Iterator[Waiting]:
    """Yield the files of an endpoint that wait to be shipped."""
    return _waiting(folder, (path for path in _files(folder) if path.name.endswith((SUFFIX, SEALED_SUFFIX))))


def abandoned_files(folder: Path) -> Iterator[Waiting]:
    """Yield those that wait to be recovered first."""
    return _waiting(folder, (path for path in _files(folder) if path.name.endswith(OPEN) and not held(path)))


def _waiting(folder: Path, paths: Iterable[Path]) -> Iterator[Waiting]:
    for path in paths:
        with suppress(FileNotFoundError):
            state = path.stat()
            yield Waiting(folder, path.relative_to(folder).as_posix(), state.st_size, state.st_mtime)


def left_files(folder: Path) -> Iterator[Path]:
    """Yield the files of an endpoint that some process writes, or has left behind."""
    return (path for path in _files(folder) if path.name.endswith((OPEN, NEW)))


def _files(folder: Path) -> Iterator[Path]:
    """Yield whatever lies below the hours of an endpoint; what goes away meanwhile is left out."""
    for parent, _, names in os.walk(folder / FILES):
        yield from (Path(parent, name) for name in names)


def held(file: Path) -> bool:
    """Return whether a living process holds the lock of a file."""
    try:
        fd = os.open(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def totals(folder: Path) -> Counts:
    """Return what all processes of an endpoint have counted, those that are and those that were.

    Processes are read before the sum of those that have ended, so that none is missed that ends in between.
    """
    processes = {file.stem: document(file) for file in (folder / PROCESSES).glob("*.json")}
    past = Past.read(folder)
    others = (Counts.from_json(told.get("counts", {})) for id, told in processes.items() if id not in past.folded)
    return sum(others, past.counts)


def now_seconds() -> float:
    """Return the present as files tell it."""
    return time.time()
