"""Calls an analyzer that is a function, under the same contract as one that is a command.

A program of its own, with the standard library alone: its argument is a Python file with an ``analyze``, or the name of
an entry point of ``kedge.analyzer``.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Given:
    """What an analyzer is given.

    Parameters
    ----------
    files
        The files of the window, in the order of their hours.
    output
        The folder that is published: whatever is written there.
    start, end
        The window; files may hold records before and after it.
    constraints, statistics
        Those of the baseline, if there is one.
    environment
        Every variable of the contract, and the definition's own.
    """

    files: tuple[Path, ...]
    output: Path
    start: datetime
    end: datetime
    constraints: Path | None
    statistics: Path | None
    environment: Mapping[str, str]


def main() -> None:
    """Call the function, and leave what it returns as a command would."""
    given = _given(os.environ)
    told = _function(sys.argv[1])(given)
    if told is None:
        return
    message = told if isinstance(told, str) else _written(told, given.output)
    given.output.parents[1].joinpath("output", "message").write_text(message, "utf-8")


def _function(named: str) -> Any:
    if not named.endswith(".py"):
        found = entry_points(group="kedge.analyzer")
        if named in found.names:
            return found[named].load()
        known = ", ".join(sorted(found.names)) or "none"
        sys.exit(f"There is no entry point {named!r} of kedge.analyzer; there is {known}.")
    spec = spec_from_file_location("analyzer", named)
    if spec is None or spec.loader is None:
        sys.exit(f"{named} is no module of Python.")
    module = sys.modules["analyzer"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "analyze", None)):
        sys.exit(f"{named} defines no function analyze(given).")
    return module.analyze


def _given(variables: Mapping[str, str]) -> Given:
    source = Path(variables["dataset_source"])
    return Given(
        files=tuple(sorted((path for path in source.rglob("*") if path.is_file()), key=lambda path: path.parts[-5:])),
        output=Path(variables["output_path"]),
        start=datetime.fromisoformat(variables["start_time"]),
        end=datetime.fromisoformat(variables["end_time"]),
        constraints=_path(variables.get("baseline_constraints")),
        statistics=_path(variables.get("baseline_statistics")),
        environment=dict(variables),
    )


def _path(named: str | None) -> Path | None:
    return Path(named) if named else None


def _written(found: Iterable[Mapping[str, object]], output: Path) -> str:
    """Write violations as the service does, and return the message."""
    violations = [dict(one) for one in found]
    document = json.dumps({"violations": violations}, indent=2, allow_nan=False)
    (output / "constraint_violations.json").write_text(document, "utf-8")
    if violations:
        return f"CompletedWithViolations: Job completed successfully with {len(violations)} violations."
    return "Completed: Job completed successfully with no violations."


if __name__ == "__main__":
    main()
