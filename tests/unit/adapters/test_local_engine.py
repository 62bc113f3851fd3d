from __future__ import annotations

from threading import current_thread, main_thread

import duckdb
import numpy as np
import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.analysis.batch import Batch, Kind, column
from kedge.analysis.documents import Constraints
from kedge.analysis.profile import Profile
from kedge.analysis.questions import Answers, Broken, questions
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
        Engine(Local(), Profile()).profile(Dataset(name), Expectation(), lambda _: None, frame, (watch,))
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


IDS = f"SELECT 9007199254740992 + range % {ROWS - 2} AS id, range % 7 AS day, 'x' AS kind FROM range({ROWS})"
DEMANDED = {
    "features": [
        {"name": "id", "inferred_type": "Integral", "is_unique": True},
        {"name": "day", "inferred_type": "Integral"},
    ],
    "sql_constraints": [{"name": "weekday", "expression": "day < 5"}],
}


@pytest.mark.parametrize("source", ["rows.csv", "rows.json", "rows.parquet", "frame"])
def test_rows_answer_what_is_asked_of_them_exactly(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    frame = duckdb.sql(IDS).to_arrow_table() if source == "frame" else None
    if frame is None:
        duckdb.execute(f"COPY ({IDS}) TO '{source}'")
    asked = questions(Constraints.model_validate(DEMANDED), "default")
    engine, known = Engine(Local(), Profile()), Expectation(texts=asked.texts)
    with engine.rows(asked) as rows:
        engine.profile(Dataset(source), known, lambda _: None, frame, (rows,))
        assert rows.answers() == Answers({"id": 2}, (Broken(ROWS // 7 * 2, 0, ROWS),))


def test_rows_spill_beyond_the_memory_and_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    asked = questions(Constraints.model_validate(DEMANDED), "default")
    names = column([f"{i:064d}" for i in range(5000)])
    with Engine(Local(), Profile(), 1, "16MB").rows(asked) as rows:
        for _ in range(100):
            rows.update(Batch({"id": names}, np.zeros(5000, np.uint64)))
        assert any(file.stat().st_size for file in tmp_path.rglob("*.tmp"))
        assert rows.answers().repeated == {"id": 495_000}
    assert list(tmp_path.iterdir()) == []
