"""Stands between a worker and what it runs, in the same session: when the worker dies, all of it does.

A program of its own, with the standard library alone, as it starts before every execution. Its standard input is a
pipe that closes with the worker, however that ends. Its arguments are how many words the command has that ends what no
signal reaches, those words, and the command that it runs.
"""

import os
import signal
import subprocess
import sys
from threading import Thread

ENDING_SECONDS = 30


def main() -> None:
    """Run a command, and end as it does."""
    signal.signal(signal.SIGTERM, _passed_over)  # the command has it, too, and decides; a handler is not inherited
    words = int(sys.argv[1])
    after, command = sys.argv[2 : 2 + words], sys.argv[2 + words :]
    Thread(target=_watch, args=(after,), daemon=True).start()
    try:
        code = subprocess.Popen(command, stdin=subprocess.DEVNULL).wait()
    except OSError as error:
        print(f"{command[0]}: {error.strerror}.", file=sys.stderr, flush=True)
        os._exit(127)
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
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
