"""``kedge check``: hold data against a baseline."""

from __future__ import annotations

from typing import Annotated

from typer import Exit, Option, echo

from kedge.adapters.renderers import tables
from kedge.app import jobs
from kedge.domain.wire import PAGE_FILE
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import output as console
from kedge.interfaces.cli.terminal import progress
from kedge.settings import load


def check(
    data: options.Data,
    baseline: Annotated[str, Option("--baseline", "-b", help="Folder or URL of the baseline.")],
    output: Annotated[str | None, Option("--output", "-o", help="Folder or URL for the report.")] = None,
    compat: Annotated[options.Compat | None, Option(help="Give that service's verdicts and distances.")] = None,
    exit_zero: Annotated[bool, Option("--exit-zero", help="Exit with 0 even where there are violations.")] = False,
    format: options.FormatOption = None,
    header: options.Header = True,
    delimiter: options.Delimiter = ",",
    start: options.From = None,
    end: options.To = None,
    output_columns_position: options.OutputColumns = options.Position.start,
    input_rows: options.InputRows = None,
    output_rows: options.OutputRows = None,
    exclude: options.Exclude = None,
    unreadable_share: options.UnreadableShare = None,
    sample: options.Sample = None,
    raw_values: options.RawValues = None,
    json: options.Json = False,
) -> None:
    """Hold data against a baseline: exit 0 without violations, 1 with some, 2 on any error."""
    settings, _ = load(unreadable_share=unreadable_share, sample_rows=sample, raw_values=raw_values)
    dataset = options.dataset(
        settings,
        data,
        format,
        header,
        delimiter,
        start,
        end,
        output_columns_position,
        input_rows,
        output_rows,
        exclude,
    )
    work = jobs(settings)
    with progress("checking") as advance:
        known = work.load_baseline(baseline)
        report = work.check(dataset, known, compat.value if compat else "default", advance)
        if output:
            work.save_report(report, output)
    if json:
        echo(report.summary.model_dump_json())
    else:
        screen = console()
        screen.print(tables.verdict(report))
        if report.summary.findings:
            screen.print(tables.violations(report))
        for remark in options.remarks(report.summary.reading):
            echo(remark)
        if output:
            echo(f"Report: {output.rstrip('/')}/{PAGE_FILE}")
    raise Exit(1 if report.summary.findings and not exit_zero else 0)
