"""What it costs to have kedge: the seconds of an import, and the megabytes of an installation."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from .measure import Contender, Limit, Options, markdown, race, table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
CORE_LIMIT = 150e6  # bytes that an installation without extras takes
# The part that may run inside other people's servers.
RECORDS = "kedge.domain.capture_record, kedge.domain.dataset, kedge.domain.window"


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for the times, and for the sizes."""
    yield "Import, whole processes; the first line is Python alone"
    yield table(race(_contenders(), 3 if options.quick else ROUNDS))
    sizes = {"kedge": _package_size(), **{d.name: _installed_size(d) for d in _core()}}
    yield f"Installation, {len(sizes)} packages"
    lines = [(name, f"{size / 1e6:.1f}", "", "") for name, size in sorted(sizes.items(), key=lambda item: -item[1])]
    total = sum(sizes.values())
    verdict = "met" if total < CORE_LIMIT else "missed"
    lines.append(("together", f"{total / 1e6:.1f}", f"under {CORE_LIMIT / 1e6:.0f}", verdict))
    yield markdown(("package", "MB", "target", ""), lines)


def _contenders() -> list[Contender]:
    def python(code: str) -> tuple[str, ...]:
        return (sys.executable, "-c", code)

    return [
        Contender("python -c pass", python("pass")),
        Contender("import kedge", python("import kedge"), Limit("wall", 0.3)),
        Contender("import kedge.domain", python(f"import {RECORDS}"), Limit("wall", 0.06)),
        Contender("kedge.check, loaded", python("import kedge; kedge.check")),
        Contender("import typer, rich, pydantic", python("import typer, rich, pydantic")),
        Contender("kedge --version", (sys.executable, "-m", "kedge", "--version")),
    ]


def _core() -> list[Distribution]:
    """Return what an installation without extras brings, dependencies of dependencies included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found: dict[str, Distribution] = {}
    asked = list(project["dependencies"])
    while asked:
        name = _name(asked.pop())
        if name not in found and (there := _distribution(name)):
            found[name] = there
            asked += [need for need in there.requires or () if "extra ==" not in need]
    return list(found.values())


def _distribution(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None  # needed on another platform or by another Python only


def _name(requirement: str) -> str:
    """Return the name that a requirement begins with.

    >>> _name("typing_extensions>=4.6; python_version < '3.13'")
    'typing-extensions'
    """
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def _installed_size(package: Distribution) -> int:
    paths = (Path(str(file.locate())) for file in package.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def _package_size() -> int:
    files = (ROOT / "src" / "kedge").rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file() and file.suffix != ".pyc")
