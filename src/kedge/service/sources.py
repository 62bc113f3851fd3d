"""What a monitor reads: a dataset as it is, or one that was joined with its labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.analysis.retraining.recent import Recent
from kedge.domain.wire import MERGE_FOLDER, UNLABELLED_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from kedge.analysis.joints import Joint
    from kedge.analysis.profile import Profile
    from kedge.analysis.questions import Questions
    from kedge.analysis.report import Joined, Reading
    from kedge.domain.dataset import Dataset, Expectation
    from kedge.domain.roles import Roles
    from kedge.ports import Engine, Progress, Rows, Watch


@dataclass(frozen=True)
class AsItIs:
    """A dataset, or a frame."""

    engine: Engine
    dataset: Dataset
    progress: Progress
    frame: object = None
    joined: Joined | None = None

    def profile(
        self, expectation: Expectation, watches: Sequence[Watch] = (), joints: Mapping[str, Joint] | None = None
    ) -> tuple[tuple[Profile, ...], Reading]:
        """Read it once."""
        return self.engine.profile(self.dataset, expectation, self.progress, self.frame, watches, joints)

    def unlabelled(self, expectation: Expectation) -> tuple[Profile, ...]:
        """Return nothing: which rows have no label, only reading them tells."""
        del expectation
        return ()

    def recent(self, expectation: Expectation, roles: Roles, rows: int) -> Recent:
        """Return none: when rows were answered that are no captures, nobody knows."""
        del expectation, roles
        return Recent(rows)

    def rows(self, questions: Questions) -> AbstractContextManager[Rows]:
        """Return a watch that answers questions about the rows."""
        return self.engine.rows(questions)


@dataclass(frozen=True)
class Merged:
    """What a join of ``dataset`` left below ``folder``."""

    engine: Engine
    dataset: Dataset
    progress: Progress
    folder: Path
    joined: Joined

    def profile(
        self, expectation: Expectation, watches: Sequence[Watch] = (), joints: Mapping[str, Joint] | None = None
    ) -> tuple[tuple[Profile, ...], Reading]:
        """Read the captures that have a label; the account is that of captures and labels."""
        found = self._below(MERGE_FOLDER)
        profiles, reading = self.engine.profile(found, expectation, _quiet, None, watches, joints)
        sides = (self.joined.captures, self.joined.truth, reading)
        account = {
            "inputs": self.joined.captures.inputs,
            "unreadable": sum(side.unreadable for side in sides),
            "examples": [example for side in sides for example in side.examples],
        }
        return tuple(map(self._timed, profiles)), reading.model_copy(update=account)

    def unlabelled(self, expectation: Expectation) -> tuple[Profile, ...]:
        """Read the captures that have no label yet."""
        found = self._below(UNLABELLED_FOLDER)
        if not Path(found.url).is_dir():
            return ()
        return self.engine.profile(found, expectation, _quiet)[0]

    def recent(self, expectation: Expectation, roles: Roles, rows: int) -> Recent:
        """Return the rows with a label that were answered last."""
        return self.engine.recent(self._below(MERGE_FOLDER), expectation, roles, rows)

    def rows(self, questions: Questions) -> AbstractContextManager[Rows]:
        """Return a watch that answers questions about the rows."""
        return self.engine.rows(questions)

    def _below(self, folder: str) -> Dataset:
        return replace(self.dataset, url=str(self.folder / folder), format="capture", window=None)

    def _timed(self, profile: Profile) -> Profile:
        """Give a profile the window that was asked for: its hour folders tell only whole hours."""
        return replace(profile, window=self.dataset.window) if self.dataset.window else profile


def _quiet(rows: int) -> None:
    """Show no progress: the join has."""
