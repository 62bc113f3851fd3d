"""``kedge baseline``: learn what normal looks like."""

from __future__ import annotations

from typing import Annotated

from typer import Option, echo

from kedge.adapters.presentation.words import count
from kedge.app import jobs
from kedge.domain.wire import CONSTRAINTS_FILE, PROFILE_FILE, STATISTICS_FILE
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import progress
from kedge.settings import load


def baseline(
    data: options.Data,
    output: Annotated[str, Option("--output", "-o", help="Folder or URL for the baseline.")],
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
    preprocess: options.Preprocess = None,
    hook_timeout: options.HookTimeout = None,
    hook_memory: options.HookMemory = None,
    categorical_drift_method: Annotated[
        options.DriftMethod, Option(help="How categories will be compared.")
    ] = options.DriftMethod.linfinity,
    json: options.Json = False,
) -> None:
    """Learn what normal looks like: write statistics.json, constraints.json and profile.json."""
    settings, _ = load(
        unreadable_share=unreadable_share,
        sample_rows=sample,
        raw_values=raw_values,
        hook_timeout_seconds=hook_timeout,
        hook_memory=hook_memory,
    )
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
        preprocess,
    )
    work = jobs(settings)
    with progress("learning") as advance:
        learned = work.learn(dataset, advance, categorical_drift_method=categorical_drift_method.value)
        work.shelf.save_baseline(learned, output)
    reading = learned.reading
    if json and reading:
        echo(reading.model_copy(update={"inputs": [data]}).model_dump_json())
        return
    files = ", ".join((STATISTICS_FILE, CONSTRAINTS_FILE, PROFILE_FILE))
    features, rows = len(learned.constraints.features), reading.rows if reading else 0
    echo(f"Learned {count(features, 'feature')} from {count(rows, 'row')}: {files} in {output}")
    for note in options.remarks(reading):
        echo(note)
