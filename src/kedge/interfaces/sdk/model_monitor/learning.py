"""How a baseline is learned on this machine, and written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kedge.adapters.presentation.words import count
from kedge.domain.dataset import Dataset
from kedge.service.choice import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.report import Reading
    from kedge.interfaces.sdk.model_monitor.session import Session


@dataclass(frozen=True, kw_only=True)
class Learning:
    """What is to be learned of which data; called with a place, it learns, writes, and says what it did.

    Parameters
    ----------
    data
        Path or URL.
    reading
        How rows are to be understood, as fields of a dataset.
    wanted
        What is monitored.
    """

    session: Session
    data: str
    wanted: Wanted
    reading: dict[str, Any] = field(default_factory=dict)

    def __call__(self, destination: str) -> list[str]:
        """Learn, and write the documents below a folder or URL."""
        jobs = self.session.jobs()
        share = self.session.settings.unreadable_share
        dataset = Dataset(self.data, label=self.wanted.roles.label, unreadable_share=share, **self.reading)
        learned = jobs.learn(jobs.choice.learner(self.wanted), dataset, quiet)
        jobs.shelf.save_baseline(learned, destination)
        return [*_told(learned.reading, self.data), f"The documents are in {destination}"]


def _told(reading: Reading | None, data: str) -> Iterator[str]:
    """Yield what a person should know of how the data were read."""
    if reading is None:
        return
    yield f"Learned from {count(reading.rows, 'row')} of {data}"
    yield from (f"Note: {note}" for note in reading.notes)
    if reading.unreadable:
        yield f"{count(reading.unreadable, 'record')} could not be read"


def quiet(rows: int) -> None:
    """Show no progress."""
