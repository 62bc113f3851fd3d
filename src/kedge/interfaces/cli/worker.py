"""``kedge worker``: more workers, anywhere."""

from __future__ import annotations

from kedge.interfaces.cli.place import Database
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.serve import Work, run, serving


@takes(Database, Work)
def worker(place: Database, work: Work) -> None:
    """Run executions that a server has scheduled, until told to end, as kedge serve does."""
    run(serving(place, work, schedules=False), work.grace)
