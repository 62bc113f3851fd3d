"""The contracts of records and leases, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from time import sleep

import psycopg
import pytest
import sqlalchemy as sa

from kedge.adapters.databases.sql import Sql
from kedge.adapters.databases.tables import METADATA
from kedge.domain.record import Query, Record
from kedge.errors import Conflict, SettingError

ONE = Record("schedule", "fraud-hourly", {"a": 1}, parent="fraud", status="Pending")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_what_was_put_is_there_with_a_version_and_times(database):
    put = database.put(replace(ONE, time=NOON), "ann")
    assert database.get("schedule", "fraud-hourly") == put
    assert (put.version, put.document, put.time, put.created) == (1, {"a": 1}, NOON, put.modified)


def test_what_is_not_there_is_none(database):
    assert database.get("schedule", "fraud-hourly") is None


def test_a_record_is_made_once(database):
    database.put(ONE, "ann")
    with pytest.raises(Conflict, match="fraud-hourly"):
        database.put(ONE, "bo")


def test_a_change_is_made_of_what_was_read(database):
    first = database.put(ONE, "ann")
    second = database.put(replace(first, status="Scheduled"), "bo")
    assert (second.version, second.status, second.created) == (2, "Scheduled", first.created)
    with pytest.raises(Conflict):
        database.put(replace(first, status="Stopped"), "eve")
    assert database.get("schedule", "fraud-hourly") == second


def test_only_what_was_read_is_deleted(database):
    first = database.put(ONE, "ann")
    second = database.put(first, "ann")
    with pytest.raises(Conflict):
        database.delete(first, "eve")
    database.delete(second, "bo")
    assert database.get("schedule", "fraud-hourly") is None


def test_who_changed_what_from_what_to_what_is_kept(database):
    first = database.put(ONE, "ann")
    second = database.put(replace(first, document={"a": 2}), "bo")
    database.delete(second, "cy")
    changes = database.changes("schedule", "fraud-hourly")
    assert [(c.by, c.before, c.after) for c in changes] == [
        ("ann", None, {"a": 1}),
        ("bo", {"a": 1}, {"a": 2}),
        ("cy", {"a": 2}, None),
    ]


def test_a_change_that_is_refused_leaves_no_trace(database):
    database.put(ONE, "ann")
    with pytest.raises(Conflict):
        database.put(ONE, "eve")
    assert [change.by for change in database.changes("schedule", "fraud-hourly")] == ["ann"]


def test_of_many_that_are_put_those_of_an_older_version_are_left(database):
    first = database.put(ONE, "ann")
    database.put(replace(first, document={"a": 2}), "bo")
    other, third = database.put(replace(ONE, name="other"), "ann"), replace(ONE, name="third", document={"a": 3})
    told = [first, replace(other, status="Stopped"), third]
    done = database.put_all([replace(one, document={"a": 9}) for one in told], "cy")
    assert [(one.name, one.version) for one in done] == [("other", 2), ("third", 1)]
    assert database.list(Query("schedule", names=("other", "third"))) == done
    assert database.get("schedule", "fraud-hourly").document == {"a": 2}


def test_who_changed_many_is_kept_and_nobody_is_not(database):
    database.put(ONE, "ann")
    database.put_all([replace(database.get("schedule", ONE.name), document={"a": 2}), replace(ONE, name="new")], "bo")
    database.put_all([database.get("schedule", ONE.name)], "")
    changes = [(c.by, c.before, c.after) for name in (ONE.name, "new") for c in database.changes("schedule", name)]
    assert changes == [("ann", None, {"a": 1}), ("bo", {"a": 1}, {"a": 2}), ("bo", None, {"a": 1})]


def test_of_two_who_put_many_each_is_changed_by_one(database):
    names = [f"s{number:03}" for number in range(50)]
    known = database.put_all([replace(ONE, name=name) for name in names], "ann")
    done, start = [], Barrier(2)

    def put(order: int) -> None:
        start.wait()
        done.extend(one.name for one in database.put_all(known[::order], "bo"))

    threads = [Thread(target=put, args=(order,)) for order in (1, -1)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(done) == names


def test_a_change_that_nobody_made_is_not_kept(database):
    first = database.put(ONE, "ann")
    assert database.put(replace(first, status="Scheduled"), "").version == 2
    assert [change.by for change in database.changes("schedule", "fraud-hourly")] == ["ann"]


def names(database, **asked) -> list[str]:
    return [record.name for record in database.list(Query("execution", **asked))]


@pytest.fixture
def executions(database):
    """Executions a to d, of two schedules, at noon and the three hours after, and one other record."""
    for hour, (name, parent, status) in enumerate(
        [("a", "one", "Failed"), ("b", "two", "Completed"), ("c", "one", "Completed"), ("d", "two", "Pending")]
    ):
        database.put(Record("execution", name, {}, parent, status, NOON + timedelta(hours=hour)), "ann")
    database.put(ONE, "ann")
    return database


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "abcd"),
        ({"parent": "one"}, "ac"),
        ({"status": ("Completed",)}, "bc"),
        ({"status": ("Completed", "Failed"), "parent": "one"}, "ac"),
        ({"names": ("c", "a", "e")}, "ac"),
        ({"name_contains": "b"}, "b"),
        ({"name_contains": "%"}, ""),
        ({"since": NOON + timedelta(hours=1)}, "bcd"),
        ({"until": NOON + timedelta(hours=1)}, "a"),
        ({"created_until": NOON}, ""),
        ({"modified_since": NOON}, "abcd"),
        ({"order": "time", "descending": True}, "dcba"),
        ({"order": "status"}, "bcad"),
        ({"limit": 2}, "ab"),
    ],
)
def test_records_are_listed_as_they_are_asked_for(executions, asked, expected):
    assert names(executions, **asked) == list(expected)


@pytest.mark.parametrize("order", ["name", "created", "time", "status", "modified"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_follow_each_other_without_a_gap(executions, order, descending):
    asked, found = Query("execution", order=order, descending=descending, limit=1), []
    while page := executions.list(asked):
        found += page
        asked = replace(asked, after=page[-1])
    assert found == executions.list(replace(asked, limit=None, after=None))
    assert len(found) == 4


def test_a_lease_has_one_owner(database):
    assert database.claim("execution-1", "ann", 60)
    assert not database.claim("execution-1", "bo", 60)
    assert database.claim("execution-2", "bo", 60)


def test_a_lease_that_has_run_out_is_free_and_not_its_owners(database):
    assert database.claim("execution-1", "ann", 0.01)
    sleep(0.05)
    assert database.claim("execution-1", "bo", 60)
    assert not database.renew("execution-1", "ann", 60)
    assert database.renew("execution-1", "bo", 60)


def test_a_lease_lasts_from_when_it_was_renewed(database):
    database.claim("execution-1", "ann", 0.5)
    assert database.renew("execution-1", "ann", 60)
    sleep(0.6)
    assert not database.claim("execution-1", "bo", 60)


def test_only_its_owner_gives_a_lease_back(database):
    database.claim("execution-1", "ann", 60)
    database.release("execution-1", "bo")
    assert not database.claim("execution-1", "bo", 60)
    database.release("execution-1", "ann")
    assert database.claim("execution-1", "bo", 60)


def at_once(call, count: int = 8) -> list:
    """Return what ``call`` returns in each of many threads that start together."""
    barrier, found = Barrier(count), []

    def run(number):
        barrier.wait()
        try:
            found.append(call(number))
        except Conflict:
            found.append(None)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_many_who_claim_at_once_one_has_it(database):
    assert sum(at_once(lambda number: database.claim("execution-1", f"worker-{number}", 60))) == 1


def test_of_many_who_make_a_record_at_once_one_has_made_it(database):
    found = at_once(lambda number: database.put(replace(ONE, document={"by": number}), f"worker-{number}"))
    (made,) = [record for record in found if record]
    assert database.get("schedule", "fraud-hourly") == made


def test_many_who_open_an_empty_database_at_once_make_its_tables_once(blank):
    opened = at_once(lambda _: Sql(blank), 4)
    opened[0].put(ONE, "ann")
    found = [database.get("schedule", "fraud-hourly") for database in opened]
    for database in opened:
        database.close()
    assert all(found)


def test_who_opens_a_new_file_waits_for_who_prepares_it(tmp_path):
    """SQLite's own wait is not for this: it says at once that the file is locked."""
    path, opened = tmp_path / "kedge.db", []
    with closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.execute("BEGIN IMMEDIATE")
        second = Thread(target=lambda: opened.append(Sql(f"sqlite:///{path}")))
        second.start()
        second.join(0.2)
        first.execute("COMMIT")
        second.join()
    opened[0].close()


