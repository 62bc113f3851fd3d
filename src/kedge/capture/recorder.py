"""The recorder: takes exchanges from a server's requests into memory, and from there, in a thread, into the journal."""

from __future__ import annotations

import atexit
import os
import weakref
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep, time
from typing import TYPE_CHECKING
from uuid import uuid4

from kedge.capture.buffer import Buffer
from kedge.capture.exchange import Exchange
from kedge.capture.journal import SETTINGS_FILE, Journal, made_folder
from kedge.capture.live import Live
from kedge.capture.sampling import drawn, sampled
from kedge.capture.sealing import sealer
from kedge.capture.shipping import Shipping
from kedge.capture.status import Status, prometheus
from kedge.capture.tally import Tally
from kedge.capture.writer import Writer
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.capture.config import CaptureConfig, Settings
    from kedge.capture.counts import Counts
    from kedge.capture.talk import Talk

TICK_SECONDS = 0.1  # between two turns of the thread
LOOK_SECONDS = 1.0  # between two looks at settings, disk and counters
SHIPPER_SECONDS = 10.0  # between two looks at whether somebody ships
LOG_SECONDS = 60.0
CLOSE_SECONDS = 5.0
SLICE = 32  # exchanges between two writes, each of which lets the server's own threads run


class Capture:
    """The recorder of one endpoint in one process.

    Requests only append to a bounded buffer. A thread does the rest; the first request starts it, and the first after
    a fork. Only making a recorder raises errors, and nothing but ``flush`` and ``close`` waits.

    Raises
    ------
    SettingError
        The journal cannot be written, or the key is of no use.
    """

    def __init__(self, config: CaptureConfig) -> None:
        self.config = config
        journal = Path(config.journal).absolute()  # a server may go to another folder later
        self._folder = journal / config.endpoint
        self._sealed = sealer(config.key) if config.key else None
        _writable(self._folder)
        self._shipping = Shipping(journal, config.destination or "") if config.ship else None
        self._begin()
        if self._shipping:
            self._shipping.look()
        itself = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _if_there(itself, Capture._forked))
        atexit.register(_if_there, itself, Capture.close)

    def wants(self, inference_id: str | None = None) -> bool:
        """Return whether a request is captured: to be asked once of each, before its body is kept."""
        if self._thread is None:
            self._start()
        settings = self.settings
        if not settings.enabled:
            return False
        self._tally.seen()
        if self._no_space:
            self._tally.count("disk_share")
            return False
        if settings.sampling_percentage >= 100 or _in_sample(settings, inference_id):
            return True
        self._tally.sampled_out()
        return False

    def record(self, exchange: Exchange | Talk) -> None:
        """Take an exchange into memory, or drop and count it where there is no room."""
        if not exchange.time and isinstance(exchange, Exchange):
            exchange = exchange._replace(time=time())
        if not self._buffer.offer(exchange):
            self._tally.count("buffer_full")

    def count(self, reason: str) -> None:
        """Count a wanted request that is not recorded after all, or what was odd: a word of ``counts.REASONS``."""
        self._tally.count(reason)

    def defect(self) -> None:
        """Count a wanted request that is lost because kedge itself fails, and log how that came about."""
        self._tally.defect(1)

    def counts(self) -> Counts:
        """Return what became of the requests of this process."""
        counts = self._tally.counts()
        counts.accepted = self._buffer.accepted
        return counts

    def prometheus(self) -> str:
        """Return the same in the text format of Prometheus."""
        return prometheus(self.config.endpoint, self.counts())

    def flush(self, timeout_seconds: float = CLOSE_SECONDS) -> bool:
        """Wait until what was recorded is in the journal, and return whether it is."""
        end = monotonic() + timeout_seconds
        while (self._buffer or self._busy) and monotonic() < end:
            self._wake.set()
            sleep(0.001)
        return not (self._buffer or self._busy)

    def close(self, timeout_seconds: float = CLOSE_SECONDS) -> None:
        """Write what was recorded, close the journal's files, and end the thread; a later request starts it again."""
        thread, self._stopping = self._thread, True
        self._wake.set()
        if thread is not None:
            thread.join(timeout_seconds)
        if self._shipping:
            self._shipping.close()

    def _begin(self) -> None:
        config = self.config
        self._tally = Tally(config.endpoint)
        self._live = Live(config.settings, self._folder / SETTINGS_FILE, self._tally)
        self.settings = self._live.look()
        self._buffer = Buffer(config.buffer_records, config.buffer_bytes)
        self._journal = Journal(self._folder, config.file_bytes, config.file_seconds, self._sealed)
        self._writer = Writer(config, self._journal, self._tally)
        self._status: Status | None = None
        self._no_space = self._busy = self._stopping = False
        self._thread: Thread | None = None
        self._starting, self._wake = Lock(), Event()
        self._steps = [_Every(LOOK_SECONDS, self._look), _Every(LOG_SECONDS, self._tally.say, at_once=False)]
        if self._shipping:
            self._steps.append(_Every(SHIPPER_SECONDS, self._shipping.look, at_once=False))

    def _forked(self) -> None:
        """Begin anew: what the other process has in memory and on disk stays its own."""
        self._journal.forget()
        if self._status:
            self._status.close()
        if self._shipping:
            self._shipping.forget()
        self._begin()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._stopping = False
                self._thread = Thread(target=self._run, name=f"kedge-capture-{self.config.endpoint}", daemon=True)
                with suppress(RuntimeError):  # the interpreter is about to end
                    self._thread.start()

    def _run(self) -> None:
        while not self._stopping:
            self._turn()
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
        self._turn()
        for step in (self._journal.close, self._look):
            self._safely(step)
        self._thread = None

    def _turn(self) -> None:
        for every in self._steps:
            if every.due():
                self._safely(every.step)
        self._safely(self._drain)
        self._safely(self._journal.roll)

    def _drain(self) -> None:
        self._busy = True
        try:
            while exchanges := self._buffer.take(SLICE):
                self._writer.write(exchanges, self.settings)
        finally:
            self._busy = False

    def _safely(self, step: Callable[[], object]) -> None:
        """Take a step whose failure must not end the thread."""
        try:
            step()
        except OSError as error:
            self._tally.count("journal_failed", 0, error)
        except Exception:
            self._tally.defect()

    def _look(self) -> None:
        self.settings = self._live.look()
        self._no_space = _used_share(self._folder) > self.config.disk_share
        if self._status is None:
            self._status = Status(self._folder, str(uuid4()))
        self._status.write(self.counts(), len(self._buffer))


