"""What other constraints would have found in stored windows, beside what was found then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, computed_field

from kedge.analysis.documents import Violation
from kedge.analysis.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable


class Replayed(BaseModel):
    """One stored window: the violations that its report holds, and those under the new constraints."""

    report: str
    window_start: str | None
    window_end: str | None
    then: list[Violation]
    now: list[Finding]

    def place(self) -> tuple[str, str]:
        """Where the window stands among others: by time, and where none is known by the report's name."""
        return self.window_start or "", self.report

    @computed_field  # type: ignore[prop-decorator]
    @property
    def new(self) -> list[str]:
        """The features that would fire and did not."""
        return _without(self.now, self.then)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def gone(self) -> list[str]:
        """The features that fired and would not."""
        return _without(self.then, self.now)


class Replay(BaseModel):
    """Stored windows under new constraints, by time."""

    constraints: str
    windows: list[Replayed]

    @property
    def alarms(self) -> tuple[int, int]:
        """How many windows had a violation then, and how many would have one now."""
        return sum(bool(window.then) for window in self.windows), sum(bool(window.now) for window in self.windows)

    @property
    def features(self) -> list[str]:
        """The features that fire anywhere, those first that now fire most, then those that did."""
        marks = {name: (0, 0) for window in self.windows for name in _names([*window.now, *window.then])}
        for window in self.windows:
            now, then = _names(window.now), _names(window.then)
            marks |= {name: (marks[name][0] + (name in now), marks[name][1] + (name in then)) for name in now | then}
        return sorted(marks, key=lambda name: marks[name], reverse=True)


def _names(violations: Iterable[Violation | Finding]) -> dict[str, None]:
    return {violation.feature_name: None for violation in violations}


def _without(these: Iterable[Violation | Finding], those: Iterable[Violation | Finding]) -> list[str]:
    known = _names(those)
    return [name for name in _names(these) if name not in known]