def test_a_database_is_found_again(url):
    first = Sql(url)
    first.put(ONE, "ann")
    first.close()
    second = Sql(url)
    assert second.get("schedule", "fraud-hourly")
    second.close()


def test_the_migrations_make_the_tables_that_the_code_knows(blank):
    Sql(blank).close()
    engine = sa.create_engine(blank.replace("postgresql:", "postgresql+psycopg:"))
    found = sa.inspect(engine)
    for table in METADATA.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == set(table.c.keys())
        indexes = {index["name"]: index["column_names"] for index in found.get_indexes(table.name)}
        assert indexes == {index.name: [column.name for column in index.columns] for index in table.indexes}
        key = found.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key]
    engine.dispose()


def test_a_database_of_a_later_version_is_refused(blank):
    Sql(blank).close()
    engine = sa.create_engine(blank.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SettingError, match="later kedge"):
        Sql(blank)


@pytest.mark.parametrize("url", ["", "kedge.db", "mysql://host/name", "postgresql://127.0.0.1:1/name"])
def test_a_database_that_is_none_is_refused(url):
    with pytest.raises(SettingError) as error:
        Sql(url)
    assert error.value.field == "database"


def test_a_password_is_in_no_message():
    with pytest.raises(SettingError) as error:
        Sql("postgresql://ann:secret@127.0.0.1:1/name")
    assert "secret" not in str(error.value)


