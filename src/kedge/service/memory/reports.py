"""The profiles of a folder of reports, asked as those of a workspace are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.analysis.asked import asked
from kedge.service.memory.index import Found
from kedge.service.memory.query import query, remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.analysis.items import Items
    from kedge.domain.question import Answer, Question
    from kedge.ports import ObjectStore


@dataclass
class Reports:
    """Reports in a folder, at any depth.

    Parameters
    ----------
    store
        Where they lie.
    url
        The folder.
    items
        What can be asked, the project's own statistics among it.
    """

    store: ObjectStore
    url: str
    items: Items

    def __post_init__(self) -> None:
        self._index = Found(self.store, self.url)

    def query(self, question: Question, statistics: Sequence[str]) -> Answer:
        """Tell statistics of an interval by merging stored profiles."""
        return query(self._index, self.store, self.url, question, asked(statistics, self.items.statistics))

    def profile(self, question: Question) -> bytes:
        """Return the merged profile of an interval, as a file that can be held against a baseline."""
        return remembered(self._index, self.store, self.url, question)
