"""Statistics by name."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.asked import SKETCHES, asked
from kedge.analysis.batch import column
from kedge.analysis.profile import Feature, Profile
from kedge.analysis.statistics import Statistic
from kedge.errors import SettingError
from kedge.reading.partial import Part
from kedge.registry import items

MANY = np.random.default_rng(1).normal(50, 9, 9000).round(2)
FEATURES = {
    "numbers": Feature().update(column(MANY)),
    "integers": Feature().update(column(MANY.astype(int))),
    "texts": Feature().update(column(["a", "b", "a", None])),
    "nothing": Feature(),
}


@pytest.mark.parametrize("name", [*SKETCHES, "p0.5", "p50", "p99"])
def test_a_statistic_says_of_its_sketches_what_it_says_of_all(name):
    one = asked([name], {})[0]
    part = Part(None, frozenset(one.sketches)).of(Profile(FEATURES))
    assert [repr(one.function(part.features[name])) for name in FEATURES] == [
        repr(one.function(feature)) for feature in FEATURES.values()
    ]


def test_every_statistic_can_be_asked_for():
    assert {item.name for item in items("statistic") if item.source == "kedge"} == {*SKETCHES, "quantile"}


def test_a_percentile_is_that_of_numpy_within_the_rank_error():
    found = asked(["p99"], {})[0].function(FEATURES["numbers"])
    assert abs((found >= MANY).mean() - 0.99) < 0.003


def test_a_statistic_of_a_plugin_is_known():
    plugged = {"rows": Statistic("rows", lambda feature: float(feature.types.total))}
    assert asked(["rows"], plugged)[0].function(FEATURES["texts"]) == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mmd", "'mmd' is not mergeable: it needs the rows"),
        ("psi", "'psi' is a distance, which tells two sides apart"),
        ("quantile", "Write p50"),
        ("p101", "There is no statistic 'p101'"),
        ("men", "Did you mean 'mean'?"),
    ],
)
def test_what_is_no_statistic_of_a_profile_is_refused_by_name(name, said):
    with pytest.raises(SettingError, match=said):
        asked([name], {})
