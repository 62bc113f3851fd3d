"""A shipper beside a server of ours: seen to while the server runs, and waited for in the end."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from threading import Event, Thread

LOOK_SECONDS = 10.0
SHIP_SECONDS = 60.0


class Shipper:
    """Runs ``kedge capture ship`` for a journal, again where it ends.

    It is told by the end of its standard input that the server is gone; then it ships what is left. The server waits
    for that: in a container nothing outlives it.
    """

    def __init__(self, journal: str, destination: str) -> None:
        self._command = [sys.executable, "-m", "kedge", "capture", "ship", journal, "--destination", destination]
        self._child: subprocess.Popen[bytes] | None = None
        self._over = Event()
        self._thread = Thread(target=self._look, name="kedge-shipper", daemon=True)

    def start(self) -> None:
        """Start it."""
        self._run()
        self._thread.start()

    def close(self, timeout: float) -> None:
        """Let it ship what is left, for a minute at least; what it has no time for stays in the journal."""
        self._over.set()
        if self._child is None:
            return
        self._thread.join()
        _end_input(self._child)
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(max(timeout, SHIP_SECONDS))

    def _run(self) -> None:
        # A session of its own: Ctrl-C is for the server, which then tells the shipper.
        self._child = subprocess.Popen(
            [*self._command, "--until-input-ends"], stdin=subprocess.PIPE, start_new_session=True
        )

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if self._child and self._child.poll() is not None:
                _end_input(self._child)
                self._run()


def _end_input(child: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        child.stdin and child.stdin.close()
