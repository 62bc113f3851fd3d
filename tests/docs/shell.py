"""A shell for the commands of a page: what one leaves in the background is ended with the page, children and all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

import kedge

COMMAND_SECONDS = 60
ENDING_SECONDS = 10
Shell = Callable[[str], tuple[int, str]]


@contextmanager
def shell() -> Iterator[Shell]:
    """Give what runs a script in the present folder, and returns its exit code and what it prints."""
    begun: list[int] = []

    def run(script: str) -> tuple[int, str]:
        with subprocess.Popen(
            ["bash", "-c", script],
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        ) as process:
            begun.append(process.pid)
            try:
                printed, _ = process.communicate(timeout=COMMAND_SECONDS)
            except BaseException:
                process.kill()
                raise
        if not _members({process.pid}):
            begun.remove(process.pid)  # the number may soon be another's
        return process.returncode, printed

    try:
        yield run
    finally:
        _end({*begun})


def _members(groups: set[int]) -> list[psutil.Process]:
    """Return the processes of these groups: a shell that reads a script has what it starts in its own."""
    found = []
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            if os.getpgid(process.pid) in groups:
                found.append(process)
    return found


def _end(groups: set[int]) -> None:
    """End what these groups still do, and what has gone into groups of its own below it."""
    found = set(_members(groups)) if groups else set()
    for process in list(found):
        with suppress(psutil.Error):
            found |= {*process.children(recursive=True)}
    for process in found:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(found, timeout=ENDING_SECONDS)


def _environment() -> dict[str, str]:
    """Put ``kedge`` and ``python`` on the path, as an installation would."""
    tools = Path(".tools").resolve()
    if not tools.is_dir():
        tools.mkdir()
        for name, arguments in (("python", ""), ("kedge", "-m kedge")):
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
            (tools / name).chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    source = str(Path(kedge.__file__).parents[1])
    return os.environ | {"PATH": path, "PYTHONPATH": source, "PYTHONUTF8": "1"}
