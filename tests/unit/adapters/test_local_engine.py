from __future__ import annotations

from threading import current_thread, main_thread

import duckdb
import numpy as np
import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.analysis.batch import Kind
from kedge.domain.dataset import Dataset, Expectation

ROWS = 150_000  # more than one batch
NUMBERS = f"SELECT range AS row, if(range < 130000, '1', 'x') AS late FROM range({ROWS})"


class Recorder:
    def __init__(self):
        self.batches, self.threads = [], set()

    def update(self, batch):
        self.batches.append(batch)
        self.threads.add(current_thread())


@pytest.fixture
def watched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(name: str) -> Recorder:
        watch = Recorder()
        frame = duckdb.sql(NUMBERS).to_arrow_table() if name == "frame" else None
        if frame is None:
            duckdb.execute(f"COPY ({NUMBERS}) TO '{name}'")
        Engine(Local()).profile(Dataset(name), Expectation(), lambda _: None, frame, (watch,))
        return watch

    return read


@pytest.mark.parametrize("source", ["rows.csv", "rows.parquet", "frame"])
def test_a_watch_sees_every_row_once_and_in_order(watched, source):
    batches = watched(source).batches
    assert len(batches) > 1
    assert np.array_equal(np.concatenate([batch.columns["row"].numbers for batch in batches]), np.arange(ROWS))


def test_a_column_that_turns_out_to_be_text_late_is_not_seen_twice(watched):
    late = [batch.columns["late"] for batch in watched("rows.csv").batches]
    assert sum(column.counts[Kind.STRING] for column in late) == ROWS - 130_000


def test_a_watch_is_called_by_the_thread_that_asked(watched):
    assert watched("rows.csv").threads == {main_thread()}
