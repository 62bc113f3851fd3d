"""The labelled rows that were answered last: held against a sort in plain Python, and case by case."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.analysis.retraining.recent import Recent
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.dataset import Dataset, Expectation
from kedge.domain.roles import Roles

START = datetime(2024, 5, 1, 9, tzinfo=UTC)
NUMBERS = Roles(problem="Regression", label="truth", prediction="0")
CLASSES = Roles(problem="MulticlassClassification", label="truth", prediction="0")


def merged(name: str, minute: int, answer: str, label: str, encoding: str = "CSV") -> None:
    """Add a merged record, as the join leaves it."""
    time = START + timedelta(minutes=minute)
    path = Path(f"merge/e/v/{time:%Y/%m/%d/%H}/part-{len(name) % 2}.jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    sides = (Payload("\n".join("1" for _ in answer.split("\n")), "CSV"), Payload(answer, "CSV"))
    record = CaptureRecord(name, f"{time:%Y-%m-%dT%H:%M:%SZ}", *sides, label=Payload(label, encoding))
    with path.open("a") as file:
        file.write(record.to_json() + "\n")


def recent(rows: int, roles: Roles = NUMBERS) -> Recent:
    return Engine(Local()).recent(Dataset("merge", format="capture"), Expectation(indexed=True), roles, rows)


@pytest.mark.parametrize("rows", [1, 7, 60, 1000])
def test_they_are_those_that_a_sort_by_time_finds_last(rows):
    rng = random.Random(rows)
    told = [(rng.randrange(180), rng.random(), rng.random()) for _ in range(300)]
    for number, (minute, answer, label) in enumerate(told):
        merged(f"e{number}", minute, f"{answer!r}", f"{label!r}")
    found = recent(rows)
    by_time = sorted((minute, abs(answer - label)) for minute, answer, label in told)
    assert [row.time for row in found.latest] == [START + timedelta(minutes=m) for m, _ in by_time[-rows:]]
    errors = {(START + timedelta(minutes=minute), round(error, 12)) for minute, error in by_time}
    assert {(row.time, round(row.error, 12)) for row in found.latest} <= errors


def test_the_rows_of_one_record_are_apart_and_one_that_came_twice_is_one():
    merged("a", 0, "1\n2", "1\n5")
    merged("b", 1, "7", "7")
    merged("b", 1, "7", "7")
    assert sorted(row.error for row in recent(10).latest) == [0.0, 0.0, 3.0]


def test_a_class_is_right_or_wrong_whatever_way_it_is_written():
    for number, (answer, label) in enumerate([("cat", "cat"), ("cat", "dog"), ("1", "1.0"), ("true", "1")]):
        merged(f"e{number}", number, answer, label)
    assert [row.error for row in recent(10, CLASSES).latest] == [0.0, 1.0, 0.0, 0.0]


def test_a_row_without_an_answer_that_is_a_number_counts_for_nothing():
    merged("a", 0, "none", "1")
    merged("b", 1, "2", "1")
    assert [row.error for row in recent(10).latest] == [1.0]


def test_a_class_that_nobody_told_is_neither_right_nor_wrong():
    merged("a", 0, '""', "cat")
    merged("b", 1, "dog", "cat")
    assert [row.error for row in recent(10, CLASSES).latest] == [1.0]


def test_a_record_that_cannot_be_read_keeps_back_no_other():
    merged("a", 0, "1", "1\n2")
    merged("b", 1, "2", "1")
    assert [row.error for row in recent(10).latest] == [1.0]
