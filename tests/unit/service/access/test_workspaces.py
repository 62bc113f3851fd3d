"""Workspaces: declared, listed, deleted, and where their credentials are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.access import WorkspaceSettings
from kedge.domain.catalog import Endpoint, to_record
from kedge.domain.record import Query
from kedge.errors import Conflict, InUse, NotFound, SettingError
from kedge.service.access.tokens import Tokens
from kedge.service.access.workspaces import Workspaces, resolved

CLOCK = SimpleNamespace(now=lambda: datetime(2026, 11, 21, tzinfo=UTC))
FRAUD = WorkspaceSettings(
    name="fraud",
    description="Fraud detection",
    output="s3://fraud/reports",
    places=("s3://fraud",),
    credentials={"AWS_ACCESS_KEY_ID": "env:FRAUD_KEY", "AWS_SECRET_ACCESS_KEY": "file:/run/secrets/fraud"},
    capture_key="file:/run/secrets/fraud.key",
)


@pytest.fixture
def workspaces(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield Workspaces(records, "ann", CLOCK)
    records.close()


def test_what_was_declared_is_there(workspaces):
    workspaces.declare(FRAUD)
    assert workspaces.get("fraud") == FRAUD
    assert [change.by for change in workspaces.history("fraud")] == ["ann"]


def test_the_default_workspace_is_there_without_being_declared(workspaces):
    workspaces.declare(FRAUD)
    assert [one.name for one in workspaces.list()] == ["default", "fraud"]
    assert workspaces.get("default") == WorkspaceSettings(name="default")


def test_the_default_workspace_may_be_declared(workspaces):
    own = WorkspaceSettings(name="default", description="The hub")
    workspaces.declare(own)
    assert workspaces.list() == [own]


def test_a_workspace_that_is_not_there_is_told_with_the_nearest(workspaces):
    workspaces.declare(FRAUD)
    with pytest.raises(NotFound, match="Did you mean 'fraud'"):
        workspaces.get("frauds")


def test_a_workspace_is_changed_if_it_is_what_was_expected(workspaces):
    workspaces.declare(FRAUD)
    other = WorkspaceSettings(name="fraud", description="Other")
    with pytest.raises(Conflict):
        workspaces.declare(FRAUD, expected=other)
    workspaces.declare(other, expected=FRAUD)
    assert workspaces.get("fraud") == other


def test_an_empty_workspace_is_deleted_with_its_tokens(workspaces):
    workspaces.declare(FRAUD)
    tokens = Tokens(workspaces.records, CLOCK, "ann")
    _, own = tokens.issue("ci", "admin", "fraud")
    _, other = tokens.issue("ci", "admin", "default")
    workspaces.delete("fraud")
    assert workspaces.find("fraud") is None
    assert [bool(tokens.verify(shown)) for shown in (own, other)] == [False, True]


def test_a_workspace_that_is_not_empty_is_deleted_by_force_alone(workspaces):
    workspaces.declare(FRAUD)
    room = workspaces.records.of("fraud")
    room.put(to_record(Endpoint(name="cards", captures="captures")), "ann")
    with pytest.raises(InUse, match="endpoint"):
        workspaces.delete("fraud")
    workspaces.delete("fraud", force=True)
    assert (room.list(Query("endpoint")), room.changes("endpoint", "cards")) == ([], [])


def test_who_deleted_a_workspace_is_kept(workspaces):
    workspaces.declare(FRAUD)
    workspaces.delete("fraud")
    assert [change.after is None for change in workspaces.history("fraud")] == [False, True]


@pytest.mark.parametrize(("name", "error"), [("default", InUse), ("credit", NotFound)])
def test_no_workspace_is_deleted_that_cannot_be(workspaces, name, error):
    with pytest.raises(error):
        workspaces.delete(name, force=True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "../fraud"}, "name"),
        ({"name": "*"}, "name"),
        ({"description": "a" * 2000}, "description"),
        ({"output": "a" * 2000}, "output"),
        ({"places": ("a",) * 101}, "places"),
        ({"credentials": {"A KEY": "env:B"}}, "credentials"),
        ({"credentials": {"KEDGE_DATABASE": "env:B"}}, "credentials"),
        ({"credentials": {"PYTHONPATH": "env:B"}}, "credentials"),
        ({"credentials": {"KEY": "file:secret"}}, "credentials.KEY"),
        ({"credentials": {"KEY": "env:"}}, "credentials.KEY"),
        ({"capture_key": "env:KEY"}, "capture_key"),
    ],
)
def test_a_workspace_that_makes_no_sense_is_refused(workspaces, wrong, field):
    with pytest.raises(SettingError) as error:
        workspaces.declare(WorkspaceSettings(**{"name": "fraud"} | wrong))
    assert error.value.field == field


def test_a_value_in_the_place_of_a_reference_is_refused_and_not_told(workspaces):
    with pytest.raises(SettingError) as error:
        workspaces.declare(WorkspaceSettings(name="fraud", credentials={"KEY": "hunter2"}))
    assert "hunter2" not in str(error.value)
    assert workspaces.history("fraud") == []


def test_values_stand_in_files_and_in_variables(monkeypatch, tmp_path):
    Path("secret").write_text("of a file\n")
    monkeypatch.setenv("FRAUD_KEY", "of a variable")
    found = resolved({"A": f"file:{tmp_path}/secret", "B": "env:FRAUD_KEY"})
    assert found == {"A": "of a file", "B": "of a variable"}


@pytest.mark.parametrize("reference", ["file:/nowhere/secret", "env:NOWHERE"])
def test_a_value_that_is_not_there_is_told_with_its_place(reference):
    with pytest.raises(SettingError, match=reference.partition(":")[2]) as error:
        resolved({"A": reference})
    assert error.value.field == "credentials.A"
