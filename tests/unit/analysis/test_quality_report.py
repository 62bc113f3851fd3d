"""What stands around the verdict: severity, what changed, and whether the labelled rows are like the others."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.profile import Profile
from kedge.analysis.quality.changes import changes
from kedge.analysis.quality.documents import QualityStatistics
from kedge.analysis.quality.report import MetricFinding, Selected
from kedge.analysis.quality.selection import selection, warning


def finding(name: str, observed: float = 0.5, expected: float = 0.8, segment: str | None = None) -> MetricFinding:
    told = {"constraint_check_type": "LessThanThreshold", "description": ""}
    return MetricFinding(metric_name=name, observed=observed, expected=expected, segment=segment, **told)


@pytest.mark.parametrize(
    ("name", "observed", "expected", "said"),
    [
        ("false_positive_rate", 0.17, 0.07, "error"),
        ("false_positive_rate", 0.08, 0.07, "warning"),
        ("r2", 0.595, 0.6, "notice"),
        ("mae", 2.0, 1.0, "error"),
        ("rmse", 1.25, 1.0, "warning"),
        ("mse", 1.2, 1.0, "notice"),
        ("mae", 0.1, 0.0, "error"),
        ("weighted_f1", 0.6, 0.7, "error"),
        ("gini", 0.1, 0.9, "warning"),
        ("auc", None, None, "warning"),
    ],
)
def test_how_far_beyond_counts_by_the_scale_of_the_metric(name, observed, expected, said):
    assert finding(name, observed, expected).severity == said


def statistics(rows: int, recall: float, coverage: float | None = None) -> QualityStatistics:
    data = {"dataset": {"item_count": rows}, "binary_classification_metrics": {"recall": {"value": recall}}}
    return QualityStatistics.model_validate(data | {"ground_truth": {"coverage": coverage}})


def test_nothing_changed_where_nothing_did():
    assert changes(statistics(10, 0.7101, 0.5), statistics(10, 0.7102, 0.5), [finding("auc")], [finding("auc")]) == []


def test_violations_that_are_gone_and_new_are_named_with_their_segment():
    before, now = [finding("recall"), finding("auc")], [finding("auc"), finding("recall", segment="SEX=2")]
    assert changes(statistics(10, 0.7), statistics(10, 0.7), before, now) == [
        "No longer a violation: recall.",
        "Now a violation: recall in SEX=2.",
    ]


def profile(rows: int = 400, labelled: bool = False, **columns: list[object]) -> Profile:
    usual = {"amount": [i % 100 for i in range(rows)], "country": ["CH", "DE"] * (rows // 2)} | columns
    truth = {"groundTruthData": [int(labelled)] * rows}
    batch = Batch({name: column(values) for name, values in (usual | truth).items()}, np.arange(rows, dtype=np.uint64))
    return Profile().update(batch)


def test_labelled_rows_like_the_others_are_no_selection():
    assert selection(profile(labelled=True), profile(1000)) == []


def test_numbers_and_categories_that_differ_are_told_the_farthest_first():
    biased = profile(labelled=True, amount=[i % 50 for i in range(400)], country=["CH"] * 300 + ["DE"] * 100)
    found = selection(biased, profile(1000))
    assert [(each.feature, each.method, each.threshold) for each in found] == [
        ("amount", "Robust", 0.1),
        ("country", "Robust", 0.1),
    ]


@pytest.mark.parametrize("rows", [(198, 1000), (1000, 198)])
def test_few_rows_on_either_side_say_nothing(rows):
    labelled, unlabelled = rows
    assert selection(profile(labelled, amount=[-1] * labelled), profile(unlabelled)) == []


def test_many_features_are_counted():
    found = [Selected(feature=name, distance=0.3, threshold=0.1, method="Robust") for name in "abcdefg"]
    assert "in a, b, c, d, e and 2 more:" in warning(found)
    assert warning([]) is None
