"""A model that is asked where its answers come from, before and after the world changed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kedge.adapters.engines.local import Local as LocalEngine
from kedge.adapters.stores.local import Local as LocalStore
from kedge.analysis.attribution.config import AttributionConfig
from kedge.analysis.attribution.kernel_shap import Explanation
from kedge.analysis.profile import Profile
from kedge.analysis.report import Stamp
from kedge.domain.dataset import Dataset
from kedge.errors import InputError, SettingError
from kedge.monitors.attribution import FeatureAttribution
from kedge.reading import documents
from kedge.service.sources import AsItIs

STAMP = Stamp("2024-05-01T10:00:00Z", "1")
WORTH = {"north": 0.0, "south": 1.5, "east": -1.5}


def predict(rows):
    """A credit score: income and region matter, the age hardly."""
    found = rows.columns()
    odds = np.array(found["income"]) / 10 - 4 + np.vectorize(WORTH.get)(found["region"]) + np.array(found["age"]) / 200
    return 1 / (1 + np.exp(-odds))


def rows(count: int, seed: int, drift: bool = False):
    rng = np.random.default_rng(seed)
    region = rng.choice(["north"] * 9 + ["south"] if drift else list(WORTH), count)
    income, age = rng.normal(40, 3 if drift else 12, count), rng.integers(20, 80, count) * (15 if drift else 1)
    return [{"income": i, "region": r, "age": a, "ok": 1} for i, r, a in zip(income, region, age, strict=True)]


def source(found, names=("income", "region", "age", "ok"), **profile) -> AsItIs:
    with Path("data.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(found)
    return AsItIs(LocalEngine(LocalStore(), Profile(**profile)), Dataset("data.csv"), lambda _: None)


def monitor(model=predict, rows=300, **shap) -> FeatureAttribution:
    config = {"headers": ["income", "region", "age"], "methods": {"shap": {"num_clusters": 2, **shap}}}
    return FeatureAttribution(model, AttributionConfig.model_validate(config), rows)


class Knowing:
    """A model that knows what its answers come from: income alone."""

    def __call__(self, found):
        return predict(found)

    def exact(self, found, background):
        assert len(background) == 2
        values = np.tile([0.3, 0.0, 0.0], (len(found), 1))[:, :, None]
        return Explanation(values, np.array([0.5]), True, "tree_shap")


@pytest.fixture
def baseline():
    return monitor().learn(source(rows(2000, 1)))


def test_the_baseline_says_what_the_answers_come_from_and_how_it_was_asked(baseline):
    values = baseline.statistics.labels["label0"].global_shap_values
    assert sorted(values, key=values.get) == ["age", "income", "region"]
    assert len(baseline.statistics.analysis_config.shap.baseline) == 2
    assert "300 of 2,000 rows were explained." in baseline.reading.notes


def test_the_same_traffic_is_no_violation(baseline):
    report = FeatureAttribution(predict, rows=300).check(source(rows(1500, 2)), baseline, "default", STAMP)
    assert report.violations.violations == []
    assert not any(found.moved for found in report.summary.labels["label0"].features.values())


def test_traffic_in_which_other_features_decide_is_a_violation_with_its_reasons(baseline):
    report = FeatureAttribution(predict, rows=300).check(source(rows(1500, 2, True)), baseline, "default", STAMP)
    (violation,) = report.violations.violations
    assert violation.description.startswith("Feature attribution drift 0.")
    assert "age rose from place 3 to 1" in report.summary.findings[0].hint


def test_a_stored_profile_is_judged_alike_without_the_data(baseline):
    checker = FeatureAttribution(predict, rows=300)
    report = checker.check(source(rows(1500, 2, True)), baseline, "default", STAMP)
    stored = documents.read_profiles(documents.write_profiles(report.profiles), "profile.json")
    again = checker.judge("profile.json", stored, baseline, "default", STAMP)
    assert (again.statistics, again.violations) == (report.statistics, report.violations)


def test_the_analysis_can_be_written_read_and_judged_by(baseline):
    read = documents.read(type(baseline.statistics), baseline.statistics.to_json().encode(), "analysis.json")
    assert read == baseline.statistics


def test_hours_that_are_merged_are_explained_as_the_day(baseline):
    checker, found = FeatureAttribution(predict, rows=300), rows(900, 4)
    (whole,) = checker.check(source(found), baseline, "default", STAMP).profiles
    parts = [checker.check(source(rows(400, seed)), baseline, "default", STAMP).profiles[0] for seed in (5, 6)]
    merged = parts[0].merge(parts[1]).joints["attribution"]
    assert len(merged.sample.rows) == len(whole.joints["attribution"].sample.rows) == 300


def test_no_row_is_kept_where_no_raw_values_are(baseline):
    learned = monitor().learn(source(rows(500, 1), **vars(Profile.without_raw_values())))
    checked = FeatureAttribution(predict).check(source(rows(500, 2)), learned, "default", STAMP)
    for (profile,) in (learned.profiles, checked.profiles):
        assert profile.joints["attribution"].rows == []
    with pytest.raises(InputError, match="keeps no row to explain"):
        FeatureAttribution(predict).judge("profile.json", checked.profiles, baseline, "default", STAMP)


def test_a_model_that_knows_its_attributions_is_not_asked_for_them():
    found = monitor(Knowing(), features_to_explain=["age", "income"]).learn(source(rows(500, 1)))
    assert found.statistics.labels["label0"].global_shap_values == pytest.approx({"age": 0.0, "income": 0.3})
    assert found.statistics.method == "tree_shap"
    assert "300 of 500 rows were explained, exactly, by tree SHAP." in found.reading.notes


def test_log_odds_are_asked_for_even_so():
    assert monitor(Knowing(), use_logit=True).learn(source(rows(500, 1))).statistics.method == "kernel_shap"


def test_a_window_explained_by_another_method_than_its_baseline_is_told(baseline):
    report = FeatureAttribution(Knowing(), rows=300).check(source(rows(500, 2)), baseline, "default", STAMP)
    assert report.summary.method == "tree_shap"
    assert "The baseline was explained by Kernel SHAP, the window by tree SHAP: learn it again." in (
        report.summary.reading.notes
    )


def test_local_values_are_written_on_request():
    files = monitor(save_local_shap_values=True).learn(source(rows(500, 1))).files
    head, *lines = files["explanations_shap/out.csv"].decode().splitlines()
    assert (head, len(lines)) == ("income_label0,region_label0,age_label0", 300)


def test_a_window_without_a_feature_is_named(baseline):
    lacking = source(rows(50, 2), names=("income", "age", "ok"))
    with pytest.raises(InputError, match="The rows have no feature 'region'"):
        FeatureAttribution(predict).check(lacking, baseline, "default", STAMP)


def test_no_predictor_is_said_before_anything_else_fails(baseline):
    with pytest.raises(SettingError, match="no predictor is given"):
        FeatureAttribution().check(source(rows(50, 2)), baseline, "default", STAMP)


def test_a_predictor_that_does_not_answer_is_named_before_the_data_are_read(baseline):
    checker = FeatureAttribution(lambda rows: np.full(len(rows), np.nan))
    with pytest.raises(InputError, match="finite numbers, and found nan"):
        checker.check(None, baseline, "default", STAMP)


def test_a_predictor_with_other_scores_than_named_is_named():
    config = AttributionConfig.model_validate({"predictor": {"label_headers": ["yes", "no"]}})
    with pytest.raises(InputError, match="2 scores, one for each of yes, no, and found 1"):
        FeatureAttribution(predict, config).learn(source(rows(50, 1)))


def test_a_baseline_that_the_service_wrote_needs_the_configuration(baseline):
    bare = baseline.statistics.model_copy(update={"analysis_config": None})
    written = type(baseline)(bare, bare, source="baseline/")
    with pytest.raises(SettingError, match="does not say how it was made"):
        FeatureAttribution(predict).check(source(rows(50, 2)), written, "default", STAMP)
    told = baseline.statistics.analysis_config
    report = FeatureAttribution(predict, told).check(source(rows(900, 2)), written, "default", STAMP)
    assert report.violations.violations == []
