"""Files that a process left open when it died: what is whole in them is shipped, what is torn is set aside."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kedge.capture.journal import NEW, OPEN, SEALED_SUFFIX, SUFFIX, TORN, TORN_SUFFIX, made_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kedge.service.capture.ledger import Book


@contextmanager
def abandoned(path: Path) -> Iterator[int | None]:
    """Hold the lock of a file whose process has died; None where it lives, or where the file has gone meanwhile."""
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        yield fd if _taken(fd, path) else None
    finally:
        os.close(fd)


def _taken(fd: int, path: Path) -> bool:
    """Take a lock; the name must still be that of the file, which its process may have closed just before."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path.stat().st_ino == os.fstat(fd).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def recover(path: Path, name: str, folder: Path, book: Book) -> None:
    """Close an abandoned ``.open`` file of an endpoint's folder; one without a record is deleted.

    Each step can be taken again: whoever is killed between two of them leaves a file that comes to the same.

    Raises
    ------
    OSError
        The disk is full, or fails; the file stays as it is.
    """
    with abandoned(path) as fd:
        if fd is None:
            return
        data, closed = path.read_bytes(), path.with_name(path.name.removesuffix(OPEN))
        sealed = closed.name.endswith(SEALED_SUFFIX)
        whole, torn = mended(data, sealed=sealed)
        book.begin(name, recovered=1, torn=len(torn))
        if torn:
            _set_aside(torn, closed, folder)
        _replace(path, fd, data, whole)
        if records(whole, sealed=sealed):
            path.rename(closed)
        else:
            path.unlink()
        book.end(name)


def mended(data: bytes, *, sealed: bool) -> tuple[bytes, list[bytes]]:
    """Return the lines of a file that are whole, and those that are torn.

    A kill tears the last line at most, after which no newline stands. A power loss may leave zeros instead of what the
    system had not written yet, and no line holds zeros. A line of a sealed file is bound to its number: where one is
    taken out, an empty one stays.

    >>> mended(b'{"a":1}\\n{"a":', sealed=False), mended(b'{"a":1}', sealed=False)
    ((b'{"a":1}\\n', [b'{"a":']), (b'{"a":1}\\n', []))
    """
    if b"\0" not in data:
        return _without_end(data, sealed)
    *lines, last = data.split(b"\n")
    if sealed and b"\0" in (lines or [last])[0]:  # without its header no line can be read
        return b"", [line for line in (*lines, last) if line]
    torn = [line for line in lines if b"\0" in line]
    kept = [b"" if b"\0" in line else line for line in lines if sealed or b"\0" not in line]
    whole, end = _without_end(b"".join(line + b"\n" for line in kept) + last, sealed)
    return whole, torn + end


def _without_end(data: bytes, sealed: bool) -> tuple[bytes, list[bytes]]:
    head, newline, last = data.rpartition(b"\n")
    if not last:
        return data, []
    if sealed and not head:  # the header alone: no record was begun
        return b"", []
    return (data + b"\n", []) if not sealed and _is_record(last) else (head + newline, [last])


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def records(data: bytes, *, sealed: bool) -> int:
    """Return how many records a file holds: its lines, but for the header and the empty ones of a sealed one."""
    lines = data.count(b"\n")
    return max(lines - 1 - data.count(b"\n\n"), 0) if sealed else lines


def _set_aside(torn: list[bytes], closed: Path, folder: Path) -> None:
    made_folder(folder / TORN)
    id = closed.name.removesuffix(SEALED_SUFFIX).removesuffix(SUFFIX)[-36:]
    fd = os.open(folder / TORN / (id + TORN_SUFFIX), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(b"\n".join(torn))
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, fd: int, data: bytes, whole: bytes) -> None:
    """Make ``whole`` of a file: in place where no byte of it moves, since the disk may be full."""
    if data.startswith(whole):
        os.ftruncate(fd, len(whole))
    elif whole == data + b"\n":
        os.pwrite(fd, b"\n", len(data))
    else:
        new = path.with_name(path.name.removesuffix(OPEN) + NEW)
        new.touch(0o600)
        new.write_bytes(whole)
        new.replace(path)


def forget(path: Path) -> None:
    """Delete a file that a process began to make when it died."""
    with abandoned(path) as fd:
        if fd is not None:
            with suppress(FileNotFoundError):
                path.unlink()
