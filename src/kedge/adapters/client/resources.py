"""The resources of a server, kind by kind: what :mod:`kedge.service.catalog` does here is asked for there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from kedge.adapters.client.calls import document, listed
from kedge.domain.action import Action
from kedge.domain.catalog import (
    Baseline,
    Endpoint,
    Execution,
    Found,
    JobDefinition,
    MonitoringSchedule,
    PlainFiles,
    to_record,
)
from kedge.domain.channel import Channel
from kedge.domain.documents import from_document, to_document
from kedge.domain.paging import tag
from kedge.domain.record import Change, Query
from kedge.domain.subscription import Subscription
from kedge.domain.window import parse_time
from kedge.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import httpx

    from kedge.adapters.client.calls import Calls
    from kedge.domain.catalog import ExecutionStatus, Kind

ANYTHING = {"If-Match": "*"}  # that is there
NOTHING = {"If-None-Match": "*"}
CHANGES = {"alarm": "changes"}  # whose history is how it stood
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Resources(Generic[Found]):
    """The resources of one kind."""

    calls: Calls

    cls: ClassVar[type[Any]]

    def find(self, name: str) -> Found | None:
        """Return one, or None where there is none."""
        try:
            return self.get(name)
        except NotFound as error:
            if error.field not in (None, self.cls.kind):  # it is something else that is not there
                raise
            return None

    def get(self, name: str) -> Found:
        """Return one.

        Raises
        ------
        NotFound
            There is none of this name; the nearest is told.
        """
        return self._read(self.calls.get(self._kind, name))

    def list(self, **asked: Any) -> list[Found]:
        """Return those that a query asks for."""
        return found(self.calls, self.cls, Query(self.cls.kind, **asked))

    def history(self, name: str) -> Sequence[Change]:
        """Return who changed one, and from what to what, the first change first."""
        return changes(self.calls, self.cls.kind, name)

    @property
    def _kind(self) -> str:
        return f"{self.cls.kind}s"

    def _read(self, answer: httpx.Response) -> Found:
        read: Found = from_document(self.cls, document(answer))
        return read

    def _put(self, resource: Any, headers: Mapping[str, str]) -> Found:
        path = (self._kind, resource.place()["name"])
        return self._read(self.calls.send("PUT", *path, headers=headers, json=to_document(resource)))

    def _delete(self, name: str) -> None:
        self.calls.send("DELETE", self._kind, name, headers=ANYTHING)

    def _act(self, name: str, action: str, **body: Any) -> httpx.Response:
        return self.calls.send("POST", self._kind, name, action, **body)


class _Declared(Resources[Found]):
    """What is declared, and may be so anew."""

    def declare(self, wanted: Found, expected: Found | None = None) -> Found:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was."""
        return self._put(wanted, expecting(expected))

    def create(self, wanted: Found) -> Found:
        """Keep a new one.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        return self._put(wanted, NOTHING)

    def delete(self, name: str) -> None:
        """Delete one that nothing needs.

        Raises
        ------
        InUse
            Something names it.
        """
        self._delete(name)


@dataclass(frozen=True)
class Endpoints(_Declared[Endpoint]):
    """Models that answer."""

    cls = Endpoint


@dataclass(frozen=True)
class Datasets(_Declared[PlainFiles]):
    """Folders and tables of plain files."""

    cls = PlainFiles


@dataclass(frozen=True)
class Channels(_Declared[Channel]):
    """Where messages go."""

    cls = Channel


@dataclass(frozen=True)
class Actions(_Declared[Action]):
    """Code that is called with a message."""

    cls = Action


@dataclass(frozen=True)
class Subscriptions(_Declared[Subscription]):
    """Who is told of which alarms."""

    cls = Subscription


@dataclass(frozen=True)
class Definitions(Resources[JobDefinition]):
    """What is done each time."""

    cls = JobDefinition

    def create(self, definition: JobDefinition) -> JobDefinition:
        """Keep a new definition.

        Raises
        ------
        Conflict
            There is one of this name: definitions never change.
        """
        return self._put(definition, NOTHING)

    def delete(self, name: str) -> None:
        """Delete a definition that no schedule uses.

        Raises
        ------
        InUse
            A schedule does.
        """
        self._delete(name)


@dataclass(frozen=True)
class Baselines(Resources[Baseline]):
    """What normal looks like, by name and version."""

    cls = Baseline

    def versions(self, name: str) -> Sequence[Baseline]:
        """Return every version of a name, the first one first."""
        return sorted(self.list(parent=name), key=lambda baseline: baseline.version)

    def current(self, name: str) -> Baseline | None:
        """Return the version that counts, or None where there is none of the name."""
        last = self.list(parent=name, status=("Current",), order="modified", descending=True, limit=1)
        return last[0] if last else None

    def resolve(self, reference: str) -> Baseline:
        """Return the baseline that a definition names: ``name``, whose current version counts, or ``name:3``.

        Raises
        ------
        NotFound
            There is none.
        """
        return self._read(self.calls.get(self._kind, reference))

    def add(self, baseline: Baseline) -> Baseline:
        """Keep a new version, which is current from now on; of its version nothing is asked."""
        return self._read(self.calls.send("POST", self._kind, json=to_document(baseline)))

    def roll_back(self, name: str, version: int | None = None) -> Baseline:
        """Make a version current, by default the one before that which is, and return it."""
        return self._read(self._act(name, "rollback", json={"version": version}))


@dataclass(frozen=True)
class Schedules(Resources[MonitoringSchedule]):
    """When it is done."""

    cls = MonitoringSchedule

    def create(self, schedule: MonitoringSchedule) -> MonitoringSchedule:
        """Keep a new schedule.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        return self._put(schedule, NOTHING)

    def update(self, schedule: MonitoringSchedule, expected: MonitoringSchedule | None = None) -> MonitoringSchedule:
        """Put a schedule in the place of that of the same name; one that was stopped runs again."""
        try:
            return self._put(schedule, expecting(expected) or ANYTHING)
        except Conflict:
            self.get(schedule.name)  # where there is none, that is what is wrong
            raise

    def start(self, name: str) -> MonitoringSchedule:
        """Have a schedule run again, from its next slot on; what it missed is not run."""
        return self._read(self._act(name, "start"))

    def stop(self, name: str) -> MonitoringSchedule:
        """Have a schedule rest; an execution that runs is not stopped."""
        return self._read(self._act(name, "stop"))

    def delete(self, name: str) -> None:
        """Delete a schedule; its executions are kept, and those that nobody has begun are stopped."""
        self._delete(name)

    def definition(self, schedule: MonitoringSchedule) -> JobDefinition:
        """Return what a schedule does."""
        return Definitions(self.calls).get(schedule.monitoring_job_definition_name)


