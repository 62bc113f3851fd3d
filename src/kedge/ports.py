"""Every seam of the house: what the service asks of the outside, at most seven methods each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from threading import Event

    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.attribution.kernel_shap import Explanation
    from kedge.analysis.attribution.table import Table
    from kedge.analysis.batch import Batch
    from kedge.analysis.joints import Joint
    from kedge.analysis.profile import Profile
    from kedge.analysis.questions import Answers, Questions
    from kedge.analysis.report import AnyJudged, AnyLearned, Documents, HookRun, Joined, Made, Mode, Reading, Stamp
    from kedge.analysis.retraining.recent import Recent
    from kedge.domain.dataset import Dataset, Expectation
    from kedge.domain.entry import Entry
    from kedge.domain.ground_truth import LabelColumns, Truth
    from kedge.domain.history import Columns
    from kedge.domain.metric import Datum, Fed, Latest, Metric, Point, Sent
    from kedge.domain.notification import Notification, Outcome
    from kedge.domain.record import Change, Query, Record
    from kedge.domain.roles import Roles
    from kedge.domain.script import ScriptRecords
    from kedge.domain.task import Ended, Limits, Task
    from kedge.domain.window import Window

    Progress = Callable[[int], None]


class ObjectStore(Protocol):
    """Files behind URLs. One file appears whole or not at all; of several that belong together the last says so."""

    def folders(self, url: str) -> list[str]:
        """Return the names right below ``url`` that have objects below them, in order."""
        ...

    def list(self, url: str) -> list[Entry]:
        """Return the object at ``url``, or all objects below it, by name; empty where there is none."""
        ...

    def read(self, url: str) -> bytes:
        """Return the whole content of one object."""
        ...

    def head(self, url: str, size: int) -> bytes:
        """Return the first ``size`` bytes of one object, or all of a smaller one."""
        ...

    def stage(self, entry: Entry, folder: Path) -> Path:
        """Return a local file with the object's content, below ``folder`` unless it is local already."""
        ...

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files below ``url``, in order; one that was there is replaced whole.

        Of several files the last is away while the others change. So where it is, a write has come to its end, and
        all are of that write; where a write breaks off it is missing, unless nothing has changed.
        """
        ...

    def delete(self, url: str) -> None:
        """Delete one object, if it is there."""
        ...


class Exporter(Protocol):
    """Writes tables as files that others read."""

    def write(
        self, folder: Path, tables: Mapping[str, Columns], rows: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> dict[str, int]:
        """Write every table below a folder, and return how many rows each has."""
        ...


class Watch(Protocol):
    """Sees the rows themselves while they are read, for what no sketch can answer."""

    def update(self, batch: Batch) -> None:
        """See one batch."""
        ...


class Rows(Watch, Protocol):
    """A watch that keeps what is asked about, until all is read."""

    def answers(self) -> Answers:
        """Return what the rows say."""
        ...


class Labels(Protocol):
    """The labels of a table, read and ready to leave."""

    def files(self, size: int, upload_time: str) -> Iterator[tuple[str, int]]:
        """Yield the ground-truth records of each file as lines, and how many they are, ``size`` at most."""
        ...


class Engine(Protocol):
    """Reads a dataset once and remembers it."""

    def profile(
        self,
        dataset: Dataset,
        expectation: Expectation,
        progress: Progress,
        frame: object = None,
        watches: Sequence[Watch] = (),
        joints: Mapping[str, Joint] | None = None,
    ) -> tuple[tuple[Profile, ...], Reading]:
        """Return a profile for every endpoint variant found, and what was read.

        Every profile starts with the empty sketches ``joints``. A ``frame`` that speaks the Arrow C stream interface
        stands for the dataset's files. ``progress`` is called with the number of rows that were added.

        Every one of ``watches`` sees every batch once, in order and always in the calling thread. Each value
        has its kind and each number is there, but texts only of the columns in ``expectation.texts``.
        """
        ...

    def join(self, dataset: Dataset, truth: Truth, folder: Path, progress: Progress) -> Joined:
        """Write the dataset's captures with their labels below ``folder``, an empty one, and return the account.

        Merged records lie below ``merge/``, captures without a label below ``unlabelled/``, and what was said of keys
        whose label changed in ``corrections.jsonl``; of the latter two none is there without a cause. ``progress`` is
        called with the number of captures that were written.

        Raises
        ------
        InputError
            There are no captures, no labels, or none of these belongs to any of those.
        """
        ...

    def recent(self, dataset: Dataset, expectation: Expectation, roles: Roles, rows: int) -> Recent:
        """Return of what :meth:`join` wrote the rows with a label and an answer that were answered last."""
        ...

    def rows(self, questions: Questions) -> AbstractContextManager[Rows]:
        """Return a watch that answers questions about the rows, and forgets them in the end.

        Raises
        ------
        DocumentError
            A question cannot be understood.
        """
        ...

    def labels(
        self, dataset: Dataset, columns: LabelColumns, frame: object = None
    ) -> AbstractContextManager[tuple[Labels, Reading]]:
        """Read a table of labels, and forget it in the end.

        Raises
        ------
        InputError
            The table cannot be read, or too many rows lack their id or their label.
        """
        ...


class Source(Protocol):
    """What a monitor reads: one dataset, perhaps joined with labels that came later."""

    @property
    def joined(self) -> Joined | None:
        """The account of the join."""
        ...

    def profile(
        self, expectation: Expectation, watches: Sequence[Watch] = (), joints: Mapping[str, Joint] | None = None
    ) -> tuple[tuple[Profile, ...], Reading]:
        """Read it once; of what is joined, the rows that have a label."""
        ...

    def unlabelled(self, expectation: Expectation) -> tuple[Profile, ...]:
        """Read the rows that have no label yet; none where nothing is joined."""
        ...

    def recent(self, expectation: Expectation, roles: Roles, rows: int) -> Recent:
        """Read the rows with a label that were answered last, at most so many; none where nothing is joined."""
        ...

    def rows(self, questions: Questions) -> AbstractContextManager[Rows]:
        """Return a watch that answers questions about the rows, and forgets them in the end."""
        ...


class Monitor(Protocol):
    """One type of monitor, with its options: what it learns of data, and how it judges a window by that.

    The baselines that it is given are those that it made, or that its documents hold.
    """

    documents: ClassVar[Documents]
    needs_labels: ClassVar[bool]

    def learn(self, source: Source) -> AnyLearned:
        """Return what normal looks like."""
        ...

    def check(self, source: Source, baseline: Any, mode: Mode, stamp: Stamp) -> AnyJudged:
        """Hold rows against a baseline."""
        ...

    def judge(self, url: str, profiles: Sequence[Profile], baseline: Any, mode: Mode, stamp: Stamp) -> AnyJudged:
        """Hold the profiles that were read from ``url`` against a baseline, without the rows."""
        ...


class Hooks(Protocol):
    """Runs the scripts of a user, each in a process of its own."""

    def preprocess(self, script: str, records: ScriptRecords, rows: Path) -> Made:
        """Give every record to the script's ``preprocess_handler``, and write to ``rows`` what it returns.

        Raises
        ------
        HookError
            The script failed.
        """
        ...

    def postprocess(self, script: str, environment: Mapping[str, str]) -> HookRun:
        """Call the script's ``postprocess_handler``.

        Raises
        ------
        HookError
            The script failed.
        """
        ...


class Predictor(Protocol):
    """A model that answers rows, in process or behind a URL."""

    def __call__(self, rows: Table) -> NDArray[np.float64]:
        """Return its answers, ``(rows, outputs)``; one output may be ``(rows,)``.

        What the rows hold is only good during the call, as their memory is used again.

        Raises
        ------
        InputError
            It does not answer, or not with numbers.
        """
        ...


class Exact(Predictor, Protocol):
    """A predictor that may know its attributions, so that nobody has to ask it about mixtures of rows."""

    def exact(self, rows: Table, background: Table) -> Explanation | None:
        """Return the Shapley values of the answers to ``rows``, or None where it does not know them."""
        ...


class Records(Protocol):
    """The catalog: records by kind and name, and who changed them."""

    def get(self, kind: str, name: str) -> Record | None:
        """Return one record, or None where there is none."""
        ...

    def put(self, record: Record, by: str) -> Record:
        """Put a record in the place of that of the same version, or as the first, and return it as it is now.

        Where ``by`` is empty, nobody did: the change is not kept.

        Raises
        ------
        Conflict
            There is one of another version, or, where ``record.version`` is 0, any.
        """
        ...

    def list(self, query: Query) -> list[Record]:
        """Return the records that are asked for, in order."""
        ...

    def delete(self, record: Record, by: str) -> None:
        """Delete a record that is of the same version.

        Raises
        ------
        Conflict
            It is not.
        """
        ...

    def changes(self, kind: str, name: str) -> Sequence[Change]:
        """Return what was changed of a record, the first change first, also of one that is deleted."""
        ...


class Together(Records, Protocol):
    """Records that are put many at a time."""

    def put_all(self, records: Sequence[Record], by: str) -> list[Record]:
        """Put each as ``put`` does, and return those that could be, as they are now: the others have changed."""
        ...

    def forget(self, kind: str, before: datetime) -> int:
        """Forget the changes of a kind that were made before then, and return how many those were."""
        ...


class Rooms(Records, Protocol):
    """The records of one workspace, in a database of several."""

    @property
    def points(self) -> Points:
        """The points of its metrics."""
        ...

    @property
    def feed(self) -> Feed:
        """The points that wait for sinks."""
        ...

    def of(self, workspace: str) -> Rooms:
        """Return those of another workspace."""
        ...

    def clear(self) -> None:
        """Delete all that there is of this workspace, its history and its leases too."""
        ...


class Leases(Protocol):
    """Who works on what: one at a time, and not for longer than it lives. Time is the database's own."""

    def claim(self, name: str, owner: str, seconds: float) -> bool:
        """Take a lease that is free, or has run out; return whether it is ``owner``'s now."""
        ...

    def renew(self, name: str, owner: str, seconds: float) -> bool:
        """Have a lease last from now on; return False where it is no longer ``owner``'s."""
        ...

    def release(self, name: str, owner: str) -> None:
        """Give a lease back, if it is ``owner``'s."""
        ...


