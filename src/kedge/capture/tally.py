"""The counters of one process, which many threads add to."""

from __future__ import annotations

import logging
import sys
from threading import Lock

from kedge.capture.counts import DROPPED, REASONS, Counts

log = logging.getLogger("kedge.capture")


class Tally:
    """Counts what becomes of requests, and says in the log when something happens for the first time."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._counts, self._said = Counts(), Counts()
        self._first: set[str] = set()
        self._defects: set[str] = set()
        self._lock = Lock()

    def seen(self) -> None:
        """Count a request that capture was asked about."""
        with self._lock:
            self._counts.seen += 1

    def sampled_out(self) -> None:
        """Count one that the sample left out."""
        with self._lock:
            self._counts.sampled_out += 1

    def journalled(self, records: int, bytes: int) -> None:
        """Count records that are in the journal."""
        with self._lock:
            self._counts.journalled += records
            self._counts.journalled_bytes += bytes

    def count(self, reason: str, times: int = 1, why: object = "") -> None:
        """Count one of the ``REASONS``; its first time is logged, with ``why``."""
        with self._lock:
            self._counts.count(reason, times)
            first = reason not in self._first
            self._first.add(reason)
        if first:
            level = logging.WARNING if reason in DROPPED else logging.INFO
            log.log(level, "capture of %s: %s: %s %s", self._endpoint, reason, REASONS[reason], why)

    def defect(self, times: int = 0) -> None:
        """Count a failure of kedge itself, and log how the first of its kind came about: all would fill the log."""
        self.count("defect", times)
        kind = type(sys.exception()).__name__
        if kind not in self._defects:
            self._defects.add(kind)
            log.exception("capture of %s: this is a defect of kedge; please report it.", self._endpoint)

    def counts(self) -> Counts:
        """Return a copy of the counters."""
        with self._lock:
            return self._counts + Counts()

    def say(self) -> None:
        """Say in one line of the log what happened since the last one, if anything did."""
        now, then = self.counts(), self._said
        if now == then:
            return
        self._said = now
        lost = dict(now.dropped - then.dropped)
        log.log(
            logging.WARNING if lost else logging.INFO,
            "capture of %s: %d seen, %d journalled, dropped: %s",
            self._endpoint,
            now.seen - then.seen,
            now.journalled - then.journalled,
            ", ".join(f"{reason} {times}" for reason, times in lost.items()) or "none",
        )
