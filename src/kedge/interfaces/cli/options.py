"""The options that commands share, and what they print alike."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from kedge.adapters.presentation.words import count, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.report import HookRun, Reading


class Compat(StrEnum):
    """Whose verdicts are given."""

    sagemaker = "sagemaker"


class DriftMethod(StrEnum):
    """How categories are compared."""

    linfinity = "LInfinity"
    chi_squared = "ChiSquared"


SHOWN_LINES = 10  # of what a script printed
_DATA = Argument(help="A file or a folder: a path, or a file://, s3://, gs:// or az:// URL.")
Data = Annotated[str, _DATA]
DataOrNone = Annotated[str | None, _DATA]
Score = Annotated[
    str | None,
    Option(
        help="How rows that stand out are found: robust, isolation_forest, or one of another package.",
        show_default="robust",
    ),
]
Plugins = Annotated[
    str | None, Option("--plugins", help="Folder of your own statistics, distances and checks: its code is run.")
]
Json = Annotated[bool, Option("--json", help="Print the outcome as JSON, for machines.")]


def remarks(reading: Reading | None) -> Iterator[str]:
    """Yield what a person should know of how the data was read."""
    if reading is None:
        return
    yield from (f"Note: {plain(note, 500)}" for note in reading.notes)
    if reading.unreadable:
        yield f"{count(reading.unreadable, 'record')} could not be read:"
        yield from (f"  {plain(e.file, 200)}:{e.line or '?'}: {plain(e.reason, 300)}" for e in reading.examples)
    for run in reading.preprocess:
        yield from printed(run)


def printed(run: HookRun | None) -> Iterator[str]:
    """Yield the end of what a script printed."""
    lines = run.output.rstrip().splitlines() if run else []
    if run and lines:
        yield f"{run.script} printed {run.output_bytes:,} bytes, the last lines:"
        yield from (f"  {plain(line, 200)}" if line.strip() else "" for line in lines[-SHOWN_LINES:])
