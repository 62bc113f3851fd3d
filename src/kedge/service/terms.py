"""The terms that executions are run under: where they leave what, and what they see of the world around."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kedge.domain.access import DEFAULT, WorkspaceSettings
from kedge.service.access.reach import places_of
from kedge.service.preparing import absolute
from kedge.settings import SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.settings import Settings

PLAIN: Final = ("LANG", "LC_ALL", "TZ")  # what tells nothing, and everybody may see
PATHS: Final = ("PATH", "TMPDIR")
# Of what is the server's: what its executions go by, too.
EXECUTIONS: Final = frozenset(
    ("execution_memory", "script_environment", "containers", "container_network", "allowed_places", "allowed_addresses")
)
HUB: Final = WorkspaceSettings(name=DEFAULT)
CLOUDS: Final = ("AWS_", "GOOGLE_", "AZURE_")  # what the variables of each begin with


@dataclass(frozen=True)
class Terms:
    """What every execution is run under.

    Parameters
    ----------
    output, logs, baselines
        Where reports, logs and learned baselines go, unless a definition says otherwise.
    work
        The folder whose folders executions work in.
    command
        What carries out an assignment; its file and its folder come behind.
    environment
        The variables of every execution.
    credentials
        Those that are read anew for each, and where they are: ``file:PATH`` or ``env:NAME``.
    lease_seconds
        How long a worker may be silent before another takes over.
    attempts
        How often an execution is begun at most.
    """

    output: str
    logs: str
    baselines: str
    work: Path
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    lease_seconds: float = 60.0
    attempts: int = 3


def terms_of(settings: Settings, workspace: WorkspaceSettings = HUB) -> Terms:
    """Return the terms that settings set, and a workspace for itself."""
    own, asked = _own(settings, workspace), _asked(settings, workspace)
    output = absolute(asked) if asked else f"{own}/reports"
    return Terms(
        output=output,
        logs=f"{output}/_logs" if asked else f"{own}/logs",
        baselines=baselines_of(settings, workspace),
        work=Path(settings.data).absolute() / "work",
        command=(sys.executable, "-P", "-m", "kedge", "execute"),
        environment=_environment(settings, workspace, (f"{own}/baselines", output)),
        credentials=workspace.credentials,
        lease_seconds=settings.lease_seconds,
    )


def baselines_of(settings: Settings, workspace: WorkspaceSettings) -> str:
    """Return where learned baselines go: of the terms what every request asks for."""
    asked = _asked(settings, workspace)
    return f"{absolute(asked)}/_baselines" if asked else f"{_own(settings, workspace)}/baselines"


def _own(settings: Settings, workspace: WorkspaceSettings) -> Path:
    data = Path(settings.data).absolute()
    return data if workspace.name == DEFAULT else data / "workspaces" / workspace.name


def _asked(settings: Settings, workspace: WorkspaceSettings) -> str | None:
    """Return where reports go if somebody says so."""
    return workspace.output or (settings.output if workspace.name == DEFAULT else None)


def capture_key_of(settings: Settings, workspace: WorkspaceSettings) -> str | None:
    """Return where the key of a workspace's captures is; the server's own is the default workspace's."""
    return workspace.capture_key or (settings.capture_key if workspace.name == DEFAULT else None)


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


def _environment(settings: Settings, workspace: WorkspaceSettings, kept: Sequence[str]) -> dict[str, str]:
    """Return the variables of executions: the settings, what is to be passed on, and where modules are.

    What the server passes on is the default workspace's, and no other's. Executions reach the places that are allowed,
    and what is ``kept`` for them.
    """
    own, capture_key = SERVER - EXECUTIONS, capture_key_of(settings, workspace)
    given = {name: value for name, value in settings.model_dump().items() if value is not None and name not in own}
    kind, _, key = (capture_key or "").partition(":")
    given.pop("capture_key", None)
    if capture_key:
        given["capture_key"] = f"file:{absolute(key)}" if kind == "file" else capture_key
    passed = seen([*PLAIN, *([key] if kind == "env" else [])])
    if workspace.name == DEFAULT:
        passed |= seen([*patterns_of(settings.pass_environment), *patterns_of(settings.script_environment)])
    else:
        passed |= _anonymous(workspace)
    places = places_of(settings).narrowed(workspace.places)
    if not places.everywhere:
        given["allowed_places"] = ",".join((*places.allowed, *kept))
    if settings.plugins:
        given["plugins"] = absolute(settings.plugins)
    return {
        "PYTHONUTF8": "1",
        **module_path(),
        **passed,
        **{f"KEDGE_{name.upper()}": str(v) for name, v in given.items()},
    }


def _anonymous(workspace: WorkspaceSettings) -> dict[str, str]:
    """Return what keeps executions from asking a cloud in the name of the machine, where they have no name there."""
    own = [cloud for cloud in CLOUDS if any(name.startswith(cloud) for name in workspace.credentials)]
    return {f"{cloud}SKIP_SIGNATURE": "true" for cloud in CLOUDS if cloud not in own}