@dataclass(frozen=True)
class Executions(Resources[Execution]):
    """Runs of schedules."""

    cls = Execution

    def run_now(self, schedule: MonitoringSchedule) -> Execution:
        """Have the last slot of a schedule run, again if it was: then it is judged anew, and both verdicts stay.

        Raises
        ------
        Conflict
            An execution of the slot waits or runs.
        """
        return self._read(self.calls.send("POST", "schedules", schedule.name, "run-now"))

    def backfill(
        self, schedule: MonitoringSchedule, start: datetime, end: datetime, *, again: bool = False
    ) -> list[Execution]:
        """Have every slot run that is later than ``start``, no later than ``end``, past, and was not run yet.

        Parameters
        ----------
        again
            Whether those whose last execution failed or was stopped run again, too, as the next revision.
        """
        asked = {"start": start.isoformat(), "end": end.isoformat(), "again": again}
        answer = self.calls.send("POST", "schedules", schedule.name, "backfill", json=asked)
        return [from_document(Execution, item) for item in listed(answer)]

    def stop(self, name: str) -> Execution:
        """Have one end that waits or runs."""
        return self._read(self._act(name, "stop"))

    def last(self, schedule: str, slot: datetime) -> Execution | None:
        """Return the execution of a slot that judged last."""
        verdicts = self.list(parent=schedule, since=slot, until=slot + INSTANT)
        return max(verdicts, key=lambda execution: execution.revision, default=None)

    def search(
        self,
        *,
        schedule: str | None = None,
        source: str | None = None,
        status: tuple[ExecutionStatus, ...] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> list[Execution]:
        """Return the executions that are asked for, the latest slot first."""
        query = Query(
            Execution.kind,
            parent=schedule,
            status=status,
            since=since,
            until=until,
            order="time",
            descending=True,
            limit=limit,
        )
        return found(self.calls, Execution, query, source=source)

    def newest(self) -> dict[str, Execution]:
        """Return the last execution of every schedule that has one, by the name of the schedule."""
        every = self.list(newest_of="schedule")
        return {one.monitoring_schedule_name: one for one in sorted(every, key=lambda one: one.revision)}


def found(calls: Calls, cls: type[Found], query: Query, **more: Any) -> list[Found]:
    """Return what a query finds."""
    return [from_document(cls, item) for item in calls.found(f"{cls.kind}s", query, **more)]


def changes(calls: Calls, kind: Kind, name: str) -> list[Change]:
    """Return who changed something, and from what to what, the first change first."""
    return [
        Change(kind, name, parse_time(item["time"]), item["by"], item["before"], item["after"])
        for item in calls.items(f"{kind}s", name, CHANGES.get(kind, "history"))
    ]


def expecting(expected: Found | None) -> dict[str, str]:
    """Return the header that says what the present one must be."""
    return {} if expected is None else {"If-Match": tag(to_record(expected).document)}
