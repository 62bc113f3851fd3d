"""Holding an execution while it runs: its lease is renewed, and whatever should end it is noticed."""

from __future__ import annotations

import logging
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from kedge.service.worker import Worker

LOG = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0

Why = Literal["lost", "handed back", "stopping"]


class Hold:
    """A lease that lasts as long as this does.

    Parameters
    ----------
    worker
        Who holds it.
    lease, execution
        What is held, and for which execution.
    """

    def __init__(self, worker: Worker, lease: str, execution: str) -> None:
        self._worker, self._lease, self._execution = worker, lease, execution
        self._seconds = worker.terms.lease_seconds
        self._renewed, self._over = monotonic(), Event()
        self.stop = Event()
        self.why: Why | None = None

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._keep, name=f"lease of {self._execution}", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self.why != "lost":
            self._worker.leases.release(self._lease, self._worker.name)

    def confirmed(self) -> bool:
        """Return whether it is still held, for a while from now on."""
        return self.why != "lost" and self._is_renewed()

    def _keep(self) -> None:
        while not self._over.wait(min(self._seconds / 3, LOOK_SECONDS)):
            try:
                self._look()
            except Exception as error:  # a database that is away for a moment takes nothing from us
                LOG.warning("%s: %s", self._execution, error)
                if monotonic() - self._renewed > self._seconds:
                    self._end("lost")
            if self.why == "lost":
                return

    def _look(self) -> None:
        if monotonic() - self._renewed > self._seconds / 3 and not self._is_renewed():
            self._end("lost")
        elif self._worker.hand_back.is_set():
            self._end("handed back")
        elif not self.stop.is_set():
            record = self._worker.records.get("execution", self._execution)
            if record is None or record.status == "Stopping":
                self._end("stopping")

    def _is_renewed(self) -> bool:
        now = monotonic()
        held = self._worker.leases.renew(self._lease, self._worker.name, self._seconds)
        self._renewed = now if held else self._renewed
        return held

    def _end(self, why: Why) -> None:
        if self.why is None or why == "lost":
            self.why = why
        self.stop.set()
