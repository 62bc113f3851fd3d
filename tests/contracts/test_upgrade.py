"""A database that an earlier kedge wrote goes on with what is in it, in SQLite and in PostgreSQL."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from kedge.adapters.databases.migrating import MIGRATIONS
from kedge.adapters.databases.sql import Sql
from kedge.domain.catalog import Endpoint, Execution, MonitoringSchedule, from_record
from kedge.domain.record import Query
from kedge.errors import Conflict
from kedge.service.scheduler import Scheduler

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_TIME = -(2**62)
ENDPOINT = {"name": "fraud", "captures": "/data/captures"}
SCHEDULE = {
    "name": "fraud-hourly",
    "monitoring_job_definition_name": "fraud-quality",
    "schedule_expression": "hourly",
    "monitoring_type": "DataQuality",
    "endpoint_name": "fraud",
    "catch_up": "run",
    "catch_up_limit": 24,
    "status": "Scheduled",
}
EXECUTIONS = 50
RECORD = (
    "INSERT INTO records (kind, name, document, parent, status, time, version, created, modified)"
    " VALUES (:kind, :name, :document, :parent, :status, :time, :version, :created, :modified)"
)
CHANGE = "INSERT INTO changes (kind, name, time, by, before, after) VALUES (:kind, :name, :time, :by, :before, :after)"
LEASE = "INSERT INTO leases (name, owner, until) VALUES ('scheduler', 'one', :until)"


def micros(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000


def record(kind: str, document: dict, parent: str, status: str, time: int, version: int = 1) -> dict:
    told = {"kind": kind, "name": document["name"], "document": json.dumps(document), "version": version}
    return told | {"parent": parent, "status": status, "time": time, "created": micros(NINE), "modified": micros(NINE)}


def execution(number: int) -> dict:
    slot = NINE - number * HOUR
    document = {
        "name": f"fraud-hourly-{slot:%Y%m%d%H%M}",
        "monitoring_schedule_name": "fraud-hourly",
        "monitoring_job_definition_name": "fraud-quality",
        "scheduled_time": f"{slot:%FT%TZ}",
        "window": {"start": f"{slot - HOUR:%FT%TZ}", "end": f"{slot:%FT%TZ}"},
        "status": "Completed",
        "violations": number,
        "report": f"/data/reports/fraud/fraud-hourly/{slot:%Y/%m/%d/%H}",
    }
    return record("execution", document, "fraud-hourly", "Completed", micros(slot), version=3)


@pytest.fixture
def written(blank, tmp_path):
    """The URL of a database as the first kedge left it: its tables, filled by its own statements."""
    (tmp_path / "folder").mkdir()
    engine, config = sa.create_engine(blank.replace("postgresql:", "postgresql+psycopg:")), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.begin() as connection:
        connection.execute(sa.text(RECORD), record("endpoint", ENDPOINT, "", "", NO_TIME))
        connection.execute(sa.text(RECORD), record("schedule", SCHEDULE, "fraud", "Scheduled", micros(NINE + HOUR), 2))
        connection.execute(sa.text(RECORD), [execution(number) for number in range(EXECUTIONS)])
        told = {"kind": "endpoint", "name": "fraud", "time": micros(NINE), "by": "ann@laptop"}
        connection.execute(sa.text(CHANGE), told | {"before": None, "after": json.dumps(ENDPOINT)})
        connection.execute(sa.text(LEASE), {"until": micros(datetime.now(UTC) + HOUR)})
    engine.dispose()
    return blank


@pytest.fixture
def upgraded(written):
    """The same database, opened by this kedge."""
    database = Sql(written)
    yield database
    database.close()


def test_what_was_declared_is_there_with_its_version_and_times(upgraded):
    endpoint, schedule = upgraded.get("endpoint", "fraud"), upgraded.get("schedule", "fraud-hourly")
    assert from_record(Endpoint, endpoint) == Endpoint(**ENDPOINT)
    assert from_record(MonitoringSchedule, schedule) == MonitoringSchedule(**SCHEDULE, next_time=NINE + HOUR)
    assert (endpoint.time, endpoint.created, endpoint.version, schedule.version) == (None, NINE, 1, 2)


def test_every_execution_is_there_in_its_order(upgraded):
    found = upgraded.list(Query("execution", parent="fraud-hourly", order="time", descending=True))
    executions = [from_record(Execution, one) for one in found]
    assert [one.scheduled_time for one in executions] == [NINE - n * HOUR for n in range(EXECUTIONS)]
    assert [one.violations for one in executions] == list(range(EXECUTIONS))


def test_who_changed_what_is_still_known(upgraded):
    [change] = upgraded.changes("endpoint", "fraud")
    assert (change.by, change.time, change.before, change.after) == ("ann@laptop", NINE, None, ENDPOINT)
    upgraded.put(upgraded.get("endpoint", "fraud"), "bo")
    assert [change.by for change in upgraded.changes("endpoint", "fraud")] == ["ann@laptop", "bo"]


def test_a_lease_that_was_held_is_held(upgraded):
    assert not upgraded.claim("scheduler", "two", 60)
    assert upgraded.renew("scheduler", "one", 60)


def test_what_was_there_is_the_default_workspaces_alone(upgraded):
    other = upgraded.of("fraud")
    assert (other.get("endpoint", "fraud"), other.list(Query("execution")), other.changes("endpoint", "fraud")) == (
        None,
        [],
        [],
    )
    assert other.claim("scheduler", "two", 60)


def test_the_catalog_goes_on_from_where_it_was(upgraded):
    [made] = Scheduler(upgraded).tick(NINE + HOUR)
    assert made.name == "fraud-hourly-202405011000"
    with pytest.raises(Conflict):
        upgraded.put(replace(upgraded.get("schedule", "fraud-hourly"), version=2), "eve")


def test_an_upgrade_that_breaks_off_leaves_all_as_it_was(written, monkeypatch):
    engine = sa.create_engine(written.replace("postgresql:", "postgresql+psycopg:"))
    monkeypatch.setattr("alembic.op.create_index", _fails)
    with pytest.raises(OSError, match="power"):
        Sql(written)
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == "0001"
        assert connection.execute(sa.text("SELECT count(*) FROM records")).scalar_one() == EXECUTIONS + 2
        assert "workspace" not in {column["name"] for column in sa.inspect(connection).get_columns("records")}
    engine.dispose()


def _fails(*_: object) -> None:
    raise OSError("the power is out")