class _Every:
    """A step that is due now and then."""

    def __init__(self, seconds: float, step: Callable[[], object], *, at_once: bool = True) -> None:
        self._seconds, self.step = seconds, step
        self._next = 0.0 if at_once else monotonic() + seconds

    def due(self) -> bool:
        now = monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


def recorder(given: Capture | CaptureConfig) -> Capture:
    """Return the recorder that an adapter was given, or make that of the configuration that it was given."""
    return given if isinstance(given, Capture) else Capture(given)


def _in_sample(settings: Settings, id: str | None) -> bool:
    percentage = settings.sampling_percentage
    return sampled(id, percentage) if id is not None and settings.by_id else drawn(percentage)


def _if_there(itself: weakref.ref[Capture], call: Callable[[Capture], None]) -> None:
    if (capture := itself()) is not None:
        call(capture)


def _writable(folder: Path) -> None:
    try:
        made_folder(folder)
        probe = folder / f".{uuid4()}"
        probe.touch(0o600)
        probe.unlink()
    except OSError as error:
        raise SettingError(
            f"The journal cannot be written ({error.strerror}).",
            file=folder,
            field="journal",
            next_step="Name a folder that this process may write.",
        ) from None


def _used_share(folder: Path) -> float:
    """Return which share of a disk is used of what others than root may use, as ``df`` does."""
    disk = os.statvfs(folder)
    used = disk.f_blocks - disk.f_bfree
    return used / max(used + disk.f_bavail, 1)
