"""``kedge worker``: more workers, anywhere."""

from __future__ import annotations

from kedge.app import server
from kedge.interfaces.cli.serve import Data, Database, Grace, Output, Workers, run
from kedge.settings import load


def worker(
    data: Data = None,
    database: Database = None,
    output: Output = None,
    workers: Workers = 1,
    grace: Grace = 30.0,
) -> None:
    """Run executions that a server has scheduled, until told to end, as kedge serve does."""
    settings, _ = load(data=data, database=database, output=output)
    run(server(settings, workers, schedules=False), grace)
