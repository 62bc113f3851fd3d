"""``kedge baseline``: learn what normal looks like."""

from __future__ import annotations

from typing import Annotated

from typer import Option, echo

from kedge.adapters.presentation.words import count
from kedge.adapters.renderers import terminal
from kedge.app import jobs
from kedge.domain.wire import PROFILE_FILE
from kedge.interfaces.cli import options
from kedge.interfaces.cli.monitoring import Monitoring
from kedge.interfaces.cli.reading import Reading, takes
from kedge.interfaces.cli.terminal import progress


@takes(Reading, Monitoring)
def baseline(
    reading: Reading,
    monitoring: Monitoring,
    data: options.Data,
    output: Annotated[str, Option("--output", "-o", help="Folder or URL for the baseline.")],
    categorical_drift_method: Annotated[
        options.DriftMethod, Option(help="How categories will be compared.")
    ] = options.DriftMethod.linfinity,
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Learn what normal looks like: write statistics.json and constraints.json, or analysis.json, and profile.json."""
    settings = reading.settings(plugins=plugins)
    dataset = monitoring.shifted(reading.dataset(data, settings))
    work = jobs(settings)
    with progress("learning") as advance:
        monitor = work.choice.learner(monitoring.wanted(categorical_drift_method=categorical_drift_method.value))
        learned = work.learn(monitor, dataset, advance, truth=monitoring.truth())
        work.shelf.save_baseline(learned, output)
    done = learned.reading
    if json and done:
        echo(done.model_copy(update={"inputs": [data]}).model_dump_json())
        return
    own = monitor.documents
    files = ", ".join(dict.fromkeys((own.statistics_file, own.constraints_file, PROFILE_FILE)))
    echo(f"Learned {terminal.extent(learned)} from {count(done.rows if done else 0, 'row')}: {files} in {output}")
    for note in options.remarks(done):
        echo(note)
