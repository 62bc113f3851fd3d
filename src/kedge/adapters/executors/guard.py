"""Stands between a worker and what it runs, in the same session: when the worker dies, all of it does.

A program of its own, with the standard library alone, as it starts before every execution. Its standard input is a
pipe that closes with the worker, however that ends. Its arguments are how many words the command has that ends what no
signal reaches, those words, and the command that it runs.
"""

import ctypes
import os
import signal
import subprocess
import sys
from threading import Thread
from time import monotonic

ENDING_SECONDS = 30
KILLING_SECONDS = 5
SET_CHILD_SUBREAPER = 36  # of prctl


def main() -> None:
    """Run a command, and end as it does."""
    _adopt()
    signal.signal(signal.SIGTERM, _passed_over)  # the command has it, too, and decides; a handler is not inherited
    words = int(sys.argv[1])
    after, command = sys.argv[2 : 2 + words], sys.argv[2 + words :]
    Thread(target=_watch, args=(after,), daemon=True).start()
    try:
        code = subprocess.Popen(command, stdin=subprocess.DEVNULL).wait()
    except OSError as error:
        print(f"{command[0]}: {error.strerror}.", file=sys.stderr, flush=True)
        os._exit(127)
    _kill_all()
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    os._exit(code)


def _passed_over(*_: object) -> None:
    """Go on."""


def _watch(after: list[str]) -> None:
    while os.read(0, 4096):
        pass
    try:
        if after:
            nothing = subprocess.DEVNULL  # who read what we print is gone
            subprocess.run(after, stdin=nothing, stdout=nothing, stderr=nothing, timeout=ENDING_SECONDS)
    finally:
        _kill_all()
        os.killpg(0, signal.SIGKILL)


def _adopt() -> None:
    """Become the parent of what loses its own, in whatever session it is: so that it can be found."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_all() -> None:
    """Kill what the command started; of what is killed the children become ours."""
    until = monotonic() + KILLING_SECONDS
    while (children := _children()) and monotonic() < until:
        for pid in children:
            _end(pid)


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):  # another thread waited for it
        return


def _children() -> list[int]:
    names = os.listdir("/proc") if sys.platform == "linux" else []  # noqa: PTH208 - the same
    return [pid for name in names if name.isdecimal() and _parent(pid := int(name)) == os.getpid()]


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib takes as long to import as all the rest
            return int(file.read().rpartition(b")")[2].split()[1])  # a name may hold anything
    except (OSError, ValueError, IndexError):  # it has ended
        return 0


if __name__ == "__main__":
    main()
