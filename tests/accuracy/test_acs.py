"""Four years of census rows, judged month by month with labels that came later, beside scikit-learn."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

import kedge

ROLES = {"problem_type": "BinaryClassification", "label": "employed", "probability": "predicted_probability"}


@pytest.fixture(scope="module")
def acs(request):
    folder = request.getfixturevalue("test_data") / "acs_employment"
    live = pl.read_parquet(folder / "analysis.parquet").with_columns(pl.col(pl.Categorical).cast(pl.String))
    return folder / "reference.parquet", live, pl.read_parquet(folder / "analysis_target.parquet")


@pytest.fixture(scope="module")
def model(acs):
    return kedge.baseline(acs[0], monitor="model-quality", prediction="prediction", **ROLES)


def months(live):
    """Yield a twelfth of each year's rows at a time: they are in order, and know no date but the year."""
    for year in live["year"].unique().sort():
        of_year = live.filter(pl.col("year") == year)
        yield from (of_year[part] for part in np.array_split(np.arange(len(of_year)), 12))


def test_auc_by_month_is_that_of_scikit_learn(acs, model):
    _, live, truth = acs
    for month in months(live.join(truth, on="id")):
        found = kedge.check(month, model).report.statistics.binary_classification_metrics
        assert found.auc.value == pytest.approx(
            roc_auc_score(month["employed"], month["predicted_probability"]), abs=1e-4
        )
        assert found.accuracy.value == pytest.approx(accuracy_score(month["employed"], month["prediction"]), abs=1e-9)


def test_rows_joined_with_their_labels_by_id_say_what_all_rows_say(acs, model, tmp_path):
    _, live, truth = acs
    live.write_parquet(tmp_path / "live.parquet")
    kedge.upload_labels(truth, id="id", label="employed", destination=tmp_path / "labels")
    joined = kedge.check(tmp_path / "live.parquet", model, ground_truth=tmp_path / "labels", id="id")
    metrics, both = joined.report.summary.metrics, live.join(truth, on="id")
    assert joined.report.summary.ground_truth.share == 1.0
    assert metrics["auc"].value == pytest.approx(
        roc_auc_score(both["employed"], both["predicted_probability"]), abs=1e-4
    )
    assert metrics["log_loss"].value == pytest.approx(log_loss(both["employed"], both["predicted_probability"]))
