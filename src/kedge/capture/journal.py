"""The journal: records as lines in local files, of each variant and hour its own.

A file is written under its name with ``.open`` at the end, by one process that holds its lock, and closed by taking
that end away. Then it waits to be shipped under that very name. So a process that is killed leaves a file that nobody
holds, and at most its last line is torn.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FILES, PROCESSES, TORN = "files", "processes", "torn"
SETTINGS_FILE, PAST_FILE, SHIPPER_FILE, LOCK_FILE = "settings.json", "past.json", "shipper.json", "shipper.lock"
SUFFIX, SEALED_SUFFIX, OPEN, NEW, TORN_SUFFIX = ".jsonl", ".jsonl.enc", ".open", ".new", ".torn"
ATTEMPTS = 3  # to make a folder that the shipper takes away because it is empty


class Seal(Protocol):
    """Seals the lines of one file."""

    header: bytes

    def seal(self, line: bytes) -> bytes:
        """Return a line sealed, without a newline in it."""
        ...


@dataclass(slots=True)
class Open:
    """A file that is being written."""

    path: Path
    fd: int
    since: float
    size: int
    seal: Seal | None


@dataclass(slots=True)
class Journal:
    """The files of one endpoint that this process writes.

    Parameters
    ----------
    folder
        The endpoint's folder in the journal.
    file_bytes, file_seconds
        A file that is this long or this old is closed.
    sealed
        Returns what seals the lines of the file of an id; None leaves them readable.
    """

    folder: Path
    file_bytes: int
    file_seconds: float
    sealed: Callable[[str], Seal] | None = None
    _open: dict[tuple[str, str], Open] = field(default_factory=dict)

    def write(self, variant: str, hour: str, lines: Sequence[bytes]) -> int:
        """Add lines, with their newlines, to the file of a variant and an hour (``yyyy/mm/dd/hh``); return their bytes.

        Raises
        ------
        OSError
            They cannot be written; then nothing of them is in the file.
        """
        file = self._open.get((variant, hour)) or self._opened(variant, hour)
        if file.seal:
            lines = [file.seal.seal(line[:-1]) + b"\n" for line in lines]
        try:
            size = _all(file.fd, lines)
        except OSError:
            self._mend(variant, hour)
            raise
        file.size += size
        if file.size >= self.file_bytes:
            self._closed(variant, hour)
        return size

    def roll(self) -> None:
        """Close the files that are old enough."""
        now = monotonic()
        for key in [key for key, file in self._open.items() if now - file.since >= self.file_seconds]:
            self._closed(*key)

    def close(self) -> None:
        """Close every file."""
        for key in list(self._open):
            self._closed(*key)

    def forget(self) -> None:
        """Let go of files that belong to the process that this one was forked from."""
        for file in self._open.values():
            os.close(file.fd)
        self._open.clear()

    def _opened(self, variant: str, hour: str) -> Open:
        id, now = str(uuid4()), datetime.now(UTC)
        suffix = SEALED_SUFFIX if self.sealed else SUFFIX
        name = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{id}{suffix}"
        fd, path = _created(self.folder / FILES / variant / hour / name)
        file = Open(path, fd, monotonic(), 0, self.sealed(id) if self.sealed else None)
        if file.seal:
            file.size = _all(fd, [file.seal.header + b"\n"])
        self._open[variant, hour] = file
        return file

    def _closed(self, variant: str, hour: str) -> None:
        file = self._open.pop((variant, hour))
        try:
            os.fsync(file.fd)
            file.path.with_name(file.path.name + OPEN).rename(file.path)
        finally:
            os.close(file.fd)

    def _mend(self, variant: str, hour: str) -> None:
        """Take back a part of a write; where even that fails, leave the file to the shipper, which mends it."""
        file = self._open[variant, hour]
        try:
            os.ftruncate(file.fd, file.size)
        except OSError:
            del self._open[variant, hour]
            with suppress(OSError):
                os.close(file.fd)


def _created(path: Path) -> tuple[int, Path]:
    """Make an open file and take its lock before it has its name: whoever sees the name finds the lock taken."""
    new = path.with_name(path.name + NEW)
    for left in reversed(range(ATTEMPTS)):
        try:
            made_folder(path.parent)
            fd = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        except FileNotFoundError:
            if not left:
                raise
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            new.rename(path.with_name(path.name + OPEN))
        except FileNotFoundError:  # taken for what a dead process has left
            os.close(fd)
            if not left:
                raise
        else:
            return fd, path
    raise AssertionError


def made_folder(folder: Path) -> None:
    """Make a folder that only this user can look into, and those above it."""
    if not folder.is_dir():
        made_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _all(fd: int, lines: Sequence[bytes]) -> int:
    """Write lines, which are not copied into one first, and return how many bytes they take."""
    size, written = sum(map(len, lines)), 0
    while written < size:
        written += os.writev(fd, lines if not written else [b"".join(lines)[written:]])
    return size
