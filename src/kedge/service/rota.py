"""Taking turns: one server schedules and works for every workspace of its database, for each by its own terms.

Workspaces that are declared or changed while it runs are noticed within seconds. What is wrong with one keeps nobody
from the others.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from kedge.domain.access import WorkspaceSettings
    from kedge.domain.catalog import Execution
    from kedge.service.access.workspaces import Workspaces
    from kedge.service.server import Scheduling
    from kedge.service.worker import Worker

LOG = logging.getLogger(__name__)
LOOK_SECONDS: Final = 2.0  # between two looks at which workspaces there are
REST_SECONDS: Final = 5.0  # that a workspace waits after something went wrong with it

Made = TypeVar("Made")
Done = TypeVar("Done")


@dataclass
class Known:
    """The workspaces that there are, as of a moment ago."""

    workspaces: Workspaces
    _looked: float | None = field(default=None, init=False)
    _found: tuple[WorkspaceSettings, ...] = field(default=(), init=False)

    def now(self) -> tuple[WorkspaceSettings, ...]:
        """Return them, by name."""
        if self._looked is None or monotonic() - self._looked > LOOK_SECONDS:
            self._found, self._looked = tuple(self.workspaces.list()), monotonic()
        return self._found


@dataclass
class Each(Generic[Made]):
    """What is made for each workspace, and made anew when its settings change."""

    known: Known
    make: Callable[[WorkspaceSettings], Made]
    _made: dict[str, tuple[WorkspaceSettings, Made]] = field(default_factory=dict, init=False)
    _rests: dict[str, float] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def all(self) -> list[tuple[str, Made]]:
        """Return the workspaces that do not rest, by name, with what is made for each."""
        with self._lock:
            self._made = {settings.name: self._of(settings) for settings in self.known.now()}
            now = monotonic()
            return [(name, made) for name, (_, made) in self._made.items() if self._rests.get(name, now) <= now]

    def tried(self, name: str, do: Callable[[], Done]) -> Done | None:
        """Do something for a workspace; what goes wrong is told, and the workspace rests for a while."""
        try:
            return do()
        except Exception as error:
            LOG.error("workspace %s: %s: %s", name, type(error).__name__, " ".join(str(error).split()))
            self._rests[name] = monotonic() + REST_SECONDS
            return None

    def _of(self, settings: WorkspaceSettings) -> tuple[WorkspaceSettings, Made]:
        known = self._made.get(settings.name)
        return known if known and known[0] == settings else (settings, self.make(settings))


@dataclass
class Rota:
    """A worker for all: after an execution of one workspace it looks at the others first.

    Parameters
    ----------
    name
        Its own; no other has it or had it.
    """

    name: str
    each: Each[Worker]
    _last: str = field(default="", init=False)

    def work_once(self) -> Execution | None:
        """Run an execution of the next workspace where one waits, and return how it ended; None where none does."""
        turns = self.each.all()
        following = next((place for place, (name, _) in enumerate(turns) if name > self._last), 0)
        for name, worker in turns[following:] + turns[:following]:
            if done := self.each.tried(name, worker.work_once):
                self._last = name
                return done
        return None


@dataclass
class Everywhere:
    """Scheduling for all: in each workspace by a lease of its own, so that servers share them."""

    each: Each[Scheduling]

    def once(self) -> bool:
        """Make what is due; return whether there is more to do at once."""
        return self._all(lambda one: one.once)

    def look_for_late(self) -> bool:
        """Make what is due again, every now and then; it may take its time."""
        return self._all(lambda one: one.look_for_late)

    def remember(self) -> bool:
        """Keep the profiles of what has ended, every now and then."""
        return self._all(lambda one: one.remember)

    def publish(self) -> bool:
        """Publish metrics, every now and then."""
        return self._all(lambda one: one.publish)

    def hasten(self) -> None:
        """Have metrics of each be published with the next look: something has ended."""
        for _, one in self.each.all():
            one.hasten()

    def watch(self) -> bool:
        """Evaluate the alarms of each."""
        return self._all(lambda one: one.watch)

    def tell(self) -> bool:
        """Have the people and programs of each told."""
        return self._all(lambda one: one.tell)

    def send(self, sink: str) -> bool:
        """Send what was published in each to a sink."""
        return self._all(lambda one: partial(one.send, sink))

    def rest(self, seconds: float, hurry: Event) -> None:
        """Have nobody told any more; all workspaces have this time together."""
        until = monotonic() + seconds
        for _, one in self.each.all():  # none begins anything while another is waited for
            with suppress(Exception):
                one.rest(0.0, hurry)
        for _, one in self.each.all():
            with suppress(Exception):
                one.rest(until - monotonic(), hurry)

    def leave(self) -> None:
        """Let another one schedule."""
        for _, one in self.each.all():
            with suppress(Exception):  # a lease runs out by itself
                one.leave()

    def _all(self, which: Callable[[Scheduling], Callable[[], bool]]) -> bool:
        done = [self.each.tried(name, which(one)) for name, one in self.each.all()]
        return any(done)
