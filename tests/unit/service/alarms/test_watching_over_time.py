"""However values come and servers start, an alarm stands as if it were evaluated all the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedge.adapters.databases.sql import Sql
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import to_record
from kedge.domain.evaluation import evaluate
from kedge.domain.metric import Metric, Point
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
METRIC = Metric("data", "drift", (("Endpoint", "fraud"),))
ROOMS = count()
# Minutes that pass, then how many hours back a value comes and whether it breaches, and whether the server starts anew.
STEPS = st.lists(
    st.tuples(st.integers(0, 150), st.none() | st.tuples(st.integers(0, 5), st.booleans()), st.booleans()),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def database(tmp_path):
    made = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield made
    made.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.sampled_from(["missing", "ignore", "breaching", "notBreaching"]), st.integers(1, 3))
def test_an_alarm_stands_as_if_it_were_evaluated_with_every_look(database, steps, treated, least):
    room = database.of(f"w{next(ROOMS)}")
    alarm = Alarm(name="a", metric=METRIC, evaluation_periods=3, datapoints_to_alarm=least, treat_missing_data=treated)
    room.put(to_record(alarm), "ann")
    watching, now, values, expected = Watching(room, Values(room, room.points, None)), NOON, {}, "INSUFFICIENT_DATA"
    for minutes, came, starts in steps:
        now += timedelta(minutes=minutes)
        if came:
            hour = now.replace(minute=0) - came[0] * HOUR
            values[hour] = Point(hour, float(came[1]))
            room.points.append([(METRIC, values[hour])])
        watching = Watching(room, watching.values) if starts else watching
        watching.look(now, [METRIC] if came else [])
        expected = evaluate(alarm, list(values.values()), now, expected).state
        assert room.get("alert", "a").status == expected
