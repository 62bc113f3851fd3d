"""One battery over every statistic, every distance, every metric and every check of ours."""

from __future__ import annotations

import random
from functools import partial
from itertools import count

import pytest

from kedge.analysis.distances import Distance
from kedge.analysis.report import Finding
from kedge.registry import OURS, items
from kedge.testing import item_laws

OPTIONS = {"quantile": {"q": 0.9}}  # what an item has to be asked with


def ours(kind: str) -> list[object]:
    found = [item for item in items(kind) if item.source == OURS]
    return [pytest.param(partial(i.load(), **o) if (o := OPTIONS.get(i.name)) else i.load(), id=i.name) for i in found]


def laws(battery: tuple[object, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("law", battery, ids=lambda law: law.__name__)


@laws(item_laws.STATISTIC_LAWS)
@pytest.mark.parametrize("statistic", ours("statistic"))
def test_every_statistic_keeps_every_law(statistic, law):
    law(statistic)


@laws(item_laws.DISTANCE_LAWS)
@pytest.mark.parametrize("distance", ours("distance"))
def test_every_distance_keeps_every_law(distance, law):
    law(distance)


@pytest.mark.parametrize("distance", ours("distance"))
def test_what_has_nothing_in_common_is_far_apart(distance):
    measured = Distance.made(distance)
    sides = {"numbers": ([1] * 199 + [2], [7] * 199 + [8]), "categories": (["a"] * 200, ["b"] * 200)}
    for compared in measured.compares:
        baseline, window = map(item_laws.seen, sides[compared])
        found = measured(baseline, window, categorical=compared == "categories")
        assert found < 0.001 if measured.p_value else found >= 0.8


@laws(item_laws.METRIC_LAWS)
@pytest.mark.parametrize("metric", ours("metric"))
def test_every_metric_keeps_every_law(metric, law):
    law(metric)


@laws(item_laws.CHECK_LAWS)
@pytest.mark.parametrize("check", ours("check"))
def test_every_check_keeps_every_law(check, law):
    law(check)


# --- what breaks a law is caught ---------------------------------------------------------------------


def zero_for_nothing(feature):
    return float(feature.moments.count)


def unguarded(feature):
    return float("nan") if feature.types.total and not feature.moments.count else feature.types.total or None


def counted(feature, calls=count()):  # noqa: B008 - it is to remember
    return next(calls)


def negative(baseline, window):
    return baseline.types.total - window.types.total


def zero_of_nothing(baseline, window):
    return 0.0


def noise(baseline, window):
    return random.random() if baseline.types.present and window.types.present else None


def hits_of_all(outcomes):
    return outcomes.rows * outcomes.replicas


def strict(comparison):
    return Finding(feature_name=comparison.name, constraint_check_type="strict", description="It is there.")


def silent(comparison):
    return Finding(feature_name=comparison.name, constraint_check_type="", description=" ")


@pytest.mark.parametrize(
    ("item", "law"),
    [
        (zero_for_nothing, item_laws.nothing_is_said_of_nothing),
        (unguarded, item_laws.what_is_said_is_finite),
        (counted, item_laws.what_was_written_says_the_same),
        (counted, item_laws.what_was_merged_says_the_same),
        (negative, item_laws.a_distance_is_finite_and_in_its_range),
        (zero_of_nothing, item_laws.an_empty_side_has_no_distance),
        (noise, item_laws.a_feature_is_not_far_from_itself),
        (noise, item_laws.a_distance_is_deterministic),
        (hits_of_all, item_laws.a_metric_of_nothing_is_undefined),
        (hits_of_all, item_laws.replicas_do_not_see_each_other),
        (strict, item_laws.the_baselines_own_data_is_fine),
        (silent, item_laws.a_finding_says_what_is_wrong),
    ],
)
def test_what_breaks_a_law_is_caught(item, law):
    with pytest.raises(AssertionError):
        law(item)


def test_a_distance_that_only_says_that_it_is_symmetric_is_caught(monkeypatch):
    monkeypatch.setitem(globals(), "SYMMETRIC", True)
    with pytest.raises(AssertionError):
        item_laws.a_symmetric_distance_is_symmetric(negative)
