"""The shipper: a journal's files to an object store, each whole, under its own name, and then away from here.

The name is what makes it exactly once: a file that was put and not yet deleted when the shipper died is put again, the
same bytes under the same name.
"""

from __future__ import annotations

import fcntl
import json
import logging
import math
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from random import uniform
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

from kedge.capture.journal import LOCK_FILE, NEW, OPEN, made_folder
from kedge.errors import InputError, KedgeError, SettingError
from kedge.service.capture.journals import closed_files, endpoints, left_files, now_seconds, totals
from kedge.service.capture.ledger import Book, Ledger, now
from kedge.service.capture.past import document, fold
from kedge.service.capture.recovery import forget, records, recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kedge.ports import ObjectStore
    from kedge.service.capture.journals import Waiting

log = logging.getLogger("kedge.capture")

UPLOADS = 4  # side by side, each with one file in memory
PASS_SECONDS = 1.0
MOST_BACK_OFF_SECONDS = 60.0
LOG_SECONDS = 60.0
LAST_SECONDS = 60.0  # to ship what is left when nothing more comes
STOP_SECONDS = 10.0  # that uploads in flight get to come to their end
LOCK_SECONDS = 1.0  # in which somebody who only looks lets go of the lock again
LOOK_SECONDS = 0.1  # between two looks at it
PROBE = ".kedge-capture-ship"  # hidden from whoever reads the destination


class Turn:
    """The right to ship a journal, which one process has at a time.

    Raises
    ------
    OSError
        The journal cannot be written.
    """

    def __init__(self, journal: Path) -> None:
        made_folder(journal)
        self._file = journal / LOCK_FILE
        self._fd = os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600)

    def take(self, stop: Event, seconds: float = LOCK_SECONDS) -> bool:
        """Return whether it is ours, waiting for ``seconds`` or until ``stop`` at most."""
        end = monotonic() + seconds
        while not self._taken():
            if stop.wait(LOOK_SECONDS) or monotonic() >= end:
                return False
        return True

    def holder(self) -> str:
        """Return who has it, in words."""
        about = document(self._file)
        return f"process {about['pid']} on {about['host']}, since {about['since']}" if about else "another process"

    def close(self) -> None:
        """Give it back."""
        os.close(self._fd)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        about = {"pid": os.getpid(), "host": socket.gethostname(), "since": now()}
        data = json.dumps(about).encode() + b"\n"
        with suppress(OSError):  # on a full disk it is ours all the same
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, data, 0)
        return True