@pytest.fixture
def two(database):
    """Two workspaces of one database, of which the first has a record."""
    fraud, credit = database.of("fraud"), database.of("credit")
    fraud.put(ONE, "ann")
    return fraud, credit


def test_records_of_two_workspaces_do_not_see_each_other(database, two):
    fraud, credit = two
    asked = Query("schedule", parent="fraud", name_contains="fraud")
    assert fraud.list(asked)
    assert (credit.list(asked), database.list(asked)) == ([], [])
    assert (credit.get("schedule", "fraud-hourly"), database.get("schedule", "fraud-hourly")) == (None, None)


def test_workspaces_have_records_of_the_same_name(two):
    fraud, credit = two
    made = credit.put(replace(ONE, document={"a": 2}), "bo")
    credit.put(made, "bo")
    assert fraud.get("schedule", "fraud-hourly").document == {"a": 1}
    assert credit.get("schedule", "fraud-hourly").version == 2


def test_no_workspace_changes_or_deletes_what_is_anothers(two):
    fraud, credit = two
    known = fraud.get("schedule", "fraud-hourly")
    for change in (lambda: credit.put(known, "eve"), lambda: credit.delete(known, "eve")):
        with pytest.raises(Conflict):
            change()
    assert fraud.get("schedule", "fraud-hourly") == known


def test_changes_of_two_workspaces_do_not_see_each_other(database, two):
    fraud, credit = two
    credit.put(ONE, "bo")
    told = [[change.by for change in one.changes("schedule", "fraud-hourly")] for one in (fraud, credit, database)]
    assert told == [["ann"], ["bo"], []]


def test_leases_of_two_workspaces_do_not_see_each_other(two):
    fraud, credit = two
    assert fraud.claim("schedule/a", "ann", 60)
    assert credit.claim("schedule/a", "bo", 60)
    assert not credit.renew("schedule/a", "ann", 60)
    credit.release("schedule/a", "ann")
    credit.release("schedule/a", "bo")
    assert fraud.renew("schedule/a", "ann", 60)


def test_a_workspace_is_cleared_and_the_others_are_not(two):
    fraud, credit = two
    credit.put(ONE, "bo")
    for one in two:
        one.claim("schedule/a", "ann", 60)
    fraud.clear()
    assert (fraud.get("schedule", "fraud-hourly"), fraud.changes("schedule", "fraud-hourly")) == (None, [])
    assert fraud.claim("schedule/a", "bo", 60)
    assert credit.get("schedule", "fraud-hourly")
    assert credit.changes("schedule", "fraud-hourly")
    assert not credit.claim("schedule/a", "bo", 60)


def test_old_changes_of_a_kind_are_forgotten_and_no_others(database):
    for name in ("old", "new"):
        for kind in ("alert", "alarm"):
            database.put(Record(kind, name, {}), "ann")
        database.of("other").put(Record("alert", name, {}), "ann")
        if name == "old":
            sleep(0.01)
            before = datetime.now(UTC)
    assert database.forget("alert", before) == 1
    left = [(kind, name) for kind in ("alert", "alarm") for name in ("old", "new") if database.changes(kind, name)]
    assert left == [("alert", "new"), ("alarm", "old"), ("alarm", "new")]
    assert database.of("other").changes("alert", "old")


def test_a_connection_that_is_in_use_when_all_are_closed_is_closed_when_it_is_given_back(database):
    with database._engine.connect() as used:
        closed = used.connection.dbapi_connection
        database.close()
    with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError), match="closed"):
        closed.execute("SELECT 1")
