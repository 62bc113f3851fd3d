from __future__ import annotations

from kedge.analysis.quality.documents import QualityStatistics
from kedge.analysis.quality.suggest import constraints

VALUE = {"value": 0.5}
SEGMENTS = {
    "SEX": {"1": {"item_count": 200, "auc": VALUE, "mcc": VALUE}, "2": {"item_count": 199, "auc": VALUE}},
    "AGE": {"old": {"item_count": 500, "recall": VALUE}},
}


def statistics(**more: object) -> QualityStatistics:
    block = {"recall": VALUE, "confusion_matrix": {"0": {"0": 1}}}
    return QualityStatistics.model_validate(
        {"dataset": {"item_count": 700}, "binary_classification_metrics": block} | more
    )


def test_what_is_not_known_is_not_demanded():
    assert list(constraints(statistics()).metrics) == ["recall"]


def test_segments_of_enough_rows_have_their_own():
    found = constraints(statistics(segments=SEGMENTS)).segment_constraints
    assert [(part.segment, part.value, list(part.metrics)) for part in found] == [
        ("SEX", "1", ["auc"]),
        ("AGE", "old", ["recall"]),
    ]


def test_how_many_rows_are_enough_can_be_said():
    found = constraints(statistics(segments=SEGMENTS), fewest_rows=1).segment_constraints
    assert [part.value for part in found] == ["1", "2", "old"]


def test_without_segments_none_are_written():
    assert "segment" not in constraints(statistics()).to_json()
