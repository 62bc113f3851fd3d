"""``kedge doctor``: what is installed, what is missing, the command that adds it."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from rich.table import Table
from typer import echo

from kedge.interfaces.cli.terminal import output as console
from kedge.registry import KINDS, items
from kedge.version import __version__

PACKAGES = {
    "duckdb": "",
    "jinja2": "",
    "nanoarrow": "",
    "numpy": "",
    "pydantic": "",
    "rich": "",
    "typer": "",
    "obstore": "remote",
    "scipy": "stats",
    "jmespath": "jmespath",
}
USED_FOR = {
    "duckdb": "reading files",
    "jinja2": "the report's page",
    "nanoarrow": "batches and frames",
    "numpy": "sketches",
    "pydantic": "documents and settings",
    "rich": "tables and progress bars",
    "typer": "the command line",
    "obstore": "s3://, gs:// and az:// URLs",
    "scipy": "the ChiSquared drift method",
    "jmespath": "--input-rows and --output-rows",
}


def doctor() -> None:
    """Show what is installed, what is missing, and the command that adds it."""
    echo(f"kedge {__version__}, Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    packages = Table("package", "version", "used for", "to add it", box=None, pad_edge=False)
    for package, extra in PACKAGES.items():
        found = _version(package)
        add = "" if found else f"{sys.executable} -m pip install " + (f"'kedge[{extra}]'" if extra else package)
        packages.add_row(package, found or "missing", USED_FOR[package], add)
    kinds = Table("kind", "items", box=None, pad_edge=False)
    for kind in KINDS:
        kinds.add_row(kind, ", ".join(i.name + _lacking(i.missing) for i in items(kind)))
    screen = console()
    screen.print(packages, "", kinds, sep="\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _lacking(missing: dict[str, str]) -> str:
    return f" (needs {', '.join(missing)})" if missing else ""
