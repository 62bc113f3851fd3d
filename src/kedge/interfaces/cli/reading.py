"""The options that say how data is read: declared once, taken by every command that reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from typer import Context, Option

from kedge.domain.dataset import Dataset
from kedge.domain.window import Window, parse_time
from kedge.errors import SettingError
from kedge.settings import Settings, load

if TYPE_CHECKING:
    Command = Callable[..., None]

READING = "Reading"
SCRIPTS = "Scripts"


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


def _option(*names: str, panel: str = READING, **given: Any) -> Any:
    return Option(*names, rich_help_panel=panel, **given)


@dataclass(frozen=True)
class Reading:
    """How data is read, field by field an option; a command gets them by :func:`takes`."""

    format: Annotated[FormatName | None, _option("--format", help="What the files are; else told by their names.")] = (
        None
    )
    header: Annotated[bool, _option("--header/--no-header", help="Whether CSV files start with the names.")] = True
    delimiter: Annotated[str, _option(help="Between two fields of CSV files and payloads.")] = ","
    start: Annotated[str | None, _option("--from", help="Start of the window, such as 2024-05-01T09:00:00Z.")] = None
    end: Annotated[str | None, _option("--to", help="End of the window, not part of it.")] = None
    output_columns_position: Annotated[Position, _option(help="Where predictions stand in the baseline.")] = (
        Position.start
    )
    input_rows: Annotated[str | None, _option(help="JMESPath to the list of rows in a JSON request.")] = None
    output_rows: Annotated[str | None, _option(help="JMESPath to the list of rows in a JSON response.")] = None
    exclude: Annotated[list[str] | None, _option(help="A column to leave out; may be given again.")] = None
    unreadable_share: Annotated[
        float | None, _option(help="Fail above this share of unreadable records, 0 to 1.", show_default="0.01")
    ] = None
    sample: Annotated[
        int | None, _option(help="Rows to keep whole in the profile; 0 keeps none.", show_default="256")
    ] = None
    raw_values: Annotated[
        bool | None,
        _option(
            "--raw-values/--no-raw-values",
            help="Whether the profile keeps rows and texts, or no row and hashes of texts.",
            show_default="raw-values",
        ),
    ] = None
    preprocess: Annotated[
        str | None,
        _option(help="A script whose preprocess_handler makes rows of records: path or URL.", panel=SCRIPTS),
    ] = None
    hook_timeout: Annotated[
        float | None,
        _option(
            help="Seconds that a script may take to load, for one record, and to end.",
            show_default="60",
            panel=SCRIPTS,
        ),
    ] = None
    hook_memory: Annotated[
        str | None,
        _option(help="What the process of a script may use, such as 2GB.", show_default="2GB", panel=SCRIPTS),
    ] = None

    def settings(self, **others: Any) -> Settings:
        """Return the settings, with what was given here and ``others`` as flags."""
        settings, _ = load(
            unreadable_share=self.unreadable_share,
            sample_rows=self.sample,
            raw_values=self.raw_values,
            hook_timeout_seconds=self.hook_timeout,
            hook_memory=self.hook_memory,
            **others,
        )
        return settings

    def dataset(self, url: str, settings: Settings) -> Dataset:
        """Return the dataset that the options describe."""
        return Dataset(
            url=url,
            format=self.format.value if self.format else None,
            header=self.header,
            delimiter="\t" if self.delimiter == "\\t" else self.delimiter,
            window=_window(self.start, self.end),
            output_columns_position=self.output_columns_position.value,
            input_rows=self.input_rows,
            output_rows=self.output_rows,
            exclude=tuple(self.exclude or ()),
            unreadable_share=settings.unreadable_share,
            preprocess=self.preprocess,
        )


def takes(*groups: type[Any]) -> Callable[[Command], Command]:
    """Give a command the options of dataclasses, and an instance of each as its first arguments."""

    def give(command: Command) -> Command:
        own = list(signature(command, eval_str=True).parameters.values())[len(groups) :]
        shared = [parameter for group in groups for parameter in _options(group)]
        every = [*(parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own), *shared]

        @wraps(command)
        def run(**given: Any) -> None:
            filled = [group(**{field.name: given.pop(field.name) for field in fields(group)}) for group in groups]
            command(*filled, **given)

        run.__signature__ = Signature(every)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
        return run

    return give


def _options(group: type[Any]) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
        for field in fields(group)
    ]


def refuse_reading(context: Context) -> None:
    """Refuse data, and every option that needs its rows, where a profile is judged instead."""
    names = {"data", "score", *(field.name for field in fields(Reading))}
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source and source.name == "COMMANDLINE" and parameter.name in names:
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
