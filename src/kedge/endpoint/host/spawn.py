"""How the process of a version is started: by the front, and by a trial."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

STARTING_SECONDS: Final = 300.0  # that a model may take to load


class ModelError(Exception):
    """A model that does not start, or that does not answer."""


def command(line: int) -> list[str]:
    """Return the command of a process that speaks over an open socket; prints are not held back in it."""
    return [sys.executable, "-P", "-u", "-m", "kedge.endpoint.host.model", str(line)]


def environment() -> dict[str, str]:
    """Return its environment: folders to import from are meant here, and it works in the folder of its model."""
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(f).absolute()) for f in folders if f)}


def task(folder: Path, trust: bool) -> dict[str, Any]:
    """Return the first message: what it is to load."""
    return {"folder": str(folder.absolute()), "trust": trust}


def ended(code: int | None) -> str:
    """Say how a process ended."""
    return f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
