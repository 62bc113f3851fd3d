"""Counters of processes that have ended are added up, each once."""

from __future__ import annotations

import os
import time

import pytest

from kedge.capture.counts import Counts
from kedge.service.capture.journals import totals
from kedge.service.capture.past import Past, fold


def _counts(times: int) -> Counts:
    counts = Counts(seen=times, journalled=times)
    counts.count("buffer_full", times)
    return counts


def test_ended_processes_are_added_up_and_their_files_go(hand):
    for times in (1, 20):
        hand.process(_counts(times))
    living = hand.process(_counts(300), lives=True)
    fold(hand.folder / "fraud", time.time())
    past = Past.read(hand.folder / "fraud")
    assert (past.processes, past.counts) == (2, _counts(21))
    assert list((hand.folder / "fraud/processes").iterdir()) == [living]


@pytest.mark.parametrize("call", ["kedge.service.capture.past.replaced", "pathlib.Path.unlink"])
def test_a_process_is_counted_once_though_the_shipper_is_killed_in_between(hand, monkeypatch, call):
    folder = hand.folder / "fraud"
    hand.process(_counts(5))
    with monkeypatch.context() as patch:
        patch.setattr(call, _killed)
        with pytest.raises(KeyboardInterrupt):
            fold(folder, time.time())
    assert totals(folder) == _counts(5)
    fold(folder, time.time())
    fold(folder, time.time())
    assert (Past.read(folder).folded, totals(folder)) == ([], _counts(5))


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("age", "left"), [(10, 1), (100, 0)])
def test_the_file_of_a_process_that_is_just_being_born_is_left_to_it(hand, age, left):
    file = hand.process(Counts())
    file.write_bytes(b"")
    os.utime(file, (time.time() - age,) * 2)
    fold(hand.folder / "fraud", time.time())
    assert len(list(file.parent.iterdir())) == left


def test_counters_that_cannot_be_read_count_as_none(hand):
    hand.process(Counts()).write_bytes(b"\0\0\0")
    fold(hand.folder / "fraud", time.time())
    assert (Past.read(hand.folder / "fraud").processes, totals(hand.folder / "fraud")) == (1, Counts())
