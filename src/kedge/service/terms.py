"""The terms that executions are run under: where they leave what, and what they see of the world around."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kedge.service.preparing import absolute
from kedge.settings import SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.settings import Settings

PLAIN: Final = ("LANG", "LC_ALL", "TZ")  # what tells nothing, and everybody may see
PATHS: Final = ("PATH", "TMPDIR")
# Of what is the server's: what its executions go by, too.
EXECUTIONS: Final = frozenset(("execution_memory", "script_environment", "containers", "container_network"))


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


def baselines_of(settings: Settings) -> str:
    """Return where baselines go that are learned on behalf of the catalog: where all that share it can read them."""
    if settings.output:
        return f"{absolute(settings.output)}/_baselines"
    return f"{settings.data if '://' in settings.data else Path(settings.data).resolve()}/baselines"


def patterns_of(names: str | None) -> list[str]:
    """Return the patterns of a setting that names variables."""
    return [name.strip() for name in (names or "").split(",")]


def seen(patterns: Sequence[str]) -> dict[str, str]:
    """Return the variables of this process that match one of some patterns."""
    return {name: value for name, value in os.environ.items() if any(fnmatchcase(name, p) for p in patterns)}


def module_path() -> dict[str, str]:
    """Return where modules are, as it is in any folder."""
    folders = [absolute(folder) for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    return {"PYTHONPATH": os.pathsep.join(folders)} if folders else {}


def _environment(settings: Settings) -> dict[str, str]:
    """Return the variables of executions: the settings, what is to be passed on, and where modules are."""
    patterns = [*PLAIN, *patterns_of(settings.pass_environment), *patterns_of(settings.script_environment)]
    kind, _, key = (settings.capture_key or "").partition(":")
    patterns += [key] if kind == "env" else []
    passed = seen(patterns)
    own = SERVER - EXECUTIONS
    given = {name: value for name, value in settings.model_dump().items() if value is not None and name not in own}
    if kind == "file":
        given["capture_key"] = f"file:{absolute(key)}"
    if settings.plugins:
        given["plugins"] = absolute(settings.plugins)
    return {
        "PYTHONUTF8": "1",
        **module_path(),
        **passed,
        **{f"KEDGE_{name.upper()}": str(v) for name, v in given.items()},
    }
