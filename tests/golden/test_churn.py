"""A run of the service, computed again: 60 violations in 70 columns (data-quality.md, 3.5)."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.evaluate import evaluate
from kedge.analysis.profile import Profile
from kedge.analysis.suggest import constraints

DATA = Path(os.environ.get("KEDGE_TEST_DATA", "absent")) / "churn"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="KEDGE_TEST_DATA has no folder churn")

INTEGRAL = re.compile(r"(-|\+)? ?\d+")
FRACTIONAL = re.compile(r"(-|\+)? ?\d+((\.\d+)|((?:\.\d+)?[Ee][-+]?\d+))")


def value(text: str) -> object:
    if INTEGRAL.fullmatch(text):
        return int(text)
    return float(text) if FRACTIONAL.fullmatch(text) else text or None


def profile(names: list[str], rows: list[list[str]]) -> Profile:
    columns = zip(*rows, strict=True)
    columns = {name: column([value(text) for text in texts]) for name, texts in zip(names, columns, strict=True)}
    return Profile().update(Batch(columns, np.arange(len(rows), dtype=np.uint64)))


def read(name: str) -> list[list[str]]:
    with (DATA / name).open(newline="") as lines:
        return list(csv.reader(lines))


@pytest.fixture(scope="module")
def sides() -> tuple[Profile, Profile]:
    names, *training = read("training-dataset-with-header.csv")
    # The first payload is a mangled header, fractional in 59 Integral columns; it was sent seven times.
    odd, *ordinary = read("test-dataset-input-cols.csv")
    payloads = [odd] * 7 + [ordinary[i % len(ordinary)] for i in range(1970)]
    # The prediction comes first, where the label stood: a score, compared with labels of 0 and 1.
    scores = np.random.default_rng(1).beta(0.3, 2, len(payloads))
    live = [[f"{score:.17f}", *payload] for score, payload in zip(scores, payloads, strict=True)]
    return profile(names, training), profile(names, live)


@pytest.fixture(scope="module")
def findings(sides):
    baseline, window = sides
    found, _ = evaluate(constraints(baseline), baseline.features, window.features, "sagemaker")
    return found


def test_there_are_exactly_sixty_violations_and_all_are_of_types(findings):
    assert [finding.constraint_check_type for finding in findings] == ["data_type_check"] * 60


def test_fifty_nine_columns_miss_by_seven_rows_of_1977(findings):
    texts = [finding.description for finding in findings if finding.feature_name != "Churn"]
    assert len(texts) == 59
    assert all("Observed: Only 99.64592817400101% of data is Integral." in text for text in texts)


def test_no_prediction_is_an_integer(findings):
    (finding,) = (finding for finding in findings if finding.feature_name == "Churn")
    assert finding.description.endswith("Observed: Only 0.0% of data is Integral.")


def test_by_rows_the_predictions_are_far_from_the_labels(sides):
    baseline, window = sides
    found, _ = evaluate(constraints(baseline), baseline.features, window.features)
    assert ("Churn", "baseline_drift_check") in [(f.feature_name, f.constraint_check_type) for f in found]