@dataclass
class Shipper:
    """Ships a journal; whoever runs it has the journal's ``Turn``.

    Parameters
    ----------
    journal
        The folder.
    destination
        Folder or URL; files go to ``{destination}/{endpoint}/{variant}/yyyy/mm/dd/hh/``.
    store
        What takes them.
    stop
        Set when it shall end: no further file is begun.
    """

    journal: Path
    destination: str
    store: ObjectStore
    stop: Event = field(default_factory=Event)
    uploads: int = UPLOADS
    _books: dict[str, Book] = field(default_factory=dict)
    _tried: dict[str, int] = field(default_factory=dict)
    _threads: list[Thread] = field(default_factory=list)
    _failures: int = 0
    _last_error: str | None = None
    _said: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """See that there is a journal, and that files can be written to the destination.

        Raises
        ------
        KedgeError
            They cannot; the message names the destination and the next step.
        """
        if not self.journal.is_dir():
            next_step = "Name the folder that servers journal to."
            raise InputError("There is no such folder.", file=self.journal, next_step=next_step)
        try:
            self.store.write(self.destination, {PROBE: b""})
        except OSError as error:
            raise SettingError(
                f"Captures cannot be written here ({error.strerror or error}).",
                file=self.destination,
                field="destination",
                next_step="Name a folder or a bucket that this process may write.",
            ) from None
        with suppress(KedgeError, OSError):  # a shipper need not be allowed to delete
            self.store.delete(f"{self.destination.rstrip('/')}/{PROBE}")

    def run(self, end: Event) -> None:
        """Ship whatever comes, until ``end``."""
        while not end.is_set():
            self.once()
            end.wait(self._pause())

    def rest(self, seconds: float = LAST_SECONDS) -> bool:
        """Ship what is left, for so long at most, and return whether all is shipped."""
        end = monotonic() + seconds
        while not self.once() and monotonic() < end and not self.stop.is_set():
            self.stop.wait(min(self._pause(), max(end - monotonic(), 0)))
        return not self._failures

    def once(self) -> bool:
        """Go over the journal once, and return whether all that is closed or abandoned was shipped."""
        went = [self._settle(folder) for folder in endpoints(self.journal)]
        files = sorted(self._waiting(), key=lambda file: (self._tried.get(file.name, 0), file.order))
        well = self._ship(files) and all(went)
        for book in self._books.values():
            book.save()
        self._failures = 0 if well else self._failures + 1
        self._say()
        return well

    @property
    def in_flight(self) -> bool:
        """Whether an upload has not come to its end."""
        return any(thread.is_alive() for thread in self._threads)

    def told(self) -> Ledger:
        """Return what this shipper has shipped, and its last failure, of all endpoints together."""
        books = self._books.values()
        files, records, bytes = (sum(book.since(name) for book in books) for name in ("files", "records", "bytes"))
        return Ledger(files=files, records=records, bytes=bytes, last_error=self._last_error)

    def _pause(self) -> float:
        """Return how long to wait: ever longer while the store is away, and never in step with others."""
        if not self._failures:
            return PASS_SECONDS
        return float(min(PASS_SECONDS * 2 ** min(self._failures, 16), MOST_BACK_OFF_SECONDS) * uniform(0.5, 1))

    def _book(self, folder: Path) -> Book:
        if folder.name not in self._books:
            self._books[folder.name] = Book(folder, self.destination)
        return self._books[folder.name]

    def _settle(self, folder: Path) -> bool:
        """Do what dead processes have left undone in the folder of an endpoint; return whether all of it is done."""
        book = self._book(folder)
        well = True
        for name in list(book.ledger.counted):
            if name.endswith(OPEN) and (folder / name).exists():
                continue
            (folder / name).unlink(missing_ok=True)
            book.end(name)
        for path in left_files(folder):
            try:
                if path.name.endswith(NEW):
                    forget(path)
                else:
                    recover(path, path.relative_to(folder).as_posix(), folder, book)
            except OSError as error:
                well = self._failed(book, f"{path}: {error.strerror or error}")
        try:
            fold(folder, now_seconds())
            book.dropped(totals(folder).dropped.total())
        except OSError as error:
            well = self._failed(book, f"{folder}: {error.strerror or error}")
        return well

    def _waiting(self) -> Iterator[Waiting]:
        for folder in endpoints(self.journal):
            yield from closed_files(folder)

    def _ship(self, files: list[Waiting]) -> bool:
        """Ship files, a few side by side, until one fails; return whether none did."""
        todo, failed = iter(files), Event()

        def work() -> None:
            while not failed.is_set() and not self.stop.is_set():
                with self._lock:
                    file = next(todo, None)
                if file is None:
                    return
                if not self._shipped(file):
                    failed.set()

        most = 1 if self._failures else self.uploads  # of a store that was away one file is asked first
        self._threads = [Thread(target=work, name="kedge-ship", daemon=True) for _ in range(min(most, len(files)))]
        for thread in self._threads:
            thread.start()
        self._await()
        return not failed.is_set() and not self.in_flight and next(todo, None) is None

    def _await(self) -> None:
        """Wait for uploads; once it shall stop, no longer than what is in flight may take."""
        end = math.inf
        while self.in_flight and monotonic() < end:
            for thread in self._threads:
                thread.join(0.1)
            if self.stop.is_set():
                end = min(end, monotonic() + STOP_SECONDS)
            self._say()

    def _shipped(self, file: Waiting) -> bool:
        book = self._book(file.folder)
        try:
            data = file.path.read_bytes()
            self.store.write(f"{self.destination.rstrip('/')}/{file.folder.name}/{file.place}", {file.path.name: data})
            book.shipped()
            book.begin(file.name, files=1, records=records(data, sealed=file.sealed), bytes=len(data))
            file.path.unlink()
            book.end(file.name)
            self._tried.pop(file.name, None)
            _prune(file)
        except FileNotFoundError as error:
            if error.filename == os.fspath(file.path):  # somebody took it away
                return True
            return self._failed(book, f"{file.path}: {error}")
        except (KedgeError, OSError) as error:
            self._tried[file.name] = self._tried.get(file.name, 0) + 1
            return self._failed(book, str(error))
        except Exception as error:
            log.exception("capture: this is a defect of kedge; please report it.")
            return self._failed(book, f"unexpected {type(error).__name__}: {error}")
        return True

    def _failed(self, book: Book, error: str) -> bool:
        """Count a failure, and log it unless it is like the one before; return False."""
        if book.ledger.last_error is None:
            log.warning("capture: %s It is tried again.", error)
        self._last_error = error
        book.failed(error)
        return False

    def _say(self) -> None:
        """Say in one line a minute how it stands."""
        if monotonic() - self._said < LOG_SECONDS:
            return
        self._said = monotonic()
        for name, book in self._books.items():
            waiting = list(closed_files(self.journal / name))
            told = book.ledger
            log.log(
                logging.WARNING if told.last_error else logging.INFO,
                "capture endpoint=%s shipped_files=%d shipped_records=%d shipped_bytes=%d waiting_files=%d "
                "waiting_bytes=%d recovered=%d torn=%d failures=%d last_error=%s",
                name,
                told.files,
                told.records,
                told.bytes,
                len(waiting),
                sum(map(attrgetter("size"), waiting)),
                told.recovered,
                told.torn,
                told.failures,
                json.dumps(told.last_error),
            )


def _prune(file: Waiting) -> None:
    """Remove the folders that a file leaves empty; a process that needs one makes it again."""
    with suppress(OSError):
        for folder in list(file.path.parents)[:5]:  # hour, day, month, year, variant
            folder.rmdir()
