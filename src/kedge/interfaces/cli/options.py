"""The options that commands share, and the dataset that they describe."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from kedge.adapters.presentation.words import count, plain
from kedge.domain.dataset import Dataset
from kedge.domain.window import Window, parse_time
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.report import HookRun, Reading
    from kedge.settings import Settings


class FormatName(StrEnum):
    """The formats that can be named."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"
    capture = "capture"
    batch = "batch"


class Position(StrEnum):
    """Where prediction columns stand."""

    start = "START"
    end = "END"


class Compat(StrEnum):
    """Whose verdicts are given."""

    sagemaker = "sagemaker"


class DriftMethod(StrEnum):
    """How categories are compared."""

    linfinity = "LInfinity"
    chi_squared = "ChiSquared"


SHOWN_LINES = 10  # of what a script printed
READING = "Reading"
_DATA = Argument(help="A file or a folder: a path, or a file://, s3://, gs:// or az:// URL.")
Data = Annotated[str, _DATA]
DataOrNone = Annotated[str | None, _DATA]
FormatOption = Annotated[
    FormatName | None,
    Option("--format", help="What the files are; else told by their names.", rich_help_panel=READING),
]
Header = Annotated[
    bool,
    Option("--header/--no-header", help="Whether CSV files start with the names.", rich_help_panel=READING),
]
Delimiter = Annotated[str, Option(help="Between two fields of CSV files and payloads.", rich_help_panel=READING)]
From = Annotated[
    str | None,
    Option("--from", help="Start of the window, such as 2024-05-01T09:00:00Z.", rich_help_panel=READING),
]
To = Annotated[str | None, Option("--to", help="End of the window, not part of it.", rich_help_panel=READING)]
OutputColumns = Annotated[
    Position,
    Option("--output-columns-position", help="Where predictions stand in the baseline.", rich_help_panel=READING),
]
InputRows = Annotated[
    str | None, Option(help="JMESPath to the list of rows in a JSON request.", rich_help_panel=READING)
]
OutputRows = Annotated[
    str | None, Option(help="JMESPath to the list of rows in a JSON response.", rich_help_panel=READING)
]
Exclude = Annotated[
    list[str] | None, Option(help="A column to leave out; may be given again.", rich_help_panel=READING)
]
UnreadableShare = Annotated[
    float | None,
    Option(
        help="Fail above this share of unreadable records, 0 to 1.",
        show_default="0.01",
        rich_help_panel=READING,
    ),
]
Sample = Annotated[
    int | None,
    Option(
        "--sample",
        help="Rows to keep whole in the profile; 0 keeps none.",
        show_default="256",
        rich_help_panel=READING,
    ),
]
RawValues = Annotated[
    bool | None,
    Option(
        "--raw-values/--no-raw-values",
        help="Whether the profile keeps rows and texts, or no row and hashes of texts.",
        show_default="raw-values",
        rich_help_panel=READING,
    ),
]
Score = Annotated[
    str | None,
    Option(
        help="How rows that stand out are found: robust, isolation_forest, or one of another package.",
        show_default="robust",
        rich_help_panel=READING,
    ),
]
HOOKS = "Scripts"
Preprocess = Annotated[
    str | None,
    Option(help="A script whose preprocess_handler makes rows of records: path or URL.", rich_help_panel=READING),
]
HookTimeout = Annotated[
    float | None,
    Option(
        "--hook-timeout",
        help="Seconds that a script may take to load, for one record, and to end.",
        show_default="60",
        rich_help_panel=HOOKS,
    ),
]
HookMemory = Annotated[
    str | None,
    Option(
        "--hook-memory",
        help="What the process of a script may use, such as 2GB.",
        show_default="2GB",
        rich_help_panel=HOOKS,
    ),
]
Plugins = Annotated[
    str | None, Option("--plugins", help="Folder of your own statistics, distances and checks: its code is run.")
]
Json = Annotated[bool, Option("--json", help="Print the outcome as JSON, for machines.")]


def dataset(
    settings: Settings,
    url: str,
    format: FormatName | None,
    header: bool,
    delimiter: str,
    start: str | None,
    end: str | None,
    position: Position,
    input_rows: str | None,
    output_rows: str | None,
    exclude: list[str] | None,
    preprocess: str | None = None,
) -> Dataset:
    """Return the dataset that the options describe."""
    return Dataset(
        url=url,
        format=format.value if format else None,
        header=header,
        delimiter="\t" if delimiter == "\\t" else delimiter,
        window=_window(start, end),
        output_columns_position=position.value,
        input_rows=input_rows,
        output_rows=output_rows,
        exclude=tuple(exclude or ()),
        unreadable_share=settings.unreadable_share,
        preprocess=preprocess,
    )


def refuse_reading(context: Context) -> None:
    """Refuse data, and every option of reading it, where a profile is judged instead."""
    for parameter in context.command.params:
        name, panel = str(parameter.name), getattr(parameter, "rich_help_panel", None)
        source = context.get_parameter_source(name)
        if source and source.name == "COMMANDLINE" and (name == "data" or panel == READING):
            raise SettingError(
                "A profile is judged as it is: no data is read.",
                field=parameter.opts[0],
                next_step="Leave this out, or leave out --profile.",
            )


def _window(start: str | None, end: str | None) -> Window | None:
    if start and end:
        return Window(parse_time(start), parse_time(end))
    if start or end:
        raise SettingError("A window needs both --from and --to.", next_step="Give the other one, too.")
    return None


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