class Points(Protocol):
    """The points of metrics, as they were published."""

    def append(self, data: Sequence[Datum], once: str | None = None) -> bool:
        """Keep points, all or none; one of a metric and time takes the place of the one before it.

        Several of a metric and time are one point. ``once`` names what they are: what was kept under this name is not
        kept again, and False is returned.
        """
        ...

    def has(self, once: str) -> bool:
        """Return whether anything was kept under this name."""
        ...

    def query(
        self, metric: Metric, since: datetime, until: datetime, period_seconds: float, statistic: str
    ) -> list[Point]:
        """Return the statistic of each period that has points, from ``since`` up to ``until``, in order.

        Metrics of this name that have these dimensions among theirs count together.

        Raises
        ------
        SettingError
            There is no such statistic.
        """
        ...

    def metrics(
        self, namespace: str | None = None, name: str | None = None, dimensions: Mapping[str, str] | None = None
    ) -> list[Metric]:
        """Return the metrics that there are, in order; those that have these dimensions among theirs."""
        ...

    def latest(self) -> Sequence[Latest]:
        """Return the latest point of every metric, in an order that stays."""
        ...

    def roll_up(self, since: datetime, until: datetime, period_seconds: int) -> int:
        """Merge the points of each period that lies between, and return how many of them; twice is as once."""
        ...

    def drop(self, before: datetime) -> int:
        """Forget points that are older, and metrics that have no others; return how many points."""
        ...


