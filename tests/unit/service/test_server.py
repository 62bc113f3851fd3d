"""The server's threads: who schedules, what goes wrong, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from platform import node
from threading import Thread, Timer
from types import SimpleNamespace

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.service import server
from kedge.service.server import Scheduling, Server, tidy

CLOCK = SimpleNamespace(now=lambda: datetime(2024, 5, 1, tzinfo=UTC))


class Counts:
    """A scheduler, what looks for late files, and a worker, none of which does anything but count."""

    def __init__(self, fails: int = 0):
        self.ticks, self.looks, self.kept, self.turns, self.fails, self.name = 0, 0, 0, 0, fails, "worker"
        self.begun = 0

    def tick(self, now):
        assert now == CLOCK.now()
        self.ticks += 1
        return []

    def again(self, now):
        assert now == CLOCK.now()
        self.looks += 1
        return []

    def once(self):
        self.kept += 1

    def anew(self):
        self.begun += 1

    def work_once(self):
        self.turns += 1
        if self.turns <= self.fails:
            raise OSError("the database is away")


@pytest.fixture
def leases(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield database
    database.close()


class Telling:
    """What has people told, and does nothing but remember what it was asked for."""

    def __init__(self):
        self.asked = []

    def once(self, now):
        self.asked.append(now)

    def rest(self):
        self.asked.append("rest")


def _scheduling(leases, name: str, messaging: Telling | None = None) -> Scheduling:
    counts = Counts()
    by_itself = (counts, counts, counts, counts, counts, counts, messaging or Telling())
    return Scheduling(*by_itself, leases, CLOCK, name, 60)


def test_who_schedules_has_people_told_and_who_stands_by_rests(leases):
    tells, rests = Telling(), Telling()
    for name, messaging in (("one", tells), ("other", rests)):
        scheduling = _scheduling(leases, name, messaging)
        scheduling.once()
        scheduling.tell()
    assert (tells.asked, rests.asked) == ([CLOCK.now()], ["rest"])


def test_one_schedules_and_the_other_stands_by(leases):
    one, two = _scheduling(leases, "one"), _scheduling(leases, "two")
    for scheduling in (one, two, one, two):
        scheduling.once()
        scheduling.look_for_late()
        scheduling.remember()
    done = [(counts.ticks, counts.looks, counts.kept) for counts in (one.scheduler, two.scheduler)]
    assert done == [(2, 1, 1), (0, 0, 0)]


def test_what_a_worker_has_ended_is_published_with_the_next_look(leases):
    scheduling, done = _scheduling(leases, "one"), []
    scheduling.lag = SimpleNamespace(look=lambda: done.append(scheduling.publishing.kept))
    served = Server(scheduling, [], Path("work"), lambda: None)
    scheduling.once()
    for work in (lambda: None, lambda: "execution", lambda: None):
        served._work(SimpleNamespace(work_once=work))
        scheduling.publish()
    assert done == [1, 2]


def test_the_other_schedules_when_the_one_has_left(leases):
    one, two = _scheduling(leases, "one"), _scheduling(leases, "two")
    one.once()
    one.leave()
    two.once()
    assert two.scheduler.ticks == 1


def test_who_takes_over_looks_at_every_alarm(leases):
    one, two = _scheduling(leases, "one"), _scheduling(leases, "two")
    for scheduling in (one, two, one, two):
        scheduling.once()
    stood_by = two.alarming.begun
    one.leave()
    two.once()
    assert (one.alarming.begun, two.alarming.begun - stood_by) == (1, 1)


def test_what_goes_wrong_is_told_and_tried_again(monkeypatch, caplog):
    monkeypatch.setattr(server, "TROUBLE_SECONDS", 0.01)
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.01)
    counts, closed = Counts(fails=2), []
    serving = Server(None, [counts], Path("work"), lambda: closed.append(1))
    thread = Thread(target=serving.run, args=(1,))
    thread.start()
    Timer(0.3, serving.stop.set).start()
    thread.join(20)
    assert (counts.turns > 2, closed) == (True, [1])
    assert [record.message for record in caplog.records] == ["worker: OSError: the database is away"] * 2


def test_folders_of_processes_that_died_are_removed():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, living, foreign = f"{node()}-{ended.pid}-a", f"{node()}-{os.getppid()}-a", "elsewhere-1-a"
    for name in (dead, living, foreign):
        Path("work", name).mkdir(parents=True)
    tidy(Path("work"))
    assert sorted(path.name for path in Path("work").iterdir()) == sorted((living, foreign))
