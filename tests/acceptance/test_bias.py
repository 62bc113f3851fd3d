"""Bias drift: loans of two offices, before and after somebody changed the threshold for one of them."""

from __future__ import annotations

import csv
import json
import random

import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.analysis.bias.config import BiasConfig
from kedge.analysis.bias.documents import BiasAnalysis
from kedge.analysis.bias_metrics import bias_metrics
from kedge.analysis.profile import Profile
from kedge.analysis.report import Stamp
from kedge.domain.dataset import Dataset
from kedge.errors import InputError, SettingError
from kedge.monitors.bias import BiasAsked, BiasBaseline, BiasDrift
from kedge.reading.documents import read_profiles, write_profiles
from kedge.service.sources import AsItIs

CONFIG = {
    "label": "paid",
    "predicted_label": "granted",
    "label_values_or_threshold": [1],
    "facet": [
        {"name_or_index": "sex", "value_or_threshold": ["F"]},
        {"name_or_index": "age", "value_or_threshold": [40.5]},
    ],
    "group_variable": "office",
    "intersections": [["sex", "age"]],
}
STAMP = Stamp("2024-05-01T00:00:00Z", "0")


def loans(path, seed, penalty=0.0, rows=3000, sexes="FM"):
    chance = random.Random(seed)
    head = ["sex", "age", "income", "office", "paid", "granted"]
    made = []
    for _ in range(rows):
        sex, age, income = chance.choice(sexes), chance.uniform(20, 70), chance.gauss(3, 1)
        granted = income + chance.gauss(0, 0.5) - (penalty if sex == "F" else 0) > 2.8
        made.append([sex, round(age, 1), round(income, 3), chance.choice("ns"), int(income > 2.8), int(granted)])
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *made])
    return AsItIs(Engine(Local()), Dataset(str(path)), lambda _: None)


@pytest.fixture(scope="module")
def monitor():
    return BiasDrift(bias_metrics(), BiasConfig(**CONFIG))


@pytest.fixture(scope="module")
def baseline(monitor, tmp_path_factory):
    return monitor.learn(loans(tmp_path_factory.mktemp("learned") / "past.csv", 1))


def test_a_threshold_that_moved_for_one_sex_is_found_and_told(monitor, baseline, tmp_path):
    report = monitor.check(loans(tmp_path / "live.csv", 2, penalty=1.0), baseline, "default", STAMP)
    found = {(finding.facet, finding.metric_name) for finding in report.summary.findings}
    assert {("sex", "DPPL"), ("sex", "DI"), ("sex", "RD"), ("sex & age", "DPPL")} <= found
    assert {(facet, name) for facet, name in found if facet == "age" or name in ("DPL", "CI", "CDDL")} == {
        ("age", "GE")
    }
    [dppl] = [f for f in report.summary.findings if (f.facet, f.metric_name) == ("sex", "DPPL")]
    assert dppl.severity == "error"
    assert dppl.hint.startswith("Of its predictions")


def test_what_was_stored_gives_the_same_verdict(monitor, baseline, tmp_path):
    report = monitor.check(loans(tmp_path / "live.csv", 2, penalty=1.0), baseline, "default", STAMP)
    analysis = BiasAnalysis.model_validate_json(baseline.constraints.to_json())
    profiles = read_profiles(write_profiles(report.profiles), "profile.json")
    again = BiasDrift(bias_metrics()).judge(
        "profile.json", profiles, BiasBaseline(analysis, analysis, baseline.profiles), "default", STAMP
    )
    assert again.summary.findings == report.summary.findings
    assert again.statistics == report.statistics


def test_a_baseline_of_the_service_judges_with_a_configuration(monitor, baseline, tmp_path):
    bare = BiasBaseline(None, BiasAnalysis.model_validate_json(baseline.constraints.to_json()))
    live = loans(tmp_path / "live.csv", 2, penalty=1.0)
    findings = monitor.check(live, baseline, "sagemaker", STAMP).summary.findings
    assert monitor.check(live, bare, "sagemaker", STAMP).summary.findings == findings
    with pytest.raises(SettingError, match="whom to look at"):
        BiasDrift(bias_metrics()).check(live, bare, "sagemaker", STAMP)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"facet": CONFIG["facet"][:1], "intersections": []}, "another facet than"),
        ({"label_values_or_threshold": [0]}, "another label_values_or_threshold than"),
        ({"data_types": {"sex": "continuous"}}, "another data_types than"),
    ],
)
def test_a_configuration_that_the_baseline_was_not_made_with_is_refused(baseline, tmp_path, change, said):
    other = BiasDrift(bias_metrics(), BiasConfig(**CONFIG | change))
    with pytest.raises(SettingError, match=f"--config: The configuration has {said}"):
        other.check(loans(tmp_path / "live.csv", 2), baseline, "default", STAMP)
    with pytest.raises(SettingError, match=said):
        other.judge("profile.json", baseline.profiles, baseline, "default", STAMP)