class History(Protocol):
    """The points of many metrics, in few questions."""

    def several(self, asked: Sequence[tuple[Metric, Window]]) -> list[list[Point]]:
        """Return for each that is asked for its points in a window, as they came.

        Metrics of a name that have the dimensions among theirs count, too.
        """
        ...


class Feed(Protocol):
    """The points that were kept last, numbered in the order in which they were, so that whoever takes them goes on."""

    def after(self, number: int, most: int) -> list[Fed]:
        """Return the next points after a number, in order; one that came again has the last of its numbers."""
        ...

    def end(self) -> int:
        """Return the number of the last one."""
        ...

    def waiting(self, number: int) -> int:
        """Return how many there are after a number."""
        ...

    def drop(self, before: datetime) -> int:
        """Forget those that were kept before then, however old they are themselves, and return how many."""
        ...


class MetricSink(Protocol):
    """Takes points out of the house."""

    def send(self, workspace: str, data: Sequence[Fed]) -> Sent:
        """Send points, from the first on, as many as go at once; return how far it came.

        Raises
        ------
        Unavailable
            It does not take them now.
        """
        ...


class Executor(Protocol):
    """Runs a task apart from us, so that it can end in any way without an effect on us."""

    def run(self, task: Task, limits: Limits, stop: Event) -> Ended:
        """Run a task until it ends, reaches a limit, or ``stop`` is set; nothing of it runs on.

        When this process dies, so does the task.
        """
        ...


class Notifier(Protocol):
    """A channel or an action, ready to be given messages."""

    def notify(self, notification: Notification) -> Outcome:
        """Send one message, and return what became of it; it may be one that was sent before.

        It takes a bounded time, raises nothing, and says nothing secret.
        """
        ...


class Renderer(Protocol):
    """Makes a page of a report: that of one monitor, or of any."""

    def __call__(self, report: Any) -> str:
        """Return the page."""
        ...


class Clock(Protocol):
    """Tells the time, so that tests can too."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...
