"""Traffic in, violation out: the flights demo, small, on its generated year."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import kedge

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo():
    """Return the demo's modules for flights, traffic and model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        return [import_module(f"examples.flights.{name}") for name in ("data", "traffic", "model")]


@pytest.fixture(scope="module")
def found(demo, tmp_path_factory):
    """Learn from a winter of flights; return what is named in later days of captured traffic."""
    (data, traffic, model), folder = demo, tmp_path_factory.mktemp("flights")
    flights = data.generated(flights_a_day=200)
    winter = data.between(flights, "2013-01-01", "2013-03-18")
    fitted = model.DelayModel.fit(winter)
    traffic.write_training_file(winter, fitted, folder / "train.csv")
    baseline = kedge.baseline(folder / "train.csv")
    windows = {
        "ordinary week": data.between(flights, "2013-03-18", "2013-03-25"),
        "day of kilometres": traffic.in_kilometres(data.between(flights, "2013-04-09", "2013-04-10")),
        "most delayed week": data.between(flights, "2013-06-24", "2013-07-01"),
    }
    for name, asked in windows.items():
        traffic.replay(asked, fitted, folder / name / "flights-delay" / "AllTraffic")
    return {name: named(kedge.check(folder / name, baseline)) for name in windows}


def named(result):
    return {f"{violation.feature_name}: {violation.constraint_check_type}" for violation in result.violations}


def test_an_ordinary_week_of_flights_is_quiet(found):
    assert found["ordinary week"] == set()


def test_a_day_of_kilometres_for_miles_is_named_by_the_distance(found):
    assert found["day of kilometres"] == {"distance: baseline_drift_check"}


def test_the_most_delayed_week_is_named_for_its_delays_and_its_new_airports(found):
    assert found["most delayed week"] == {
        "dep_delay: baseline_drift_check",
        "predicted_delay: baseline_drift_check",
        "distance: value_range_check",
        "dest: categorical_values_check",
    }