def test_a_configuration_beside_a_baseline_names_columns_and_metrics(baseline, tmp_path):
    live = loans(tmp_path / "live.csv", 2, penalty=1.0)
    methods = {"post_training_bias": {"methods": ["DPPL"]}}
    other = BiasDrift(bias_metrics(), BiasConfig(**CONFIG | {"predicted_label": "paid", "methods": methods}))
    report = other.check(live, baseline, "default", STAMP)
    assert report.summary.roles["prediction"] == "paid"
    assert {side.metric_name for side in report.summary.metrics} == {"DPPL"}


def test_both_sides_together_are_answered_as_well_as_everybody(baseline):
    everybody = baseline.statistics.model_performance.binary_confusion_matrix
    for _, entry in baseline.statistics.entries():
        sides = zip(entry.advantaged.confusion, entry.disadvantaged.confusion, strict=True)
        assert [sum(cells) / 3000 for cells in sides] == pytest.approx(everybody)


def test_labels_alone_are_enough_for_what_is_said_of_labels(tmp_path):
    config = {name: value for name, value in CONFIG.items() if name != "predicted_label"}
    found = BiasDrift(bias_metrics(), BiasConfig(**config)).learn(loans(tmp_path / "past.csv", 1)).statistics
    assert (found.post_training_bias_metrics, found.model_performance) == (None, None)
    assert len(found.pre_training_bias_metrics.facets["sex"][0].metrics) == 8


def test_a_file_holds_numbers_only(monitor, tmp_path):
    few = monitor.learn(loans(tmp_path / "few.csv", 1, rows=3)).constraints.to_json()
    assert "NaN" not in few
    assert json.loads(few, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"facet": [{"name_or_index": "sax", "value_or_threshold": ["F"]}], "intersections": []}, "'sax'.*mean 'sex'"),
        ({"group_variable": "offices"}, "group_variable: There is no column 'offices'.*mean 'office'"),
        ({"predicted_label": "grant"}, "prediction: There is no column 'grant'"),
        ({"label": "repaid"}, "label: There is no column 'repaid'"),
        ({"methods": {"post_training_bias": {"methods": ["DII"]}}}, "no metric 'DII'.*mean 'DI'"),
    ],
)
def test_a_column_or_metric_that_is_not_there_is_named(tmp_path, change, said):
    with pytest.raises((InputError, SettingError), match=said):
        BiasDrift(bias_metrics(), BiasConfig(**CONFIG | change)).learn(loans(tmp_path / "past.csv", 1, rows=50))


def test_a_facet_value_that_never_occurs_is_said_and_the_run_goes_on(tmp_path):
    config = CONFIG | {"facet": [{"name_or_index": "office", "value_or_threshold": ["nn"]}], "intersections": []}
    found = BiasDrift(bias_metrics(), BiasConfig(**config)).learn(loans(tmp_path / "past.csv", 1, rows=50))
    assert found.reading.notes[-1].startswith("No row with a label has office=nn, so nothing can be said of it.")
    assert "Did you mean 'n'? There are: 'n', 's'." in found.reading.notes[-1]


def test_a_window_without_a_facet_or_a_positive_prediction_is_no_verdict(monitor, baseline, tmp_path):
    report = monitor.check(loans(tmp_path / "live.csv", 2, rows=200, sexes="M", penalty=9), baseline, "default", STAMP)
    notes = "\n".join(report.summary.reading.notes)
    assert "No row with a label has sex=F" in notes
    assert "There is no verdict on sex=F: it has 0 rows with a label, fewer than 30." in notes


def test_profiles_without_raw_values_keep_no_row_of_the_flip_test(monitor, tmp_path):
    loans(tmp_path / "past.csv", 1, rows=100)
    hashing = Engine(Local(), empty=Profile.without_raw_values())
    found = monitor.learn(AsItIs(hashing, Dataset(str(tmp_path / "past.csv")), lambda _: None))
    assert found.profiles[0].joints["bias"].sample.rows == ()


def test_the_columns_of_the_answer_can_be_named_anew(baseline, tmp_path):
    loans(tmp_path / "live.csv", 2)
    text = (tmp_path / "live.csv").read_text().replace("granted", "told", 1)
    (tmp_path / "live.csv").write_text(text)
    source = AsItIs(Engine(Local()), Dataset(str(tmp_path / "live.csv")), lambda _: None)
    asked = BiasDrift(bias_metrics(), asked=BiasAsked(prediction="told"))
    assert asked.check(source, baseline, "default", STAMP).summary.roles["prediction"] == "told"


def test_the_command_line_learns_looks_and_judges(run, tmp_path):
    loans(tmp_path / "train.csv", 1)
    loans(tmp_path / "live.csv", 2, penalty=1)
    (tmp_path / "bias.json").write_text(json.dumps(CONFIG))
    assert run("baseline", "train.csv", "--monitor", "bias", "--config", "bias.json", "--output", "baseline")[0] == 0
    code, said = run("check", "live.csv", "--baseline", "baseline", "--dry-run")
    assert (code, "a look tells only whether the data can be read" in said) == (0, True)
    code, said = run("check", "live.csv", "--baseline", "baseline", "--output", "report")
    assert (code, "sex=F" in said) == (1, True)
    assert {path.name for path in (tmp_path / "report").iterdir()} >= {"analysis.json", "report.html", "report.json"}
