"""The contract of the feed of sinks, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from kedge.domain.metric import Metric, Point

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
AGE, PAY = Metric.of("data", "drift", {"Feature": "age"}), Metric.of("data", "drift", {"Feature": "pay"})
OWN = Metric("a", "seconds")


@pytest.fixture
def points(database):
    """Points that are fed to sinks."""
    return replace(database.points, feed=database.feed)


def fed(database, number=0, most=100):
    return [(one.latest.metric, one.latest.point.value) for one in database.feed.after(number, most)]


def test_points_come_once_and_in_order_those_of_a_namespace_together(database, points):
    points.append([(AGE, Point(NOON, 1)), (OWN, Point(NOON, 2)), (PAY, Point(NOON - HOUR, 3))])
    points.append([(AGE, Point(NOON + HOUR, 4))])
    assert fed(database) == [(OWN, 2), (PAY, 3), (AGE, 1), (AGE, 4)]
    assert fed(database, number=2, most=1) == [(AGE, 1)]
    assert (database.feed.end(), database.feed.waiting(1), fed(database, number=4)) == (4, 3, [])


def test_a_point_that_takes_the_place_of_one_that_was_sent_says_so(database, points):
    points.append([(AGE, Point(NOON, 1))])
    points.append([(AGE, Point(NOON, 2)), (PAY, Point(NOON + HOUR, 3))])
    assert [(one.again, one.latest.point.value) for one in database.feed.after(1, 9)] == [(True, 2), (False, 3)]
    assert [(one.again, one.latest.point.value) for one in database.feed.after(0, 9)] == [(False, 2), (False, 3)]


def test_a_point_comes_with_what_is_known_of_its_metric(database, points):
    for n in range(3):
        points.append([(AGE, Point(NOON + n * HOUR, n, 2, n - 1, n + 1))])
    latest = database.feed.after(0, 1)[0].latest
    assert (latest.point, latest.times, latest.ever) == (Point(NOON, 0, 2, -1, 1), 3, 3)


def test_what_is_not_kept_is_not_fed(database, points):
    points.append([(AGE, Point(NOON, 1))], once="one")
    points.append([(AGE, Point(NOON, 2))], once="one")
    database.points.append([(PAY, Point(NOON, 3))])
    assert fed(database) == [(AGE, 1)]


def test_whoever_goes_on_from_what_was_seen_misses_none_of_several_writers(database, points):
    def write(one: int) -> None:
        for n in range(25):
            points.append([(AGE, Point(NOON + n * MINUTE + timedelta(seconds=one), 1))])

    threads, seen, number = [Thread(target=write, args=(one,)) for one in range(4)], 0, 0
    for thread in threads:
        thread.start()
    while seen < 100 and (any(thread.is_alive() for thread in threads) or database.feed.waiting(number)):
        for one in database.feed.after(number, 7):
            seen, number = seen + 1, one.number
    assert (seen, number) == (100, 100)


def test_what_was_kept_long_ago_is_forgotten_however_old_the_points_are(database, points):
    points.append([(AGE, Point(NOON, 1))])
    assert (database.feed.drop(datetime.now(UTC) - HOUR), fed(database)) == (0, [(AGE, 1)])
    assert (database.feed.drop(datetime.now(UTC) + HOUR), fed(database), database.feed.end()) == (1, [], 1)


def test_another_workspace_has_a_feed_of_its_own(database, points):
    other = database.of("other")
    replace(other.points, feed=other.feed).append([(AGE, Point(NOON, 2))])
    points.append([(AGE, Point(NOON, 1))])
    assert (fed(database), fed(other)) == ([(AGE, 1)], [(AGE, 2)])
    other.clear()
    assert (fed(database), fed(other), other.feed.end()) == ([(AGE, 1)], [], 0)
