"""A process beside the server that ships its journal, for those who do not run ``kedge capture ship`` themselves."""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from kedge.capture.journal import LOCK_FILE, made_folder

log = logging.getLogger("kedge.capture")


class Shipping:
    """Sees to it that somebody ships a journal.

    One process ships, whoever started it. It is told by the end of its standard input that the server is gone; then it
    ships what is left, and ends.
    """

    def __init__(self, journal: Path, destination: str) -> None:
        self._journal, self._destination = journal, destination
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start a process where none ships."""
        if self._child is not None and self._child.poll() is None:
            return
        if not _free(self._journal):
            return
        command = [sys.executable, "-m", "kedge", "capture", "ship", os.fspath(self._journal)]
        options = ["--destination", self._destination, "--until-input-ends"]
        self._child = subprocess.Popen([*command, *options], stdin=subprocess.PIPE, start_new_session=True)
        log.info("capture: process %d ships %s to %s", self._child.pid, self._journal, self._destination)

    def close(self) -> None:
        """Tell the process that nothing more will come."""
        if self._child is not None and self._child.stdin is not None:
            with suppress(OSError):
                self._child.stdin.close()

    def forget(self) -> None:
        """Let go of a process that belongs to the one that this was forked from."""
        self.close()
        self._child = None


def _free(journal: Path) -> bool:
    """Return whether nobody holds the shipper's lock."""
    made_folder(journal)
    fd = os.open(journal / LOCK_FILE, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(fd)
