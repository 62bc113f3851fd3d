from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.distances.linfinity import linfinity
from kedge.analysis.documents import Statistics
from kedge.analysis.profile import Profile
from kedge.analysis.remembered import features
from kedge.analysis.summarize import statistics


def profile(values: object) -> Profile:
    values = list(values)
    return Profile().update(Batch({"f": column(values)}, np.arange(len(values), dtype=np.uint64)))


def reread(values: object):
    return features(Statistics.model_validate_json(statistics(profile(values)).to_json()))["f"]


@pytest.mark.parametrize("values", [[1, 2, 2, None], [0.5, 1, None, 7.25], ["a", "b", "a", None], [None], []])
def test_what_was_remembered_makes_the_same_document(values):
    known = statistics(profile(values)).features[0]
    again = statistics(Profile({"f": reread(values)})).features[0]
    if known.string_statistics:
        known.string_statistics.distinct_count = again.string_statistics.distinct_count = None
    assert again.model_dump() == known.model_dump()


def test_a_mean_that_was_not_said_leaves_no_moments():
    assert reread([float("inf")]).moments.count == 0


@pytest.mark.parametrize("size", [300, 30_000])
def test_a_reread_sketch_has_no_distance_from_the_first(size):
    values = np.random.default_rng(1).normal(size=size).tolist()
    sides = reread(values), profile(values).features["f"]
    assert linfinity(*sides, categorical=False, robust=False) == 0


def test_reread_categories_have_no_distance_from_the_first():
    values = ["a"] * 7 + ["b"] * 3
    assert linfinity(reread(values), profile(values).features["f"], categorical=True, robust=False) == 0


def test_texts_without_categories_have_no_distance():
    document = {
        "dataset": {"item_count": 9},
        "features": [
            {
                "name": "id",
                "inferred_type": "String",
                "string_statistics": {"common": {"num_present": 9, "num_missing": 0}, "distinct_count": 9.0},
            }
        ],
    }
    remembered = features(Statistics.model_validate(document))["id"]
    assert linfinity(remembered, remembered, categorical=True, robust=False) is None
