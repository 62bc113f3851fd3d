"""What is run apart from us, what it may take, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be run, as a program.

    Parameters
    ----------
    command
        The program and its arguments.
    folder
        Where it works; it is made, and stays.
    log
        The file that gets its output.
    environment
        All the variables that it has, beside ``PATH`` and ``TMPDIR``.
    after
        What is run when it has ended, however that was.
    image
        The container image that it runs in; none means this machine.
    mounts
        Of a container: what it sees of this machine, each folder with its place there and whether it may write.
    """

    command: tuple[str, ...]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    image: str | None = None
    mounts: tuple[tuple[Path, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may take: time, resident memory of all its processes, and of its output what is kept."""

    seconds: float = 3600.0
    memory_bytes: int = 4 << 30
    log_bytes: int = 4 << 20


How = Literal["exited", "time", "memory", "stopped"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task ended.

    Parameters
    ----------
    how
        By itself (``exited``), by the limit of ``time`` or ``memory``, or because it was ``stopped``.
    code
        The exit code; below 0 the signal that ended it.
    peak_bytes, seconds
        The most memory that was seen, and how long it ran.
    tail
        The end of its output.
    """

    how: How
    code: int
    peak_bytes: int
    seconds: float
    tail: str
