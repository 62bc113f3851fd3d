"""Which reader understands a group of files."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.domain.dataset import Expectation
from kedge.errors import SettingError
from kedge.reading.batch_transform import BatchTransform, named_files
from kedge.reading.capture import Capture
from kedge.reading.csv_files import CsvFiles
from kedge.reading.files import File
from kedge.reading.json_lines import JsonLines
from kedge.reading.parquet_files import ParquetFiles
from kedge.reading.payload import Layout
from kedge.reading.preprocessed import Preprocessed, records

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from kedge.domain.dataset import Dataset
    from kedge.ports import Hooks, ObjectStore
    from kedge.reading.files import Group
    from kedge.reading.reader import Reader


@dataclass(frozen=True)
class Readers:
    """Chooses the readers of one dataset.

    Parameters
    ----------
    connection
        What reads.
    dataset, known
        How the rows are to be understood, and what is known of them before.
    store
        Where the files that a manifest names are.
    folder
        Where files may be made.
    threads
        How many threads read; None takes one a processor.
    hooks
        What runs the dataset's preprocess script.
    """

    connection: duckdb.DuckDBPyConnection
    dataset: Dataset
    known: Expectation
    store: ObjectStore
    folder: Path
    threads: int | None = None
    hooks: Hooks | None = None

    def of(self, group: Group) -> Reader:
        """Return the reader of a group, by way of the dataset's script where it has one."""
        if self.dataset.preprocess:
            return self._preprocessed(group, self.dataset.preprocess)
        if group.format == "csv":
            return CsvFiles(self.connection, group, self.dataset, self.known, self.folder)
        if group.format == "jsonl":
            return JsonLines(group, self.known.vector)
        if group.format == "parquet":
            # Reading typed columns is the smaller part of the work, and each thread that reads holds a row group.
            self.connection.execute(f"SET threads = {max(1, (self.threads or os.cpu_count() or 1) // 2)}")
            return ParquetFiles(self.connection, group)
        if group.format == "capture":
            return Capture(group, self.dataset, self.known)
        return self._batch_transform(group)

    def _batch_transform(self, group: Group) -> Reader:
        asked, told, tagged = named_files(group, self.dataset, self.store, self.folder)
        requests = replace(self, known=Expectation(vector=self.known.vector))
        responses = replace(requests, dataset=replace(self.dataset, header=False))  # a response never has a header
        return BatchTransform(
            requests.of(asked),
            responses.of(told) if told else None,
            Layout(self.dataset, self.known),
            tagged=tagged,
        )

    def _preprocessed(self, group: Group, script: str) -> Reader:
        """Let the script make rows of the group's records, and read them instead."""
        if self.hooks is None:
            raise SettingError("This engine runs no scripts.", next_step="Give it hooks.")
        asked, told, tagged = group, None, False
        if group.format == "batch":
            asked, told, tagged = named_files(group, self.dataset, self.store, self.folder)
        rows = self.folder / f"rows-{id(group)}.jsonl"
        made = self.hooks.preprocess(script, records(asked, told, self.dataset, tagged=tagged), rows)
        left = replace(group, format=made.format, files=(File(rows, f"{script} (its rows)"),))
        plain = replace(self, dataset=replace(self.dataset, preprocess=None, window=None))
        return Preprocessed(plain.of(left), made, self.known)
