"""Does a version load? Asked before it is kept, so that no broken one is ever given traffic."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kedge.endpoint.host.messages import packed, read
from kedge.endpoint.host.spawn import STARTING_SECONDS, command, ended, environment, task
from kedge.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def tried(folder: Path, trust: bool, source: Path, seconds: float = STARTING_SECONDS) -> dict[str, Any]:
    """Load a model in a process of its own, and return what one should know of it; what it prints goes to our errors.

    Raises
    ------
    InputError
        It does not load.
    """
    ours, theirs = socket.socketpair()
    ours.settimeout(seconds)
    with ours, theirs:
        process = subprocess.Popen(
            command(theirs.fileno()),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=sys.stderr.fileno(),
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        try:
            told = _told(ours, folder, trust)
        except TimeoutError:
            told = {"failed": f"It did not load within {seconds:g} s."}
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if told is None:
        told = {"failed": f"Its process ended {ended(process.returncode)} while it was loaded."}
    if "failed" in told:
        named = told["failed"].startswith(source.name)  # the model is one file, and is told already
        raise InputError(told["failed"], file=None if named else source)
    return told


def _told(line: socket.socket, folder: Path, trust: bool) -> dict[str, Any] | None:
    with line.makefile("rb") as stream:
        line.sendall(packed(task(folder, trust)))
        found = read(stream)
    return found[0] if found else None
