"""Executions as processes of this machine: limits around each, its output kept, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import IO, TYPE_CHECKING

from kedge.domain.task import Ended
from kedge.errors import MissingDependency

try:
    import psutil
except ImportError:
    raise MissingDependency("psutil", "Running executions", "server") from None

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Event

    from kedge.domain.task import How, Limits, Task

GUARD = Path(__file__).with_name("guard.py")
LOOK_SECONDS = 0.1  # between two looks at time, memory and the wish to stop
END_SECONDS = 30.0  # for what ends a container
ROUNDS = 20  # of killing what starts others meanwhile
TAIL_BYTES = 16 << 10  # of the output, from its end


class Process:
    """Runs each task in a session of its own.

    Parameters
    ----------
    grace_seconds
        What a task that is to end may take for that, before it is killed.
    """

    def __init__(self, grace_seconds: float = 5.0) -> None:
        self._grace_seconds = grace_seconds

    def run(self, task: Task, limits: Limits, stop: Event) -> Ended:
        """Run a task to its end, or to that of a limit."""
        task.folder.mkdir(parents=True, exist_ok=True)
        environment = {"PATH": os.environ.get("PATH", os.defpath), "TMPDIR": str(task.folder), **task.environment}
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), str(len(task.after)), *task.after, *task.command],
            cwd=task.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        tree, log = _Tree(process.pid), _Log(task.log, limits.log_bytes)
        reader = Thread(target=log.read, args=(process.stdout,), daemon=True)
        reader.start()
        since = monotonic()
        try:
            how = self._watched(process, tree, limits, stop)
        finally:
            tree.kill()
            process.wait()
            _close(process.stdin)
            reader.join(self._grace_seconds)
            _end(task.after, environment)
        return Ended(how, process.returncode, tree.peak_bytes, monotonic() - since, log.end())

    def _watched(self, process: subprocess.Popen[bytes], tree: _Tree, limits: Limits, stop: Event) -> How:
        """Wait for the end, and return what brought it about."""
        until = monotonic() + limits.seconds
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
                return "exited"
            if tree.resident() > limits.memory_bytes:
                return "memory"
            if stop.is_set() or monotonic() > until:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(self._grace_seconds)
                return "stopped" if stop.is_set() else "time"


class _Tree:
    """A process and all that it started, also what has since left its session."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: set[psutil.Process] = set()
        self.peak_bytes = 0

    def resident(self) -> int:
        """Return what all of them hold in memory; pages that several share count for each."""
        with suppress(psutil.Error):
            self._seen |= {*(root := psutil.Process(self._pid)).children(recursive=True), root}
        sizes = {process: _resident(process) for process in self._seen}
        self._seen = {process for process, size in sizes.items() if size}
        total = sum(sizes.values())
        self.peak_bytes = max(self.peak_bytes, total)
        return total

    def kill(self) -> None:
        """Kill every one that still runs."""
        for _ in range(ROUNDS):  # what loses its parent becomes the guard's, so that one is last
            self.resident()
            started = [process for process in self._seen if process.pid != self._pid]
            _kill(started)
            if not started:
                break
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
        _kill(self._seen)


class _Log:
    """The output of a task: its beginning in a file, and its end too, where all is too much."""

    def __init__(self, path: Path, size: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._size = path, max(size - TAIL_BYTES, 0)
        self._bytes, self._tail = 0, b""

    def read(self, stream: IO[bytes]) -> None:
        """Keep what comes, until nothing more does."""
        with stream, self._path.open("wb", buffering=0) as file:
            while chunk := os.read(stream.fileno(), 1 << 16):
                file.write(chunk[: max(self._size - self._bytes, 0)])
                self._bytes += len(chunk)
                self._tail = (self._tail + chunk)[-TAIL_BYTES:]

    def end(self) -> str:
        """Complete the file, and return the end of the output."""
        if self._bytes > self._size:
            rest = self._tail[-(self._bytes - self._size) :]
            left_out = self._bytes - self._size - len(rest)
            note = f"\n… {left_out} bytes are left out\n".encode() if left_out else b""
            with suppress(OSError), _reopened(self._path) as file:
                file.write(note + rest)
        return self._tail.decode("utf-8", "replace")


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _reopened(path: Path) -> IO[bytes]:
    """Open a file to write at its end; a task may have put a pipe or a link in its place, which is left alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK), "ab")


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _end(command: tuple[str, ...], environment: dict[str, str]) -> None:
    """End what no signal reaches, such as a container; that there is nothing to end is no trouble."""
    with suppress(OSError, subprocess.TimeoutExpired):
        if command:
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=END_SECONDS)


def _close(stream: IO[bytes] | None) -> None:
    if stream:
        with suppress(BrokenPipeError):
            stream.close()
