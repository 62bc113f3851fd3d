"""The upload: a table of labels becomes ground truth, in files below the hour in which it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from pydantic import BaseModel

from kedge.analysis.report import Reading
from kedge.errors import InputError, KedgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from kedge.domain.dataset import Dataset
    from kedge.domain.ground_truth import LabelColumns
    from kedge.ports import Clock, Engine, Progress

RECORDS = 100_000  # in a file: some 15 MB


class Uploaded(BaseModel):
    """What was uploaded: how many labels, into which files, at which time; and how the table was read."""

    destination: str
    upload_time: str
    labels: int = 0
    files: list[str] = []
    reading: Reading


class Writer(Protocol):
    """Where files go: a store, or what stands for one."""

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files below a URL."""
        ...


@dataclass(frozen=True)
class Keeper:
    """Where the labels of an endpoint go: to the workspace, which knows the place."""

    keep: Callable[[bytes], int]

    def write(self, url: str, files: Mapping[str, bytes]) -> None:  # noqa: ARG002 - it is the workspace's matter
        """Have them kept."""
        for content in files.values():
            self.keep(content)


@dataclass(frozen=True)
class Upload:
    """Uploads labels.

    Parameters
    ----------
    engine
        What reads the table.
    store
        Where the files go.
    clock
        Tells the time that the labels bear.
    size
        Records in a file, at most.
    """

    engine: Engine
    store: Writer
    clock: Clock
    size: int = RECORDS

    def __call__(
        self, dataset: Dataset, columns: LabelColumns, destination: str, progress: Progress, frame: object = None
    ) -> Uploaded:
        """Read the whole table, then write ``yyyy/mm/dd/hh/{MM}-{SS}-{mmm}-{uuid}.jsonl`` below the destination.

        All labels of one upload bear one time, so that of two uploads one is the later. No file is ever replaced.

        Raises
        ------
        InputError
            The table cannot be read, or too little of it; or the store failed, when the message says what arrived.
        """
        with self.engine.labels(dataset, columns, frame) as (labels, reading):
            now = self.clock.now()
            folder = f"{destination.rstrip('/')}/{now:%Y/%m/%d/%H}"
            done = Uploaded(destination=destination, upload_time=_precise(now), reading=reading)
            for content, records in labels.files(self.size, done.upload_time):
                name = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{uuid4()}.jsonl"
                self._write(folder, name, content, done)
                done.files.append(f"{folder}/{name}")
                done.labels += records
                progress(records)
        return done

    def _write(self, folder: str, name: str, content: str, done: Uploaded) -> None:
        try:
            self.store.write(folder, {name: content.encode()})
        except (KedgeError, OSError, KeyboardInterrupt) as error:
            if not done.files:
                raise
            files = f"{len(done.files):,} file{'s' * (len(done.files) > 1)}"
            raise InputError(
                f"{_why(error)} Before, {files} with {done.labels:,} labels arrived.",
                file=f"{folder}/{name}",
                next_step="Upload all again: the same label twice does no harm, as the last uploaded counts.",
            ) from error


def _why(error: BaseException) -> str:
    if isinstance(error, KedgeError):
        return error.message
    return f"{error.strerror or error}." if isinstance(error, OSError) else "Interrupted."


def _precise(time: datetime) -> str:
    """Return a time to the millisecond: two uploads of one second have an order."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
