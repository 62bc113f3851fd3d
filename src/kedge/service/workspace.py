"""A workspace: all that a team can do with what it declared. A :class:`kedge.Client` offers the same, elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kedge.domain import spellings
from kedge.domain.history import SHOWN, TABLES, Exported, Span
from kedge.errors import Conflict, InputError, KedgeError, NotFound, did_you_mean
from kedge.service.events import follow
from kedge.service.messages.notifications import Notifications
from kedge.service.metrics.asking import asked as asked_points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from kedge.domain.catalog import Kind
    from kedge.domain.declaration import Difference
    from kedge.domain.event import Event
    from kedge.domain.metric import Metric, Point
    from kedge.domain.notification import Notification
    from kedge.domain.question import Answer, Question
    from kedge.domain.record import Change, Query, Record
    from kedge.domain.tailed import Tailed
    from kedge.ports import Exporter, ObjectStore, Points, Progress
    from kedge.service.alarms.alarms import Alarms
    from kedge.service.apply import Apply, Plan
    from kedge.service.catalog.actions import Actions
    from kedge.service.catalog.baselines import Baselines
    from kedge.service.catalog.catalog import Catalog
    from kedge.service.catalog.channels import Channels
    from kedge.service.catalog.definitions import Definitions
    from kedge.service.catalog.executions import Executions
    from kedge.service.catalog.schedules import Schedules
    from kedge.service.catalog.sources import Datasets, Endpoints
    from kedge.service.catalog.subscriptions import Subscriptions
    from kedge.service.memory.index import Indexed
    from kedge.service.messages.trial import Trial
    from kedge.service.receiving import Receiving


EVERYTHING: Final = Span()
LONGEST: Final = 500  # of an error of the history


def _quiet(rows: int) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Workspace:
    """What is declared, what was run, what is remembered; and how that is changed.

    Parameters
    ----------
    name
        Its name.
    catalog
        What is declared and what was run, and who changes it.
    applying
        Makes what brings it to what a file declares; only an apply needs it.
    receiving
        What takes labels and captures.
    store
        Where reports and profiles lie.
    published
        The points of its metrics.
    exporting
        Makes what writes the history; only an export needs it.
    trying
        Makes what tries the channels of alarms.
    folder
        Where paths in a file of monitors are seen from; None is where the file is.
    """

    name: str
    catalog: Catalog
    applying: Callable[[], Apply]
    receiving: Receiving
    store: ObjectStore
    published: Points
    exporting: Callable[[], Exporter]
    trying: Callable[[], Trial]
    folder: Path | None = None

    @property
    def endpoints(self) -> Endpoints:
        """Models that answer."""
        return self.catalog.endpoints

    @property
    def datasets(self) -> Datasets:
        """Folders and tables of plain files."""
        return self.catalog.datasets

    @property
    def baselines(self) -> Baselines:
        """What normal looks like, by name and version."""
        return self.catalog.baselines

    @property
    def definitions(self) -> Definitions:
        """What is done each time."""
        return self.catalog.definitions

    @property
    def schedules(self) -> Schedules:
        """When it is done."""
        return self.catalog.schedules

    @property
    def executions(self) -> Executions:
        """What was done."""
        return self.catalog.executions

    @property
    def alarms(self) -> Alarms:
        """What is to be noticed, and how it stands."""
        return self.catalog.alarms

    @property
    def channels(self) -> Channels:
        """Where messages go."""
        return self.catalog.channels

    @property
    def actions(self) -> Actions:
        """Code that is called with a message."""
        return self.catalog.actions

    @property
    def subscriptions(self) -> Subscriptions:
        """Who is told of which alarms."""
        return self.catalog.subscriptions

    @property
    def notifications(self) -> Notifications:
        """Which messages there were, and what became of each."""
        return Notifications(self.catalog.records, self.catalog.by, self.catalog.clock)

    def test(self, alarm: str) -> Sequence[Notification]:
        """Send a message that is marked as a test to every channel of an alarm, and return what became of each.

        That one cannot be sent is an answer.

        Raises
        ------
        NotFound
            There is no such alarm, or no channel of it.
        """
        return self.trying().run(self.alarms.get(alarm))

    def records(self, query: Query) -> list[Record]:
        """Return records as they are kept, with their versions, and when they were made and changed."""
        return self.catalog.records.list(query)

    def history(self, kind: Kind, name: str) -> Sequence[Change]:
        """Return who changed something, and from what to what, the first change first; also of what is deleted.

        Raises
        ------
        NotFound
            There is nothing of this name, and never was.
        """
        changes = self.catalog.records.changes(kind, name)
        if not changes:
            self.catalog.of(kind).get(name)
        return changes

    def plan(self, text: bytes, file: str, *, prune: bool = False) -> tuple[Difference, ...]:
        """Return what an apply would change, and change nothing.

        Parameters
        ----------
        text
            What stands in a file of monitors.
        file
            Its path, for what is said of it.
        prune
            Whether what is not declared is deleted, but for baselines.

        Raises
        ------
        KedgeError
            What is declared breaks a rule; its line is told.
        """
        return self._plan(self.applying(), text, file, prune).differences

    def apply(
        self,
        text: bytes,
        file: str,
        *,
        prune: bool = False,
        expected: Sequence[Difference] | None = None,
        progress: Progress = _quiet,
    ) -> tuple[Difference, ...]:
        """Bring the workspace to what a file of monitors declares, all or nothing, and return what was changed.

        Parameters
        ----------
        expected
            What :meth:`plan` said, so that nothing else is changed than somebody has seen.

        Raises
        ------
        Conflict
            Somebody else changed something since.
        """
        apply = self.applying()
        plan = self._plan(apply, text, file, prune)
        if expected is not None and tuple(expected) != plan.differences:
            raise Conflict(
                "What would be changed is not what it was: somebody else was faster.",
                next_step="Look at the difference again.",
            )
        apply.carry_out(plan, progress)
        return plan.differences

    def query(self, question: Question, statistics: Sequence[str]) -> Answer:
        """Tell statistics of an interval by merging stored profiles.

        Raises
        ------
        InputError
            There are no such profiles.
        SettingError
            The interval cuts an hour, or there is no such feature or statistic.
        """
        from kedge.analysis.asked import asked  # with numpy, which commands of the catalog need not wait for
        from kedge.service.memory.query import query

        plugged = self.applying().jobs().shelf.items.statistics
        return query(self._index, self.store, self.name, question, asked(statistics, plugged))

    def profile(self, question: Question) -> bytes:
        """Return the merged profile of an interval, as a file that can be held against a baseline."""
        from kedge.service.memory.query import remembered

        return remembered(self._index, self.store, self.name, question)

    def metrics(
        self, namespace: str | None = None, name: str | None = None, dimensions: Mapping[str, str] | None = None
    ) -> list[Metric]:
        """Return the metrics that were published, in order; those that have these dimensions among theirs."""
        namespace = spellings.namespace(namespace) if namespace else namespace
        return self.published.metrics(namespace, name, spellings.dimensions(dimensions or {}))

    def points(
        self, metric: Metric, since: datetime, until: datetime, period_seconds: int = 3600, statistic: str = "Average"
    ) -> list[Point]:
        """Return the statistic of each period that has points; metrics that have these dimensions count together.

        Parameters
        ----------
        statistic
            ``Sum``, ``Average``, ``Minimum``, ``Maximum``, ``SampleCount`` or a percentile such as ``p99``.

        Raises
        ------
        NotFound
            There is no such metric.
        SettingError
            There is no such statistic.
        """
        return asked_points(self.published, spellings.understood(metric), since, until, period_seconds, statistic)

    def log(self, execution: str) -> list[str]:
        """Return the lines that an execution printed, or each of its steps."""
        found = self.executions.get(execution)
        places = [found.log] if found.log else [step.log for step in found.steps if step.log]
        return [line for place in places for line in self._lines(place)]

    def report(self, execution: str) -> list[str]:
        """Return the names of the files that an execution left."""
        folder = self._report(execution)
        return sorted(entry.url.removeprefix(folder).lstrip("/") for entry in self.store.list(folder))

    def report_file(self, execution: str, name: str) -> bytes:
        """Return a file that an execution left.

        Raises
        ------
        NotFound
            It left none of this name.
        """
        names = self.report(execution)
        if name not in names:  # so that no name leads elsewhere
            raise NotFound(
                f"The report of {execution!r} has no file {name!r}.{did_you_mean(name, names)}",
                field="file",
                next_step=f"It has {', '.join(names)}.",
            )
        return self.store.read(f"{self._report(execution)}/{name}")

    def upload_labels(self, endpoint: str, lines: bytes) -> int:
        """Keep labels of an endpoint, a record a line, and return how many."""
        return self.receiving.labels(self.endpoints.get(endpoint), lines)

    def upload_captures(self, endpoint: str, lines: bytes) -> int:
        """Keep captures of an endpoint, a record a line, and return how many."""
        return self.receiving.captures(self.endpoints.get(endpoint), lines)

    def captures(self, endpoint: str, variant: str | None = None, most: int = 10) -> list[Tailed]:
        """Return the newest captures of an endpoint, or of a variant of it, the oldest of them first.

        Raises
        ------
        InputError
            Nothing was captured of this endpoint or variant.
        """
        return self.receiving.newest(self.endpoints.get(endpoint), variant, most)

    def export(self, folder: Path, span: Span = EVERYTHING, tables: Sequence[str] = tuple(TABLES)) -> Exported:
        """Write the history as Parquet below a folder, ``executions.parquet`` and so on, and return what it holds.

        Parameters
        ----------
        span
            Which executions.
        tables
            Which tables.

        Raises
        ------
        NotFound
            There is nothing of the name of its endpoint or schedule, and never was.
        """
        from kedge.service.history.history import History  # what reads reports takes a while to import

        self._refuse_unknown(span)
        history = History(self.catalog.records, self.store)
        columns = {table: TABLES[table] for table in tables}
        rows = self.exporting().write(folder, columns, history.rows(span, tables))
        return Exported(rows, len(history.skipped), tuple(str(error)[:LONGEST] for error in history.skipped[:SHOWN]))

    def events(self, after: str | None = None) -> Iterator[Event]:
        """Yield executions and violations as they come, without an end, after that of an id or from now on."""
        return follow(self.catalog.records, self.store, after)

    def _refuse_unknown(self, span: Span) -> None:
        """Refuse a name that nothing is called by; executions of what was deleted are history all the same."""
        if span.schedule is not None and not self.executions.search(schedule=span.schedule, limit=1):
            self.schedules.get(span.schedule)
        if span.endpoint is not None and not self.executions.search(source=span.endpoint, limit=1):
            _ = self.datasets.find(span.endpoint) or self.endpoints.get(span.endpoint)

    @property
    def _index(self) -> Indexed:
        from kedge.service.memory.index import Indexed

        return Indexed(self.catalog.records)

    def _plan(self, apply: Apply, text: bytes, file: str, prune: bool) -> Plan:
        from kedge.reading.monitors_file import Monitors  # pydantic's models of it take a tenth of a second

        monitors = Monitors(text, file, self.folder)
        return apply.plan(monitors.declaration, monitors.placed, prune=prune)

    def _report(self, execution: str) -> str:
        found = self.executions.get(execution)
        if not found.report:
            raise InputError(
                f"The execution {execution!r} left no report: it is {found.status}.",
                field="execution",
                next_step=f"See how it stands: kedge execution show {execution}",
            )
        return found.report.rstrip("/")

    def _lines(self, place: str) -> list[str]:
        try:
            return self.store.read(place).decode("utf-8", "replace").splitlines()
        except KedgeError as error:
            return [str(error)]
