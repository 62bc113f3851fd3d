"""``kedge check``: hold data, or a profile of it, against a baseline."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated

from typer import Context, Exit, Option, echo

from kedge.adapters.presentation.remarks import lines
from kedge.adapters.renderers import terminal
from kedge.adapters.renderers.github import github
from kedge.adapters.renderers.junit import junit as xml
from kedge.app import jobs, look
from kedge.domain.wire import PAGE_FILE
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.monitoring import Monitoring
from kedge.interfaces.cli.reading import SCRIPTS, Reading, refuse_reading, takes
from kedge.interfaces.cli.terminal import output as console
from kedge.interfaces.cli.terminal import progress
from kedge.service.shelf import place

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.preview import Preview
    from kedge.analysis.report import AnyJudged, Mode
    from kedge.domain.dataset import Dataset

PIPELINES = "Pipelines"


class Annotations(StrEnum):
    """Whose runner reads them."""

    github = "github"


@takes(Reading, Monitoring)
def check(
    reading: Reading,
    monitoring: Monitoring,
    context: Context,
    baseline: Annotated[str, Option("--baseline", "-b", help="Folder or URL of the baseline.")],
    data: options.DataOrNone = None,
    profile: Annotated[
        str | None, Option("--profile", help="A profile file to judge, a report's or a merged one, instead of data.")
    ] = None,
    output: Annotated[str | None, Option("--output", "-o", help="Folder or URL for the report.")] = None,
    compat: Annotated[options.Compat | None, Option(help="Give that service's verdicts and distances.")] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Look at a few rows, say what would fail, and write nothing.")
    ] = False,
    score: options.Score = None,
    exit_zero: Annotated[bool, Option("--exit-zero", help="Exit with 0 even where there are violations.")] = False,
    annotations: Annotated[
        Annotations | None, Option(help="Print violations for a workflow's runner, too.", rich_help_panel=PIPELINES)
    ] = None,
    junit: Annotated[
        str | None, Option(help="A JUnit XML file or URL to write, too.", rich_help_panel=PIPELINES)
    ] = None,
    postprocess: Annotated[
        str | None,
        Option(help="A script whose postprocess_handler sees the report: path or URL.", rich_help_panel=SCRIPTS),
    ] = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Hold data, or a profile of it, against a baseline: exit 0 without violations, 1 with some, 2 on any error."""
    if json and annotations:
        raise SettingError("Both --json and --annotations print.", next_step="Give one of them.")
    if junit:
        place(junit, ".xml")  # a name that will not do is told before anything is read
    settings = reading.settings(score=score, plugins=plugins)
    work = jobs(settings)
    mode: Mode = compat.value if compat else "default"
    if profile is not None:
        refuse_reading(context)
        dataset = None
    elif data is not None:
        dataset = monitoring.shifted(reading.dataset(data, settings))
    else:
        raise SettingError("There is nothing to check.", next_step="Give data, or a profile: --profile FILE.")
    if dry_run:
        at = partial(
            look(settings),
            baseline=baseline,
            mode=mode,
            postprocess=postprocess,
            asked=monitoring.asked(),
            column=monitoring.column,
        )
        raise Exit(_dry_run(dataset, at, json=json))
    with progress("checking") as advance:
        known = work.shelf.load_baseline(baseline)
        monitor = work.choice.judge_of(known, monitoring.wanted(report=output))
        if dataset:
            report = work.check(monitor, dataset, known, mode, advance, truth=monitoring.truth(), keep=output)
        else:
            report = work.judge(monitor, str(profile), known, mode)
        if postprocess:
            report = work.postprocess(report, postprocess, output)
        elif output:
            work.shelf.save_report(report, output)
        if junit:
            work.shelf.save(junit, ".xml", xml(report).encode())
    if json:
        echo(report.summary.model_dump_json())
    else:
        _print(report, annotations)
        if output:
            echo(f"Report: {output.rstrip('/')}/{PAGE_FILE}")
    raise Exit(1 if report.summary.findings and not exit_zero else 0)


def _print(report: AnyJudged, annotations: Annotations | None) -> None:
    # A name that came with the data must not be a command to the runner that reads this output.
    pause = f"stop-{token_hex(16)}" if annotations else ""
    if pause:
        echo(f"::stop-commands::{pause}")
    for part in terminal.outcome(report):
        console().print(part)
    for remark in (*options.remarks(report.summary.reading), *options.printed(report.summary.postprocess)):
        echo(remark)
    if pause:
        echo(f"::{pause}::")
        for command in github(report):
            echo(command)


def _dry_run(dataset: Dataset | None, look_at: Callable[[Dataset], Preview], *, json: bool) -> int:
    """Print what a look at the data finds; return 0 where the check would run, else 2."""
    if dataset is None:
        raise SettingError("A profile has no rows to look at.", field="--dry-run", next_step="Give data.")
    preview = look_at(dataset)
    for line in [preview.model_dump_json()] if json else lines(preview):
        echo(line)
    return 0 if preview.runs else 2
