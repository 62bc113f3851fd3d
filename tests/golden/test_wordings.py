"""The sentences of data-quality.md, 3.5, word for word."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.evaluate import evaluate
from kedge.analysis.profile import Profile
from kedge.analysis.suggest import constraints
from kedge.analysis.wording import number

MARKETING = [value for value in range(1, 11) for _ in range(30)]
PREDICTIONS = [(i % 63) / 58 if i % 63 < 58 else i % 63 for i in range(320)]


def profile(**columns: list[object]) -> Profile:
    rows = len(next(iter(columns.values())))
    batch = Batch({name: column(values) for name, values in columns.items()}, np.arange(rows, dtype=np.uint64))
    return Profile().update(batch)


def sentences(baseline: Profile, window: Profile) -> dict[str, str]:
    findings, _ = evaluate(constraints(baseline), baseline.features, window.features, "sagemaker")
    return {finding.constraint_check_type: finding.description for finding in findings}


def test_the_type_sentence():
    found = sentences(profile(age=[1] * 400), profile(age=[1] * 1970 + [0.5] * 7))
    assert found["data_type_check"] == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 99.64592817400101% of data is Integral."
    )


def test_the_completeness_sentence():
    found = sentences(profile(age_range=[3] * 300), profile(age_range=[3] * 310 + [None] * 10))
    assert found == {
        "completeness_check": "Data completeness requirement is not met. Expected: 100.0%. Observed: Only 96.875%."
    }


def test_the_drift_sentence():
    found = sentences(profile(target=MARKETING), profile(target=PREDICTIONS))
    assert found["baseline_drift_check"] == "Baseline drift distance: 0.30791265775509713 exceeds threshold: 0.1"


@pytest.mark.parametrize(
    ("baseline", "window", "kind", "counts"),
    [(("a", "b"), ("a",), "missing", (1, 2)), (("a",), ("a", "b"), "extra", (2, 1))],
)
def test_the_column_sentences(baseline, window, kind, counts):
    sides = (profile(**{name: [1, 2] for name in names}) for names in (baseline, window))
    assert sentences(*sides) == {
        f"{kind}_column_check": f"There are {kind} columns in current dataset. "
        f"Number of columns in current dataset: {counts[0]}, "
        f"Number of columns in baseline constraints: {counts[1]}"
    }


def test_the_category_sentence_starts_as_it_always_did():
    found = sentences(profile(c=["a", "b"] * 5), profile(c=["a", "b"] * 3 + ["z", "z"]))
    assert found["categorical_values_check"].startswith("Value: 0.75 does not meet the constraint requirement! ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (100, "100.0"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (0.00099, "9.9E-4"),
        (9999999.5, "9999999.5"),
        (1e7, "1.0E7"),
        (123456789012.0, "1.23456789012E11"),
        (-2.5e-10, "-2.5E-10"),
        (0.0, "0.0"),
        (1 / 3, "0.3333333333333333"),
    ],
)
def test_numbers_are_printed_as_a_java_double_prints_itself(value, text):
    assert number(value) == text
