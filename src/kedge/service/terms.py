"""The terms that executions are run under: where they leave what, and what they see of the world around."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.service.preparing import absolute
from kedge.settings import SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.settings import Settings


@dataclass(frozen=True)
class Terms:
    """What every execution is run under.

    Parameters
    ----------
    output, logs
        Where reports and logs go, unless a definition says otherwise.
    work
        The folder whose folders executions work in.
    command
        What carries out an assignment; its file and its folder come behind.
    environment
        The variables of every execution.
    lease_seconds
        How long a worker may be silent before another takes over.
    attempts
        How often an execution is begun at most.
    """

    output: str
    logs: str
    work: Path
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    lease_seconds: float = 60.0
    attempts: int = 3


def terms_of(settings: Settings) -> Terms:
    """Return the terms that settings set."""
    data = Path(settings.data).absolute()
    output = absolute(settings.output) if settings.output else f"{data}/reports"
    return Terms(
        output=output,
        logs=f"{output}/_logs" if settings.output else f"{data}/logs",
        work=data / "work",
        command=(sys.executable, "-P", "-m", "kedge", "execute"),
        environment=_environment(settings),
        lease_seconds=settings.lease_seconds,
    )


def _environment(settings: Settings) -> dict[str, str]:
    """Return the variables of executions: the settings, what is to be passed on, and where modules are."""
    patterns = [name.strip() for name in (settings.pass_environment or "").split(",")]
    kind, _, key = (settings.capture_key or "").partition(":")
    patterns += [key] if kind == "env" else []
    passed = {name: value for name, value in os.environ.items() if any(fnmatchcase(name, p) for p in patterns)}
    given = {name: value for name, value in settings.model_dump().items() if value is not None and name not in SERVER}
    if kind == "file":
        given["capture_key"] = f"file:{absolute(key)}"
    if settings.plugins:
        given["plugins"] = absolute(settings.plugins)
    folders = [absolute(folder) for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    path = {"PYTHONPATH": os.pathsep.join(folders)} if folders else {}
    return {"PYTHONUTF8": "1", **path, **passed, **{f"KEDGE_{name.upper()}": str(v) for name, v in given.items()}}
