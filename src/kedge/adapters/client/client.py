"""A client: all that a :class:`kedge.service.workspace.Workspace` offers, of a server that is elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from kedge.adapters.client.access import Tokens, Workspaces
from kedge.adapters.client.alarms import Alarms
from kedge.adapters.client.applying import applied, seen
from kedge.adapters.client.calls import Calls, document, listed
from kedge.adapters.client.connection import connected
from kedge.adapters.client.exporting import exported
from kedge.adapters.client.notifications import Notifications
from kedge.adapters.client.questions import answer_of, asked, equal
from kedge.adapters.client.resources import (
    Actions,
    Baselines,
    Channels,
    Datasets,
    Definitions,
    Endpoints,
    Executions,
    Schedules,
    Subscriptions,
    changes,
)
from kedge.adapters.client.stream import events
from kedge.domain.documents import from_document
from kedge.domain.history import TABLES, Exported, Span
from kedge.domain.metric import Metric, Point
from kedge.domain.notification import Notification
from kedge.domain.record import Record
from kedge.domain.tailed import Tailed
from kedge.domain.window import parse_time

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from kedge.domain.catalog import Kind
    from kedge.domain.declaration import Difference
    from kedge.domain.event import Event
    from kedge.domain.question import Answer, Question
    from kedge.domain.record import Change, Query

LINES: Final = {"Content-Type": "application/x-ndjson"}
TRYING_SECONDS: Final = 120.0  # that channels may take together
EVERYTHING: Final = Span()


def _quiet(rows: int) -> None:
    """Show no progress."""


class Client:
    """A workspace of a server: what is declared, what was run, what is remembered; and how that is changed.

    Parameters
    ----------
    server
        Its URL, such as ``http://127.0.0.1:8750``.
    token
        Who asks; None takes that of the environment, ``KEDGE_TOKEN``, or of the file that the setting ``token_file``
        names. On the server's own machine none is needed.
    workspace
        Which; None is that of the token.
    timeout_seconds
        How long a connection, and an answer, may take to come.
    verify
        Whether the certificate of an ``https://`` server is looked at: True, the file of an authority, or a context.

    Raises
    ------
    SettingError
        The URL or the token is none.
    MissingDependency
        The package httpx is not installed.

    >>> with Client("http://127.0.0.1:8750") as client:  # doctest: +SKIP
    ...     client.executions.search(status=("Failed",))
    """

    def __init__(
        self,
        server: str,
        token: str | None = None,
        *,
        workspace: str | None = None,
        timeout_seconds: float = 30.0,
        verify: bool | str | ssl.SSLContext = True,
    ) -> None:
        self.server, self.workspace = server.rstrip("/"), workspace
        self._http = connected(self.server, token, timeout_seconds, verify)
        self._calls = Calls(self._http, workspace)

    def __repr__(self) -> str:
        return f"<kedge.Client of {self.server}{f', workspace {self.workspace}' if self.workspace else ''}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @cached_property
    def name(self) -> str:
        """The name of the workspace."""
        return self.workspace or str(document(self._calls.get("me"))["workspace"])

    @property
    def endpoints(self) -> Endpoints:
        """Models that answer."""
        return Endpoints(self._calls)

    @property
    def datasets(self) -> Datasets:
        """Folders and tables of plain files."""
        return Datasets(self._calls)

    @property
    def baselines(self) -> Baselines:
        """What normal looks like, by name and version."""
        return Baselines(self._calls)

    @property
    def definitions(self) -> Definitions:
        """What is done each time."""
        return Definitions(self._calls)

    @property
    def schedules(self) -> Schedules:
        """When it is done."""
        return Schedules(self._calls)

    @property
    def executions(self) -> Executions:
        """What was done."""
        return Executions(self._calls)

    @property
    def alarms(self) -> Alarms:
        """What is to be noticed, and how it stands."""
        return Alarms(self._calls)

    @property
    def channels(self) -> Channels:
        """Where messages go."""
        return Channels(self._calls)

    @property
    def actions(self) -> Actions:
        """Code that is called with a message."""
        return Actions(self._calls)

    @property
    def subscriptions(self) -> Subscriptions:
        """Who is told of which alarms."""
        return Subscriptions(self._calls)

    @property
    def notifications(self) -> Notifications:
        """Which messages there were, and what became of each."""
        return Notifications(self._calls)

    def test(self, alarm: str) -> Sequence[Notification]:
        """Send a message that is marked as a test to every channel of an alarm, and return what became of each.

        That one cannot be sent is an answer.

        Raises
        ------
        NotFound
            There is no such alarm, or no channel of it.
        """
        answer = self._calls.send("POST", "alarms", alarm, "test", timeout=TRYING_SECONDS)
        return [from_document(Notification, item) for item in listed(answer)]

    @property
    def tokens(self) -> Tokens:
        """What lets programs in."""
        return Tokens(self._calls)

    @property
    def workspaces(self) -> Workspaces:
        """What each team has of its own."""
        return Workspaces(self._calls)

    def records(self, query: Query) -> list[Record]:
        """Return records as they are kept, with their versions, and when they were made and changed."""
        return [_record(item) for item in self._calls.found("records", query, kind=query.kind)]

    def history(self, kind: Kind, name: str) -> Sequence[Change]:
        """Return who changed something, and from what to what, the first change first; also of what is deleted.

        Raises
        ------
        NotFound
            There is nothing of this name, and never was.
        """
        return changes(self._calls, kind, name)

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
        return applied(self._calls, text, {"file": file, "prune": prune, "dry_run": True}, {})

    def apply(
        self,
        text: bytes,
        file: str,
        *,
        prune: bool = False,
        expected: Sequence[Difference] | None = None,
        progress: Callable[[int], None] = _quiet,  # noqa: ARG002 - a server tells of none
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
        return applied(self._calls, text, {"file": file, "prune": prune, "dry_run": False}, seen(expected))

    def query(self, question: Question, statistics: Sequence[str]) -> Answer:
        """Tell statistics of an interval by merging stored profiles.

        Raises
        ------
        InputError
            There are no such profiles.
        SettingError
            The interval cuts an hour, or there is no such feature or statistic.
        """
        return answer_of(document(self._calls.get("query", **asked(question), statistic=list(statistics))))

    def profile(self, question: Question) -> bytes:
        """Return the merged profile of an interval, as a file that can be held against a baseline."""
        return self._calls.get("query", "profile", **asked(question)).content

    def metrics(
        self, namespace: str | None = None, name: str | None = None, dimensions: Mapping[str, str] | None = None
    ) -> list[Metric]:
        """Return the metrics that were published, in order; those that have these dimensions among theirs."""
        answer = self._calls.get("metrics", namespace=namespace, name=name, dimension=equal(dimensions or {}))
        return [Metric.of(item["namespace"], item["name"], item["dimensions"]) for item in listed(answer)]

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
        which = {"namespace": metric.namespace, "name": metric.name, "dimension": equal(dict(metric.dimensions))}
        when = {"start": since.isoformat(), "end": until.isoformat(), "period": period_seconds}
        answer = self._calls.get("metrics", "points", **which, **when, statistic=statistic)
        return [Point(parse_time(item["time"]), item["value"]) for item in listed(answer)]

    def log(self, execution: str) -> list[str]:
        """Return the lines that an execution printed, or each of its steps."""
        return self._calls.get("executions", execution, "log").content.decode("utf-8", "replace").split("\n")[:-1]

    def report(self, execution: str) -> list[str]:
        """Return the names of the files that an execution left."""
        return [str(name) for name in listed(self._calls.get("executions", execution, "report"))]

    def report_file(self, execution: str, name: str) -> bytes:
        """Return a file that an execution left.

        Raises
        ------
        NotFound
            It left none of this name.
        """
        return self._calls.get("executions", execution, "report", name).content

    def upload_labels(self, endpoint: str, lines: bytes) -> int:
        """Keep labels of an endpoint, a record a line, and return how many."""
        return self._uploaded("ground-truth", endpoint, lines)

    def upload_captures(self, endpoint: str, lines: bytes) -> int:
        """Keep captures of an endpoint, a record a line, and return how many."""
        return self._uploaded("captures", endpoint, lines)

    def captures(self, endpoint: str, variant: str | None = None, most: int = 10) -> list[Tailed]:
        """Return the newest captures of an endpoint, or of a variant of it, the oldest of them first.

        Raises
        ------
        InputError
            Nothing was captured of this endpoint or variant.
        """
        which = {"endpoint": endpoint, "variant": variant, "limit": most, "places": True}
        return [Tailed.from_json(line) for line in self._calls.get("captures", **which).content.splitlines()]

    def export(self, folder: Path, span: Span = EVERYTHING, tables: Sequence[str] = tuple(TABLES)) -> Exported:
        """Write the history as Parquet below a folder, ``executions.parquet`` and so on, and return what it holds.

        Each table is asked for by itself, the executions last.

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
        made = [exported(self._calls, folder / f"{table}.parquet", table, span) for table in tables]
        rows = {name: count for one in made for name, count in one.rows.items()}
        most = max(made, key=lambda one: one.unread, default=Exported({}))
        return replace(most, rows=rows)

    def events(self, after: str | None = None) -> Iterator[Event]:
        """Yield executions and violations as they come, from now on or ``after`` the id of one; it has no end.

        Where the connection breaks it goes on after the last one; one may come twice then, with the same id.
        """
        return events(self._calls, after)

    def _uploaded(self, kind: str, endpoint: str, lines: bytes) -> int:
        answer = self._calls.send("POST", kind, asked={"endpoint": endpoint}, headers=LINES, content=lines)
        return int(document(answer)["records"])


def _record(item: dict[str, Any]) -> Record:
    return from_document(Record, {**item, "document": dict(item["document"])})
