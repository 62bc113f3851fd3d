"""The contract of the points of metrics, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.metric import Metric, Point
from kedge.domain.window import Window
from kedge.errors import SettingError

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAY = timedelta(days=1)
AGE = Metric.of("data", "drift", {"Endpoint": "fraud", "Feature": "age"})
PAY = Metric.of("data", "drift", {"Endpoint": "fraud", "Feature": "pay"})


def asked(points, metric=AGE, statistic="Sum", period=3600, since=NOON - DAY, until=NOON + DAY):
    return [(point.time, point.value) for point in points.query(metric, since, until, period, statistic)]


@pytest.fixture
def points(database):
    """No points."""
    return database.points


def test_points_of_a_period_become_one(points):
    points.append([(AGE, Point(NOON + n * MINUTE, float(n))) for n in range(4)])
    found = {name: asked(points, statistic=name)[0][1] for name in ("Sum", "Average", "Minimum", "Maximum", "p50")}
    assert found == {"Sum": 6, "Average": 1.5, "Minimum": 0, "Maximum": 3, "p50": 1}


def test_each_period_has_its_own_point_and_the_end_is_no_part(points):
    points.append([(AGE, Point(NOON + n * HOUR, float(n))) for n in range(4)])
    assert asked(points, since=NOON + HOUR, until=NOON + 3 * HOUR) == [(NOON + HOUR, 1), (NOON + 2 * HOUR, 2)]


def test_a_point_that_stands_for_several_counts_as_them(points):
    points.append([(AGE, Point(NOON, 400, 10, 18, 60)), (AGE, Point(NOON + MINUTE, 20))])
    found = {name: asked(points, statistic=name)[0][1] for name in ("SampleCount", "Average", "Minimum", "Maximum")}
    assert found == {"SampleCount": 11, "Average": 420 / 11, "Minimum": 18, "Maximum": 60}


def test_dimensions_that_are_not_named_do_not_tell_metrics_apart(points):
    points.append([(AGE, Point(NOON, 1)), (PAY, Point(NOON, 2))])
    assert asked(points, Metric.of("data", "drift", {"Endpoint": "fraud"})) == [(NOON, 3)]
    assert asked(points, PAY) == [(NOON, 2)]
    assert asked(points, Metric.of("data", "drift", {"Endpoint": "other"})) == []


def test_a_later_point_of_the_same_time_takes_its_place(points):
    points.append([(AGE, Point(NOON, 1))])
    points.append([(AGE, Point(NOON, 5))])
    assert asked(points) == [(NOON, 5)]


def test_points_of_one_time_that_come_together_are_one(points):
    points.append([(AGE, Point(NOON, 1)), (AGE, Point(NOON, 5))])
    assert (asked(points), asked(points, statistic="SampleCount")) == ([(NOON, 6)], [(NOON, 2)])


def test_what_was_published_is_not_published_again(points):
    assert points.append([(AGE, Point(NOON, 1))], once="hourly-1")
    assert not points.append([(AGE, Point(NOON, 9)), (PAY, Point(NOON, 9))], once="hourly-1")
    assert (asked(points), points.metrics()) == ([(NOON, 1)], [AGE])
    assert (points.has("hourly-1"), points.has("hourly-2")) == (True, False)


def test_of_several_that_publish_the_same_one_does(points):
    done: list[bool] = []
    data = [(AGE, Point(NOON + n * MINUTE, 1)) for n in range(50)]
    threads = [Thread(target=lambda: done.append(points.append(data, once="hourly-1"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]


def test_metrics_are_found_by_what_is_known_of_them(points):
    other = Metric.of("model", "rmse", {"Endpoint": "fraud"})
    points.append([(metric, Point(NOON, 1)) for metric in (other, PAY, AGE)])
    assert points.metrics() == [AGE, PAY, other]
    assert points.metrics(namespace="model") == points.metrics(name="rmse") == [other]
    assert points.metrics(dimensions={"Feature": "pay"}) == [PAY]


def test_the_latest_point_is_that_of_the_latest_time_and_all_are_counted(points):
    points.append([(AGE, Point(NOON, 3))])
    points.append([(AGE, Point(NOON - HOUR, 1)), (AGE, Point(NOON - DAY, 2))])
    [latest] = points.latest()
    assert (latest.metric, latest.point.time, latest.point.value) == (AGE, NOON, 3)
    assert (latest.times, latest.ever) == (3, 6)


@pytest.mark.parametrize("came", [(AGE, Point(NOON, 3)), (AGE, Point(NOON - HOUR, 0)), (PAY, Point(NOON - DAY, 0))])
def test_the_latest_points_are_those_that_another_server_published_since(points, database, url, came):
    points.append([(AGE, Point(NOON, 1))])
    assert points.latest() is database.points.latest()  # nothing came
    other = Sql(url)
    other.points.append([came])
    told = {(one.metric, one.point.value, one.times) for one in other.points.latest()}
    other.close()
    assert {(one.metric, one.point.value, one.times) for one in database.points.latest()} == told


def test_the_latest_points_are_those_of_the_own_workspace(points, database):
    points.append([(AGE, Point(NOON, 1))])
    database.of("other").points.append([(AGE, Point(NOON, 1))])
    assert database.of("other").points.latest() is not points.latest()


def test_a_roll_up_leaves_what_every_statistic_but_a_percentile_tells(points):
    points.append([(AGE, Point(NOON + n * MINUTE, n, 2, n - 1, n + 1)) for n in range(30)])
    statistics = ("Sum", "Average", "Minimum", "Maximum", "SampleCount")
    before = [asked(points, statistic=name) for name in statistics]
    assert points.roll_up(NOON - DAY, NOON + HOUR, 3600) == 30
    assert [asked(points, statistic=name) for name in statistics] == before
    assert asked(points, statistic="SampleCount", period=60) == [(NOON, 60)]


def test_a_roll_up_again_changes_nothing_and_takes_what_came_late(points):
    points.append([(AGE, Point(NOON, 1)), (AGE, Point(NOON + MINUTE, 2))])
    assert (points.roll_up(NOON - DAY, NOON + HOUR, 3600), points.roll_up(NOON - DAY, NOON + HOUR, 3600)) == (2, 0)
    points.append([(AGE, Point(NOON, 4))])
    assert (points.roll_up(NOON - DAY, NOON + HOUR, 3600), asked(points)) == (1, [(NOON, 7)])


def test_a_roll_up_leaves_periods_that_are_not_over_and_points_that_are_alone(points):
    points.append([(AGE, Point(NOON + n * MINUTE, 1)) for n in (0, 1)] + [(AGE, Point(NOON - HOUR + MINUTE, 1))])
    assert points.roll_up(NOON - DAY, NOON + 30 * MINUTE, 3600) == 0
    assert asked(points, period=60) == [(NOON - HOUR + MINUTE, 1), (NOON, 1), (NOON + MINUTE, 1)]


def test_a_roll_up_leaves_what_is_before_it(points):
    points.append([(AGE, Point(NOON + n * MINUTE, 1)) for n in (0, 1)])
    assert points.roll_up(NOON + MINUTE, NOON + DAY, 3600) == 0
    assert len(asked(points, period=60)) == 2


def test_what_is_too_old_is_forgotten_with_its_metric(points):
    points.append([(AGE, Point(NOON - DAY, 1)), (PAY, Point(NOON - DAY, 1)), (PAY, Point(NOON, 1))])
    assert points.drop(NOON) == 2
    assert (points.metrics(), asked(points, PAY)) == ([PAY], [(NOON, 1)])


def test_another_workspace_has_points_of_its_own(database):
    other = database.of("other")
    database.points.append([(AGE, Point(NOON, 1))], once="one")
    assert (other.points.metrics(), asked(other.points)) == ([], [])
    assert other.points.append([(AGE, Point(NOON, 2))], once="one")
    other.clear()
    assert (asked(other.points), asked(database.points)) == ([], [(NOON, 1)])


def test_a_statistic_that_is_none_is_told_with_the_nearest(points):
    with pytest.raises(SettingError, match=r"no statistic 'sum' of metrics.*Sum"):
        asked(points, statistic="sum")
    with pytest.raises(SettingError, match="p101"):
        asked(points, statistic="p101")


def test_several_metrics_are_read_at_once_each_in_its_window(points):
    points.append([(AGE, Point(NOON + n * HOUR, n, 2, n - 1, n + 1)) for n in range(4)] + [(PAY, Point(NOON, 9))])
    both, nobody = Metric.of("data", "drift", {"Endpoint": "fraud"}), Metric.of("data", "drift", {"Endpoint": "other"})
    one, day = Window(NOON + HOUR, NOON + 2 * HOUR), Window(NOON, NOON + DAY)
    found = points.several([(AGE, one), (both, day), (nobody, day), (PAY, one), (AGE, one)])
    assert [sorted(point.value for point in some) for some in found] == [[1], [0, 1, 2, 3, 9], [], [], [1]]
    assert found[0] == [Point(NOON + HOUR, 1, 2, 0, 2)]


def test_of_a_window_that_is_none_nothing_is_read(points):
    points.append([(AGE, Point(NOON, 1))])
    assert asked(points, since=NOON, until=NOON) == []
