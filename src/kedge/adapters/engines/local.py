"""The engine of one machine: DuckDB reads, numpy sketches, threads share the columns."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from kedge.adapters.presentation.words import count
from kedge.analysis.profile import Profile
from kedge.analysis.report import Reading
from kedge.domain.dataset import Dataset, Expectation
from kedge.domain.window import HOUR, Window
from kedge.errors import InputError, NoData, SettingError
from kedge.reading.files import Group, groups, hour
from kedge.reading.frames import Frame
from kedge.reading.ground_truth import CORRECTIONS_FILE, Join
from kedge.reading.label_files import label_files
from kedge.reading.label_table import LabelTable
from kedge.reading.latest import latest
from kedge.reading.preprocessed import Preprocessed
from kedge.reading.readers import Readers
from kedge.reading.scan import EXAMPLES, Scan
from kedge.reading.sections import Sections
from kedge.reading.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedge.analysis.batch import Batch
    from kedge.analysis.joints import Joint
    from kedge.analysis.questions import Questions
    from kedge.analysis.report import Joined
    from kedge.analysis.retraining.recent import Recent
    from kedge.domain.ground_truth import LabelColumns, Truth
    from kedge.domain.roles import Roles
    from kedge.ports import Hooks, ObjectStore, Progress, Watch
    from kedge.reading.reader import Reader


@dataclass(frozen=True)
class Local:
    """Profiles a dataset on this machine.

    Parameters
    ----------
    store
        Where files are found and staged from.
    empty
        The profile that every endpoint variant starts with: what it is to remember.
    threads
        How many threads read and sketch; None takes one a processor.
    memory_limit
        What DuckDB may use before it spills, such as ``"2GB"``; None leaves its own default.
    hooks
        What runs a dataset's preprocess script.
    """

    store: ObjectStore
    empty: Profile = field(default_factory=Profile)
    threads: int | None = None
    memory_limit: str | None = None
    hooks: Hooks | None = None

    def profile(
        self,
        dataset: Dataset,
        expectation: Expectation,
        progress: Progress,
        frame: object = None,
        watches: Sequence[Watch] = (),
        joints: Mapping[str, Joint] | None = None,
    ) -> tuple[tuple[Profile, ...], Reading]:
        """Return a profile for every endpoint variant found, and what was read."""
        with _explained(dataset, frame):
            return self._profile_all(dataset, expectation, progress, frame, watches, joints or {})

    def join(self, dataset: Dataset, truth: Truth, folder: Path, progress: Progress) -> Joined:
        """Write captures with their labels below ``folder``, and return the account."""
        with (
            _explained(dataset, None),
            tempfile.TemporaryDirectory(prefix="kedge-") as staged,
            self._connect(staged) as connection,
        ):
            return self._join(connection, dataset, truth, folder, Path(staged), progress)

    def _join(
        self,
        connection: duckdb.DuckDBPyConnection,
        dataset: Dataset,
        truth: Truth,
        folder: Path,
        staged: Path,
        progress: Progress,
    ) -> Joined:
        sections = list(Sections(connection, dataset, truth, self.store, staged))
        labels = label_files(connection, truth.url, dataset.window, self.store, staged)
        join = Join(connection, dataset, labels, self.threads)
        captures = join.read(sections)
        _judge(captures, dataset)
        labels.load()
        _readable(labels.account, dataset)
        join.match()
        folder.mkdir(parents=True, exist_ok=True)
        joined = join.account(captures, folder / CORRECTIONS_FILE)
        join.write(sections, folder, progress)
        return joined

    def recent(self, dataset: Dataset, expectation: Expectation, roles: Roles, rows: int) -> Recent:
        """Return the labelled rows of merged records that were answered last."""
        with (
            _explained(dataset, None),
            tempfile.TemporaryDirectory(prefix="kedge-") as staged,
            self._connect(staged) as connection,
        ):
            files = [file for group in groups(dataset, self.store, Path(staged)) for file in group.files]
            return latest(connection, files, dataset, expectation, roles, rows)

    @contextmanager
    def rows(self, questions: Questions) -> Iterator[Table]:
        """Return a watch that answers questions about the rows, and forgets them in the end."""
        with tempfile.TemporaryDirectory(prefix="kedge-") as folder, self._connect(folder) as connection:
            yield Table(connection, questions)

    @contextmanager
    def labels(
        self, dataset: Dataset, columns: LabelColumns, frame: object = None
    ) -> Iterator[tuple[LabelTable, Reading]]:
        """Read a table of labels, and forget it in the end."""
        with (
            _explained(dataset, frame),
            tempfile.TemporaryDirectory(prefix="kedge-") as folder,
            self._connect(folder) as connection,
        ):
            labels = LabelTable(connection, dataset, columns, Path(folder))
            readers = self._readers(connection, dataset, frame, Expectation(), Path(folder))
            reading = _together(dataset, [labels.read(reader, group) for reader, group, _ in readers])
            _judge(reading, dataset)
            reading.notes += labels.close()
            yield labels, reading

    def _profile_all(
        self,
        dataset: Dataset,
        expectation: Expectation,
        progress: Progress,
        frame: object,
        watches: Sequence[Watch],
        joints: Mapping[str, Joint],
    ) -> tuple[tuple[Profile, ...], Reading]:
        profiles, readings = [], []
        with tempfile.TemporaryDirectory(prefix="kedge-") as folder, self._connect(folder) as connection:
            for reader, group, empty in self._readers(connection, dataset, frame, expectation, Path(folder)):
                scan = Scan(connection, reader, dataset, expectation.vector)
                profiles.append(self._profile(scan, replace(empty, joints=joints), expectation, progress, watches))
                account = scan.account(profiles[-1].rows)
                scripts = [reader.run] if isinstance(reader, Preprocessed) else []
                readings.append(
                    account.model_copy(
                        update={"format": group.format, "files": len(group.files), "preprocess": scripts}
                    )
                )
        reading = _together(dataset, readings)
        _judge(reading, dataset)
        return tuple(profile for profile in profiles if profile.rows), reading

    def _profile(
        self,
        scan: Scan,
        empty: Profile,
        expectation: Expectation,
        progress: Progress,
        watches: Sequence[Watch],
    ) -> Profile:
        """Read everything once, and once more the columns that turn out to be texts late."""
        texts = scan.texts() if expectation.texts is None else expectation.texts
        profile = self._fold(scan.batches(texts), empty, progress, watches)
        strings = {name for name, f in profile.features.items() if f.types.inferred_type == "String"}
        if late := strings - texts:
            again = self._fold(scan.batches(late, only=late), replace(empty, joints={}), progress)
            profile = replace(profile, features=profile.features | again.features)
        return profile

    def _fold(
        self, batches: Iterator[Batch], profile: Profile, progress: Progress, watches: Sequence[Watch] = ()
    ) -> Profile:
        """Sketch one batch while the next is read."""
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(self.threads) as columns:
            ahead = reader.submit(next, batches, None)
            while (batch := ahead.result()) is not None:
                ahead = reader.submit(next, batches, None)
                profile = profile.update(batch, columns.map)
                for watch in watches:
                    watch.update(batch)
                progress(len(batch))
        return profile

    def _connect(self, folder: str) -> duckdb.DuckDBPyConnection:
        settings: dict[str, Any] = {
            # An s3:// path would otherwise download an extension from the internet.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": folder,
        }
        if self.threads:
            settings["threads"] = self.threads
        if self.memory_limit:
            settings["memory_limit"] = self.memory_limit
        connection = duckdb.connect(":memory:", config=settings)
        return connection.execute("SET TimeZone = 'UTC'")

    def _readers(
        self,
        connection: duckdb.DuckDBPyConnection,
        data: Dataset,
        frame: object,
        known: Expectation,
        folder: Path,
    ) -> Iterator[tuple[Reader, Group, Profile]]:
        empty = Profile.without_raw_values() if known.hashed else self.empty
        if frame is not None:
            if data.preprocess:
                raise SettingError("A frame has no records for a preprocess script.", next_step="Change the frame.")
            yield Frame(connection, frame), Group("frame", ()), empty
            return
        readers = Readers(connection, data, known, self.store, folder, self.threads, self.hooks)
        for group in groups(data, self.store, folder):
            profile = replace(empty, endpoint=group.endpoint, variant=group.variant, window=_window(data, group))
            yield readers.of(group), group, profile


@contextmanager
def _explained(dataset: Dataset, frame: object) -> Iterator[None]:
    """Turn what DuckDB says into a sentence that names the data."""
    try:
        yield
    except duckdb.Error as error:
        mend = "Check that the file is whole, and its --format."
        raise InputError(
            f"{str(error).splitlines()[0].rstrip('.')}.",
            file=dataset.url,
            next_step=mend if frame is None else "Give columns of numbers, texts, booleans and times.",
        ) from error


def _window(data: Dataset, group: Group) -> Window | None:
    """Return the window asked for, else the one that the hour folders span."""
    hours = [time for file in group.files if (time := hour(file.url))]
    return data.window or (Window(min(hours), max(hours) + HOUR) if hours else None)


def _together(dataset: Dataset, readings: list[Reading]) -> Reading:
    return Reading(
        inputs=[dataset.url],
        format=readings[0].format,
        files=sum(reading.files for reading in readings),
        rows=sum(reading.rows for reading in readings),
        unreadable=sum(reading.unreadable for reading in readings),
        examples=[example for reading in readings for example in reading.examples][:EXAMPLES],
        preprocess=[run for reading in readings for run in reading.preprocess],
        notes=list(dict.fromkeys(note for reading in readings for note in reading.notes)),
    )


def _judge(reading: Reading, dataset: Dataset) -> None:
    """Refuse a run that read nothing, or too little of what was there."""
    _readable(reading, dataset)
    seen = sum(run.records for run in reading.preprocess)
    if seen and not reading.rows:
        raise InputError(
            f"The script made no row of {seen:,} records.",
            file=dataset.preprocess,
            next_step="Check that preprocess_handler returns a dict, and what it returns [] for.",
        )
    if not reading.rows:
        raise NoData(
            "Job inputs had no data: there is no row in what was given.",
            file=dataset.url,
            next_step="Check the path and the window (--from, --to).",
        )


def _readable(reading: Reading, dataset: Dataset) -> None:
    """Refuse a run that could not read too much of what was there."""
    example = next((f" The first: {e.file}:{e.line}: {e.reason}" for e in reading.examples), "")
    total = reading.rows + reading.unreadable
    share = reading.unreadable / max(total, 1)
    if share > dataset.unreadable_share:
        raise InputError(
            f"{reading.unreadable:,} of {count(total, 'record')} cannot be read ({share:.1%}),"
            f" more than the {dataset.unreadable_share:.1%} allowed.{example}",
            file=reading.inputs[0],
            next_step="Mend the files, or allow more with --unreadable-share.",
        )
