"""A baseline that an analyzer of one's own makes, under the contract that its executions have."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge import app
from kedge.domain.catalog import JobDefinition, PlainFiles, Program
from kedge.domain.window import HOUR, Window
from kedge.errors import PluginError
from kedge.service.assignment import REPORT, Assignment
from kedge.service.preparing import absolute

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.interfaces.sdk.model_monitor.session import Session


def own_baseline(
    session: Session, program: Program | None, data: str, environment: dict[str, str]
) -> Callable[[str], list[str]]:
    """Return what runs a program over data, and leaves what it leaves at a place.

    Raises
    ------
    PluginError
        It failed.
    """

    def run(destination: str) -> list[str]:
        definition = JobDefinition(
            name="baseline", monitoring_type="Custom", dataset_name="baseline", program=program, environment=environment
        )
        now = datetime.now(UTC)
        given = Assignment(
            definition=definition,
            window=Window(now - HOUR, now),
            scheduled_time=now,
            dataset=PlainFiles(name="baseline", url=absolute(data)),
        )
        with tempfile.TemporaryDirectory(prefix="kedge-baseline-") as folder:
            outcome = app.execute(session.settings, given, Path(folder), _quiet)
            if outcome.status == "Failed":
                raise PluginError(
                    f"The analyzer failed: {outcome.failure_reason}",
                    next_step=outcome.next_step or "Mend it, and run it again.",
                )
            session.store.write(
                destination, {name: (Path(folder) / REPORT / name).read_bytes() for name in outcome.files}
            )
        return [outcome.exit_message or "Completed."]

    return run


def _quiet(outcome: Any) -> None:
    """Tell nobody how far it came."""
