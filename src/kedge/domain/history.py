"""The history as tables: which there are, and their columns, which later versions add to and never take from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from kedge.domain.catalog import Execution

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Column = Literal["text", "number", "count", "time", "flag"]
Columns = dict[str, Column]

# Every table starts with these, so that each can be looked at alone.
_OF: Final[Columns] = {
    "execution": "text",
    "schedule": "text",
    "endpoint": "text",
    "monitor": "text",
    "scheduled_time": "time",
    "window_start": "time",
    "window_end": "time",
    "revision": "count",
    "latest": "flag",
}
_OF_WHAT: Final[Columns] = {
    "metric": "text",
    "feature": "text",
    "label": "text",
    "segment": "text",
    "facet": "text",
    "facet_value": "text",
}
TABLES: Final[Mapping[str, Columns]] = {
    "statistics": {**_OF, "variant": "text", "feature": "text", "statistic": "text", "value": "number"},
    "metrics": {
        **_OF,
        **_OF_WHAT,
        "value": "number",
        "lower": "number",
        "upper": "number",
        "standard_deviation": "number",
        "baseline": "number",
        "threshold": "number",
        "method": "text",
    },
    "violations": {
        **_OF,
        **_OF_WHAT,
        "constraint_check": "text",
        "severity": "text",
        "observed": "number",
        "expected": "number",
        "observed_text": "text",
        "expected_text": "text",
        "lower": "number",
        "upper": "number",
        "allowed_lower": "number",
        "allowed_upper": "number",
        "description": "text",
        "hint": "text",
    },
    "executions": {
        **_OF,
        "definition": "text",
        "baseline": "text",
        "cause": "text",
        "status": "text",
        "exit_message": "text",
        "failure_reason": "text",
        "rows": "count",
        "violations": "count",
        "coverage": "number",
        "attempt": "count",
        "start_time": "time",
        "end_time": "time",
        "report": "text",
    },
}
ALONE: Final = "executions"  # the table for which no report is read
SHOWN: Final = 3  # of what could not be read


@dataclass(frozen=True, slots=True)
class Span:
    """Which executions: of an endpoint or dataset, of a schedule, whose windows begin from ``start`` up to ``end``."""

    endpoint: str | None = None
    schedule: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def __contains__(self, execution: Execution) -> bool:
        begun = execution.window.start
        late = self.end is not None and begun >= self.end
        early = self.start is not None and begun < self.start
        return not early and not late and self.endpoint in (None, execution.source)


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows each table has, how many reports could not be read, and why not the first few of them."""

    rows: Mapping[str, int]
    unread: int = 0
    skipped: tuple[str, ...] = ()
