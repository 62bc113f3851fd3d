"""The laws of statistics, distances, checks and metrics: one battery over every one of them, ours and yours.

.. code-block:: python

    @pytest.mark.parametrize("law", item_laws.STATISTIC_LAWS)
    def test_my_statistic_keeps_the_laws(law):
        law(my_statistic)

So with ``DISTANCE_LAWS``, ``METRIC_LAWS`` and ``CHECK_LAWS``. A check that asks for statistics of plugins is given
them by name: ``law(my_check, {"my_statistic": my_statistic})``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import signature
from itertools import chain, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.analysis import suggest
from kedge.analysis.batch import Batch, column
from kedge.analysis.checks import Comparison, Whole, judges
from kedge.analysis.distances import Distance, distances
from kedge.analysis.documents import Constraints, MonitoringConfig
from kedge.analysis.hashing import hash_keys
from kedge.analysis.metrics import Metric
from kedge.analysis.profile import Feature, Profile
from kedge.analysis.quality.quality import Quality
from kedge.analysis.report import Finding
from kedge.analysis.statistics import Statistic
from kedge.domain.roles import Roles

if TYPE_CHECKING:
    from kedge.analysis.documents import FeatureConstraints
    from kedge.analysis.quality.outcomes import Outcomes

StatisticLaw = Callable[[Callable[[Feature], Any]], None]
DistanceLaw = Callable[[Callable[..., "float | None"]], None]
CheckLaw = Callable[..., None]
MetricLaw = Callable[[Callable[["Outcomes"], Any]], None]
Statistics = Mapping[str, Callable[[Feature], "float | None"]]

NUMBERS: Final[tuple[Iterable[Any], ...]] = (
    (),
    (None,),
    (math.inf, -math.inf),
    (1,),
    (2.5,) * 9,
    (5, 5, 6),
    range(500),
    (*range(-40, 40), None, None),
    (1e308, -1e308),
    (1e-300, 2e-300),
    (0.0,) * 900,
)
TEXTS: Final[tuple[Iterable[Any], ...]] = (
    (),
    (None,),
    ("a",),
    ("b",) * 500,
    ("a", "b") * 60,
    ("a", "c", ""),
    (True, False, None, "x", 3, 2.5),
    tuple(f"n{i}" for i in range(900)),
)
# Sums of floats in another order.
_ROUNDING: Final = 1e-9


def seen(values: Iterable[Any]) -> Feature:
    """Return the feature of these values."""
    return Feature().update(column(list(values)))


# --- statistics --------------------------------------------------------------------------------------


def nothing_is_said_of_nothing(statistic: Callable[[Feature], Any]) -> None:
    """A feature of which nothing was seen has no value: None, which is not zero."""
    assert statistic(Feature()) is None


def what_is_said_is_finite(statistic: Callable[[Feature], Any]) -> None:
    """A value is a number, or made of numbers; there is never a NaN or an infinity."""
    for values in (*NUMBERS, *TEXTS):
        assert all(math.isfinite(leaf) for leaf in _leaves(statistic(seen(values))) if isinstance(leaf, float))


def what_was_written_says_the_same(statistic: Callable[[Feature], Any]) -> None:
    """It can be asked of a stored profile, and of the same twice."""
    for values in (*NUMBERS, *TEXTS):
        feature = seen(values)
        read = Feature.from_json(json.loads(json.dumps(feature.to_json())))
        assert _same(statistic(feature), statistic(read))
        assert _same(statistic(feature), statistic(feature))


def what_was_merged_says_the_same(statistic: Callable[[Feature], Any]) -> None:
    """Two hours that were merged are the two hours."""
    for first, second in chain(product(NUMBERS, repeat=2), product(TEXTS, repeat=2)):
        merged, whole = seen(first).merge(seen(second)), seen([*first, *second])
        assert _same(statistic(merged), statistic(whole)), (first, second)


def _leaves(value: Any) -> Iterator[float | str]:
    """Yield the numbers and texts that a value is made of."""
    if isinstance(value, Mapping):
        value = value.items()
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for part in value:
            yield from _leaves(part)
    elif value is not None:
        yield float(value)


def _same(value: Any, other: Any) -> bool:
    pairs = list(zip(_leaves(value), _leaves(other), strict=True))
    return (value is None) is (other is None) and all(
        math.isclose(mine, theirs, rel_tol=_ROUNDING) if isinstance(mine, float) and isinstance(theirs, float)
        else mine == theirs
        for mine, theirs in pairs
    )  # fmt: skip


# --- distances ---------------------------------------------------------------------------------------


def a_distance_is_finite_and_in_its_range(function: Callable[..., float | None]) -> None:
    """Every pair of sides has a distance of 0 or more, a p-value between 0 and 1, or None; never a NaN."""
    distance = Distance.made(function)
    for baseline, window, options in _pairs(distance):
        found = function(baseline, window, **options)
        assert found is None or (math.isfinite(found) and 0 <= found <= (1 if distance.p_value else math.inf))


def an_empty_side_has_no_distance(function: Callable[..., float | None]) -> None:
    """Where a side has no value there is nothing to compare: None, which is not zero."""
    distance = Distance.made(function)
    for compared, sides in _sides(distance):
        for side in sides:
            assert distance(Feature(), side, categorical=compared == "categories") is None
            assert distance(side, Feature(), categorical=compared == "categories") is None


def a_feature_is_not_far_from_itself(function: Callable[..., float | None]) -> None:
    """The same data has the distance 0, or the p-value 1, where it has any."""
    distance = Distance.made(function)
    for compared, sides in _sides(distance):
        found = [distance(side, side, categorical=compared == "categories") for side in sides]
        same = 1.0 if distance.p_value else 0.0
        assert all(value is None or math.isclose(value, same, abs_tol=_ROUNDING) for value in found)


def a_distance_is_deterministic(function: Callable[..., float | None]) -> None:
    """Neither a clock nor a random number takes part, and neither side changes."""
    for baseline, window, options in _pairs(Distance.made(function)):
        before = baseline.to_json(), window.to_json()
        assert function(baseline, window, **options) == function(baseline, window, **options)
        assert (baseline.to_json(), window.to_json()) == before


def a_symmetric_distance_is_symmetric(function: Callable[..., float | None]) -> None:
    """Where the module says ``SYMMETRIC = True`` both sides may change places."""
    distance = Distance.made(function)
    for baseline, window, options in _pairs(distance) if distance.symmetric else ():
        there, back = function(baseline, window, **options), function(window, baseline, **options)
        assert _same(there, back)


def _sides(distance: Distance) -> Iterator[tuple[str, list[Feature]]]:
    # Where numbers stand among texts not all values are categories, and drift does not ask.
    texts = tuple(values for values in TEXTS if all(value is None or isinstance(value, str) for value in values))
    data = {"numbers": NUMBERS, "categories": texts}
    yield from ((compared, [seen(values) for values in data[compared]]) for compared in distance.compares)


def _pairs(distance: Distance) -> Iterator[tuple[Feature, Feature, dict[str, bool]]]:
    for compared, sides in _sides(distance):
        asks = "categorical" in signature(distance.function).parameters
        options = {"categorical": compared == "categories"} if asks else {}
        yield from ((baseline, window, options) for baseline, window in product(sides, repeat=2))


# --- checks ------------------------------------------------------------------------------------------


def the_baselines_own_data_is_fine(check: Callable[..., Any], statistics: Statistics | None = None) -> None:
    """Nothing is found where the window is what the constraints were suggested from."""
    known = distances()
    for values in (*NUMBERS, *TEXTS):
        assert _found(check, _comparison(seen(values), seen(values), statistics, known)) == []


def a_finding_says_what_is_wrong(check: Callable[..., Any], statistics: Statistics | None = None) -> None:
    """It names its feature and its check, has a sentence, and can be written as JSON."""
    for comparison in _comparisons(statistics):
        for finding in _found(check, comparison):
            assert isinstance(finding, Finding)
            assert judges(check) == "window" or finding.feature_name == comparison.name
            assert finding.constraint_check_type
            assert finding.description.strip()
            json.dumps(finding.model_dump(), allow_nan=False)


def a_check_is_deterministic(check: Callable[..., Any], statistics: Statistics | None = None) -> None:
    """The same comparison has the same finding."""
    for comparison in _comparisons(statistics):
        assert _found(check, comparison) == _found(check, comparison)


def _found(check: Callable[..., Any], comparison: Comparison) -> list[Finding]:
    """Return what a check finds in one feature, or in a window that has no other."""
    if judges(check) == "feature":
        found = check(comparison)
        return [] if found is None else [found]
    features = [comparison.constraint] if comparison.constraint else []
    rows = comparison.window.types.total if comparison.window else 0
    return list(check(Whole(Constraints(features=features), rows)))


def _comparisons(statistics: Statistics | None) -> Iterator[Comparison]:
    """Yield every two sides, and a column that is new or gone."""
    sides, known = [None, *map(seen, (*NUMBERS, *TEXTS))], distances()
    for baseline, window in product(sides, repeat=2):
        if baseline or window:
            yield _comparison(baseline, window, statistics, known)


def _comparison(
    baseline: Feature | None, window: Feature | None, statistics: Statistics | None, known: Mapping[str, Distance]
) -> Comparison:
    return Comparison(
        name="feature",
        constraint=_suggested(baseline) if baseline else None,
        config=MonitoringConfig(),
        baseline=baseline,
        window=window,
        mode="default",
        columns_expected=int(baseline is not None),
        columns_found=int(window is not None),
        distances=known,
        statistics={name: Statistic(name, function) for name, function in (statistics or {}).items()},
    )


def _suggested(feature: Feature) -> FeatureConstraints:
    return suggest.constraints(Profile({"feature": feature}, rows=feature.types.total)).features[0]


# --- metrics -----------------------------------------------------------------------------------------


def a_metric_of_nothing_is_undefined(function: Callable[[Outcomes], Any]) -> None:
    """Where there is no row there is no value: NaN, which is not zero."""
    metric = Metric.made(function)
    for roles in _roles(metric):
        assert np.isnan(metric(Quality(roles).replicas)).all()


def replicas_do_not_see_each_other(function: Callable[[Outcomes], Any]) -> None:
    """The value in a replica is that of the replica alone, and the same twice."""
    metric = Metric.made(function)
    for quality in _qualities(metric):
        found = metric(quality.everything.drawn)
        alone = [metric(quality.everything.drawn.part(slice(i, i + 1)))[0] for i in range(len(found))]
        np.testing.assert_allclose(found, alone, rtol=_ROUNDING)
        np.testing.assert_array_equal(found, metric(quality.everything.drawn))


def a_metric_of_merged_hours_is_that_of_all_rows(function: Callable[[Outcomes], Any]) -> None:
    """Two hours that were merged, or read from what was written, are the two hours."""
    metric = Metric.made(function)
    for roles in _roles(metric):
        hours = [Quality(roles).update(_answers(size, start=start)) for size, start in ((40, 0), (9, 40))]
        whole = Quality(roles).update(_answers(49))
        read = Quality.from_json(json.loads(json.dumps(hours[0].merge(hours[1]).to_json(), allow_nan=False)))
        np.testing.assert_allclose(metric(read.everything.drawn), metric(whole.everything.drawn), rtol=_ROUNDING)


def _roles(metric: Metric) -> Iterator[Roles]:
    for problem in metric.problems:
        yield Roles(problem, "label", "prediction", "score" if problem == "BinaryClassification" else None)


def _qualities(metric: Metric) -> Iterator[Quality]:
    for roles, rows in product(_roles(metric), (1, 2, 49)):
        yield Quality(roles).update(_answers(rows))


def _answers(rows: int, start: int = 0) -> Batch:
    """Return rows that are right now and then; few enough that some replicas are without a class, or empty."""
    places = np.arange(start, start + rows)
    columns = {
        "label": column((places % 3 % 2).tolist()),
        "prediction": column((places % 5 % 2).tolist()),
        "score": column((places * 0.37 % 1).tolist()),
    }
    return Batch(columns, hash_keys("rows", start, rows))


STATISTIC_LAWS: Final[tuple[StatisticLaw, ...]] = (
    nothing_is_said_of_nothing,
    what_is_said_is_finite,
    what_was_written_says_the_same,
    what_was_merged_says_the_same,
)
DISTANCE_LAWS: Final[tuple[DistanceLaw, ...]] = (
    a_distance_is_finite_and_in_its_range,
    an_empty_side_has_no_distance,
    a_feature_is_not_far_from_itself,
    a_distance_is_deterministic,
    a_symmetric_distance_is_symmetric,
)
METRIC_LAWS: Final[tuple[MetricLaw, ...]] = (
    a_metric_of_nothing_is_undefined,
    replicas_do_not_see_each_other,
    a_metric_of_merged_hours_is_that_of_all_rows,
)
CHECK_LAWS: Final[tuple[CheckLaw, ...]] = (
    the_baselines_own_data_is_fine,
    a_finding_says_what_is_wrong,
    a_check_is_deterministic,
)
