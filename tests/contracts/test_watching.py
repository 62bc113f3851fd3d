"""What a kill leaves undone is done by whoever looks next, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.alarm import Alarm
from kedge.domain.catalog import to_record
from kedge.domain.metric import Metric
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
METRICS = [Metric.of("data", f"drift_{number}", {"Endpoint": "fraud"}) for number in range(20)]
# Publishes one value of each metric, and is killed: before it looks, or as soon as some alarms have gone.
KILLED = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from kedge.adapters.databases.sql import Sql
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import from_record
from kedge.domain.metric import Point
from kedge.domain.record import Query
from kedge.service.alarms import watching
from kedge.service.alarms.alarming import Alarming
from kedge.service.alarms.values import Values

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

noon, database = datetime(2024, 5, 1, 12, tzinfo=UTC), Sql(sys.argv[1])
metrics = [from_record(Alarm, record).metric for record in database.list(Query("alarm"))]
alarming = Alarming(watching.Watching(database, Values(database, database.points, None)))
watching.AT_ONCE, put_all = 7, database.put_all
database.put_all = lambda records, by: (put_all(records, by), die() if by else None)[0]
data = [(metric, Point(noon - timedelta(hours=1), 1.0)) for metric in metrics]
database.points.append(data, once="hourly-1")
if sys.argv[2] == "before it looks":
    die()
alarming.tell("hourly", metrics)
alarming.once(noon)
"""


@pytest.mark.parametrize(("when", "gone"), [("before it looks", 0), ("in the middle of it", 7)])
def test_a_kill_loses_no_alarm_that_is_to_go(url, database, when, gone):
    for metric in METRICS:
        database.put(to_record(Alarm(name=metric.name, metric=metric, threshold=0.5)), "ann")
    ended = subprocess.run([sys.executable, "-c", KILLED, url, when], check=False)
    before = [metric.name for metric in METRICS if database.changes("alert", metric.name)]
    went = [alert.name for alert in Watching(database, Values(database, database.points, None)).look(NOON)]
    assert (ended.returncode, len(before)) == (-9, gone)
    assert sorted([*before, *went]) == sorted(metric.name for metric in METRICS)


def test_who_looks_again_has_nothing_go_twice(database):
    for metric in METRICS:
        database.put(to_record(Alarm(name=metric.name, metric=metric, treat_missing_data="breaching")), "ann")
    values = Values(database, database.points, None)
    looks = [Watching(database, values).look(NOON + later * timedelta(hours=1)) for later in range(3)]
    assert [len(went) for went in looks] == [20, 0, 0]
