"""What an execution left: its documents, as they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kedge.domain import wire
from kedge.domain.catalog import MONITORS
from kedge.reading import documents
from kedge.service.shelf import MONITORS as KINDS

if TYPE_CHECKING:
    from kedge.analysis.documents import Document
    from kedge.analysis.report import Documents, Outline
    from kedge.domain.catalog import Execution
    from kedge.ports import ObjectStore


@dataclass(frozen=True)
class Left:
    """The documents below an execution's report."""

    execution: Execution
    store: ObjectStore

    @cached_property
    def kind(self) -> Documents | None:
        """Whose documents they are; None where the analyzer is not ours."""
        monitor = MONITORS.get(self.execution.monitoring_type)
        return next((kind for kind in KINDS if kind.monitor == monitor), None)

    @cached_property
    def summary(self) -> Outline:
        """How the verdict came about, of an analyzer of ours."""
        assert self.kind is not None
        return documents.read(self.kind.summary, *self.file(wire.REPORT_FILE))

    @cached_property
    def statistics(self) -> Document:
        """What was measured, of an analyzer of ours."""
        assert self.kind is not None
        return documents.read(self.kind.statistics, *self.file(self.kind.statistics_file))

    def foreign(self) -> list[dict[str, Any]]:
        """Return the violations that an analyzer of somebody else left, if it left any in the service's schema."""
        if not self.store.list(f"{self.execution.report}/{wire.VIOLATIONS_FILE}"):
            return []
        found = documents.parsed(*self.file(wire.VIOLATIONS_FILE))
        entries = found.get("violations") if isinstance(found, dict) else None
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    def file(self, name: str) -> tuple[bytes, str]:
        """Return a file that it left, and its URL."""
        url = f"{self.execution.report}/{name}"
        return self.store.read(url), url
