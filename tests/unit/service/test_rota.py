"""Turns among workspaces: whose comes when, and that what is wrong with one keeps nobody from the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kedge.domain.access import WorkspaceSettings
from kedge.service import rota
from kedge.service.rota import Each, Everywhere, Known, Rota

NAMES = ("credit", "default", "fraud")


class Declared:
    """Workspaces that are changed by hand."""

    def __init__(self, *names: str):
        self.found = [WorkspaceSettings(name=name) for name in names]

    def list(self):
        return list(self.found)


class Waiting:
    """A worker with so many executions that wait, which fails if they are below none."""

    def __init__(self, name: str, count: int):
        self.name, self.count = name, count

    def work_once(self):
        if self.count < 0:
            raise OSError("its store is away")
        self.count -= 1
        return self.name if self.count >= 0 else setattr(self, "count", 0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(rota, "LOOK_SECONDS", -1)


def _rota(declared: Declared, **counts: int) -> Rota:
    return Rota("one", Each(Known(declared), lambda own: Waiting(own.name, counts.get(own.name, 0))))


def test_workspaces_take_turns_however_many_executions_one_has():
    rota = _rota(Declared(*NAMES), credit=100, default=2, fraud=3)
    assert [rota.work_once() for _ in range(7)] == [*NAMES, *NAMES, "credit"]


def test_there_is_nothing_to_do_where_nothing_waits():
    assert _rota(Declared(*NAMES)).work_once() is None


def test_a_workspace_in_trouble_is_told_and_keeps_nobody_from_working(caplog):
    rota = _rota(Declared(*NAMES), credit=-1, fraud=3)
    assert [rota.work_once() for _ in range(4)] == ["fraud", "fraud", "fraud", None]
    assert [record.message for record in caplog.records] == ["workspace credit: OSError: its store is away"]


def test_a_workspace_that_was_in_trouble_is_tried_again(monkeypatch):
    monkeypatch.setattr(rota, "REST_SECONDS", 0)
    turns = _rota(Declared("credit"), credit=-1)
    turns.work_once()
    [(_, worker)] = turns.each.all()
    worker.count = 1
    assert turns.work_once() == "credit"


def test_a_workspace_that_is_declared_meanwhile_is_noticed_and_one_that_is_gone_forgotten():
    declared = Declared("default")
    rota = _rota(declared, fraud=1)
    assert rota.work_once() is None
    declared.found.append(WorkspaceSettings(name="fraud"))
    assert rota.work_once() == "fraud"
    declared.found.pop()
    assert [name for name, _ in rota.each.all()] == ["default"]


def test_a_workspace_whose_settings_change_goes_by_the_new_ones():
    declared = Declared("fraud")
    each = Each(Known(declared), lambda own: own.output)
    before = each.all()
    declared.found = [replace(declared.found[0], output="s3://fraud/reports")]
    assert (before, each.all()) == ([("fraud", None)], [("fraud", "s3://fraud/reports")])


def test_what_is_made_for_a_workspace_stays_while_its_settings_do():
    each = Each(Known(Declared(*NAMES)), lambda _: object())
    assert each.all() == each.all()


def test_the_database_is_asked_for_workspaces_every_now_and_then_only(monkeypatch):
    monkeypatch.setattr(rota, "LOOK_SECONDS", 60)
    declared = Declared("default")
    known = Known(declared)
    known.now()
    declared.found.clear()
    assert known.now()


class Scheduling:
    """What schedules one workspace, and fails in one of them."""

    def __init__(self, name: str, done: list):
        self.name, self.done = name, done

    def once(self):
        if self.name == "credit":
            raise OSError("away")
        self.done.append(self.name)
        return False

    look_for_late = remember = publish = watch = tell = once

    def leave(self):
        self.once()


def test_all_workspaces_are_scheduled_but_for_those_in_trouble():
    done: list[str] = []
    everywhere = Everywhere(Each(Known(Declared(*NAMES)), lambda own: Scheduling(own.name, done)))
    calls = (everywhere.once, everywhere.look_for_late, everywhere.remember, everywhere.publish, everywhere.tell)
    for call in (*calls, everywhere.leave):
        done.clear()
        call()
        assert done == ["default", "fraud"]
