"""What is published of every run: how many violations there were, whether it failed, how long it took.

The service has no number of violations, so people invent one; these are the names that programs for it watch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kedge.domain.families import FAILURES, SECONDS, VIOLATIONS, WATCHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.metric import Datum
    from kedge.service.metrics.place import Place

WATCHED_OF_JOBS: Final = "constraint_violations"


def counts(place: Place) -> Iterator[Datum]:
    """Yield the counts of an execution that has ended."""
    execution = place.execution
    yield place.of_job(FAILURES, float(execution.status == "Failed"))
    if execution.start_time and execution.end_time:
        yield place.of_ours(SECONDS, (execution.end_time - execution.start_time).total_seconds())
    if execution.violations is None:
        return
    yield place.figure(VIOLATIONS, execution.violations)
    yield place.of_job(WATCHED_OF_JOBS, execution.violations)
    if execution.monitoring_type == "DataQuality":
        yield place.figure(WATCHED, execution.violations)
