"""What is told of a journal."""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import Event

import pytest

from kedge.adapters.stores.local import Local
from kedge.capture.counts import Counts
from kedge.errors import InputError
from kedge.interfaces.cli.capture.metrics import _answer
from kedge.service.capture.ledger import Book
from kedge.service.capture.metrics import prometheus
from kedge.service.capture.shipping import Shipper, Turn
from kedge.service.capture.state import state

RECORD = b'{"captureData":{}}\n'


def _dropped(times: int) -> Counts:
    return Counts(seen=times, dropped={"buffer_full": times})


def test_living_and_ended_processes_are_told_together(hand):
    for lives in (True, False):
        hand.process(Counts(seen=10, journalled=7, sampled_out=3), lives=lives)
    (told,) = state(hand.folder).endpoints
    assert (told.living, told.buffered) == (1, 3)
    assert (told.counts["seen"], told.counts["journalled"], told.counts["sampled_out"]) == (20, 14, 6)


def test_what_waits_is_what_nobody_writes_any_more(hand):
    hand.file(RECORD * 3, "a.jsonl")
    hand.file(RECORD * 2, "b.jsonl.open")
    hand.hold(hand.file(RECORD, "c.jsonl.open"))
    (told,) = state(hand.folder).endpoints
    assert (told.waiting.files, told.waiting.records, told.waiting.bytes) == (2, 5, 5 * len(RECORD))
    assert told.open_files == 1


def test_records_of_many_files_are_estimated_by_the_first(hand, monkeypatch):
    monkeypatch.setattr("kedge.service.capture.state.COUNTED_BYTES", 100)
    for name in range(100):
        hand.file(RECORD, f"{name}.jsonl")
    assert state(hand.folder).endpoints[0].waiting.records == 100


def test_all_is_well_where_files_are_young_and_nothing_was_dropped(hand):
    hand.file(RECORD)
    hand.process(Counts(seen=1, journalled=1))
    assert state(hand.folder).problems == []


@pytest.mark.parametrize(("ships", "said"), [(False, "nobody ships"), (True, "the shipper is stuck: no such bucket")])
def test_files_that_wait_for_long_are_a_problem(hand, ships, said):
    os.utime(hand.file(RECORD), (time.time() - 400,) * 2)
    Book(hand.folder / "fraud", "store").failed("no such bucket")
    turn = Turn(hand.folder)
    if ships:
        turn.take(Event())
    assert state(hand.folder).problems[0].startswith(f"fraud: {said}")
    turn.close()


@pytest.mark.parametrize(("time", "problems"), [("2024-05-01T09:00:00Z", 0), ("2999-05-01T09:00:00Z", 1)])
def test_records_dropped_long_ago_are_told_and_no_problem_any_more(hand, time, problems):
    hand.process(_dropped(5), lives=True)
    book = Book(hand.folder / "fraud", "store")
    book.dropped(5)
    book.ledger.dropped_time = time
    book.save()
    assert len(state(hand.folder).problems) == problems


def test_records_dropped_since_the_shipper_looked_are_a_problem(hand):
    hand.process(_dropped(5), lives=True)
    assert state(hand.folder).problems == [
        "fraud: records were dropped within the last hour; so far: buffer_full 5."
    ]  # fmt: skip


def test_the_shipper_notes_when_records_were_dropped(hand):
    hand.process(_dropped(5), lives=True)
    Shipper(hand.folder, "store", Local()).once()
    told = state(hand.folder).endpoints[0].shipped
    assert (told["dropped"], told["dropped_time"][:2]) == (5, "20")


def test_a_journal_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"^nowhere: There is no such folder"):
        state(Path("nowhere"))


def test_metrics_name_each_type_once_and_label_every_sample(hand):
    hand.process(_dropped(5))
    hand.file(RECORD, endpoint="churn")
    lines = prometheus([state(hand.folder)]).splitlines()
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
    assert f'kedge_capture_dropped_total{{journal="{hand.folder}",endpoint="fraud",reason="buffer_full"}} 5' in lines
    assert f'kedge_capture_waiting_files{{journal="{hand.folder}",endpoint="churn"}} 1' in lines


@pytest.mark.parametrize(("dropped", "status"), [(0, 200), (5, 503)])
def test_health_is_bad_where_there_is_a_problem(hand, dropped, status):
    hand.process(_dropped(dropped))
    assert [_answer(hand.folder, path)[0] for path in ("/health", "/metrics", "/")] == [status, 200, 404]
