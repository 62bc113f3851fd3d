"""``kedge query``: statistics of any interval, from profiles."""

from __future__ import annotations

import json as documents
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from rich.text import Text
from typer import Argument, Option, echo

from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import NOTHING, count, number, percent, plain, some, span
from kedge.app import reports as reports_of
from kedge.app import save
from kedge.domain.question import Question
from kedge.domain.window import HOUR, format_time
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.kept import Kept
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from rich.table import Table

    from kedge.adapters.client import Client
    from kedge.domain.question import Answer
    from kedge.domain.window import Window
    from kedge.service.memory.reports import Reports
    from kedge.service.workspace import Workspace

STATISTICS = "completeness,mean,std_dev,min,p50,max"
SHARES = ("completeness", "type_shares")
SHOWN_GAPS = 5


@takes(Where, Kept)
def query(
    where: Where,
    kept: Kept,
    reports: Annotated[
        str | None, Argument(help="Folder or URL of reports, at any depth, instead of a server's.")
    ] = None,
    monitor: Annotated[str, Option(help="Of which monitor.")] = "data-quality",
    statistic: Annotated[
        list[str] | None, Option(help="Which, with commas between them; p99 is a quantile.", show_default=STATISTICS)
    ] = None,
    feature: Annotated[list[str] | None, Option(help="Only of this feature; may be given again.")] = None,
    output: Annotated[
        str | None,
        Option("--output", "-o", help="The .json file for the merged profile, for kedge check --profile."),
    ] = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Tell statistics of any interval by merging stored profiles, without reading a row."""
    statistics = [name for name in ",".join(statistic or [STATISTICS]).split(",") if name.strip()]
    question = Question(monitor, kept.endpoint, kept.variant, *kept.times, tuple(feature or ()))
    with _kept(where, reports, plugins) as profiles:
        answer = profiles.query(question, statistics)
        if output:
            save(output, ".json", profiles.profile(question))
    if json:
        echo(documents.dumps(_document(answer), ensure_ascii=False, allow_nan=False))
        return
    console().print(Text(_title(answer), style="bold"), _table(answer))
    for line in _gaps(answer):
        echo(line)
    if output:
        echo(f"Profile: {output}")


@contextmanager
def _kept(where: Where, reports: str | None, plugins: str | None) -> Iterator[Workspace | Client | Reports]:
    """Give what answers: a folder of reports, or a workspace."""
    if reports is None:
        with where.open(otherwise="give a folder of reports: kedge query reports/", plugins=plugins) as workspace:
            yield workspace
        return
    if where.data or where.database or where.server:
        raise SettingError("Both reports and a server are given.", next_step="Leave out one of them.")
    yield reports_of(load(plugins=plugins)[0], reports)


def _title(answer: Answer) -> str:
    made = ", ".join(count(amount, level if level != "other" else "window") for level, amount in answer.merged.items())
    when = span(format_time(answer.window.start), format_time(answer.window.end))
    return f"{when}: {count(answer.rows, 'row')}, merged from {made}"


def _table(answer: Answer) -> Table:
    names = list(next(iter(answer.features.values()), ()))
    table = headed("Feature", *(f">{name}" for name in names))
    for feature, told in answer.features.items():
        add(table, Text(plain(feature)), *(Text(_cell(name, told[name])) for name in names))
    return table


def _cell(name: str, value: Any) -> str:
    """Return a value as text: of several figures the few that matter most."""
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        return percent(value) if name in SHARES else number(value)
    if "edges" in value:
        return " ".join(f"{amount:,.0f}" for amount in value["counts"])
    if name in SHARES:
        return some([f"{plain(key, 24)} {percent(share)}" for key, share in value.items() if share])
    return some([f"{plain(key, 24)} {amount:,}" for key, amount in value.items()])


def _gaps(answer: Answer) -> Iterator[str]:
    """Yield what was not there, variant by variant."""
    for variant, gaps in answer.gaps.items():
        whose = f" of {plain(variant)}" if len(answer.gaps) > 1 else ""
        if gaps:
            yield f"No profile{whose} for {_length(gaps)}:"
            yield from (f"  {span(format_time(gap.start), format_time(gap.end))}" for gap in gaps[:SHOWN_GAPS])
        if more := gaps[SHOWN_GAPS:]:
            yield f"  and {len(more):,} more"


def _length(gaps: tuple[Window, ...]) -> str:
    return count(round(_missing(gaps) / HOUR), "hour")


def _missing(gaps: tuple[Window, ...]) -> timedelta:
    return sum((gap.end - gap.start for gap in gaps), start=0 * HOUR)


def _document(answer: Answer) -> dict[str, Any]:
    return {
        "window": _times(answer.window),
        "rows": answer.rows,
        "merged": answer.merged,
        "missing_hours": {variant: _missing(gaps) / HOUR for variant, gaps in answer.gaps.items()},
        "gaps": {variant: [_times(gap) for gap in gaps] for variant, gaps in answer.gaps.items()},
        "features": answer.features,
    }


def _times(window: Window) -> list[str]:
    return [format_time(window.start), format_time(window.end)]
