from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.attribution.documents import AttributionAnalysis
from kedge.analysis.attribution.evaluate import evaluate
from kedge.analysis.attribution.kernel_shap import Explanation
from kedge.analysis.attribution.measure import Measured
from kedge.errors import DocumentError

BEFORE = {"income": 0.5, "age": 0.3, "tenure": 0.15, "zip": 0.05}
SWAPPED = {"income": 0.1, "age": 0.2, "tenure": 0.4, "zip": 0.3}
RNG = np.random.default_rng(0)


def baseline(values=BEFORE, label="label0", **more) -> AttributionAnalysis:
    found = {"global_shap_values": values, "expected_value": 0.4}
    return AttributionAnalysis.model_validate({"explanations": {"kernel_shap": {label: found}}, **more})


def window(values=BEFORE, labels=("label0",), spread=0.001) -> Measured:
    flat = np.repeat(np.array(list(values.values()))[:, None], len(labels), axis=1)
    replicas = flat + RNG.normal(0, spread, (50, *flat.shape))
    return Measured(tuple(values), labels, Explanation(np.zeros((100, *flat.shape)), flat[0], True), flat, replicas)


def test_the_violation_is_worded_as_the_services():
    (finding,), _, _ = evaluate(baseline(), window(SWAPPED))
    assert finding.description == "Feature attribution drift 0.6959479391862782 exceeds threshold 0.9"
    assert (finding.label, finding.severity) == ("label0", "error")


def test_the_hint_names_what_moved():
    (finding,), _, _ = evaluate(baseline(), window(SWAPPED))
    assert finding.hint.startswith("income fell from place 1 to 4 (0.5 to 0.1).")


def test_the_same_attributions_are_no_violation():
    findings, labels, notes = evaluate(baseline(), window())
    assert (findings, labels["label0"].ndcg, notes) == ([], 1.0, [])


def test_a_score_that_chance_may_have_made_is_no_alarm_yet_but_a_note():
    findings, labels, notes = evaluate(baseline(ndcg_threshold=0.75), window(SWAPPED, spread=0.9))
    assert (findings, labels["label0"].upper > 0.75) == ([], True)
    assert notes[0].startswith("NDCG of label0 is 0.696, below 0.75, and with these rows it may be")


def test_the_service_knows_no_chance():
    findings, _, _ = evaluate(baseline(), window(SWAPPED, spread=0.9), "sagemaker")
    assert len(findings) == 1


@pytest.mark.parametrize(("mode", "found"), [("default", 0), ("sagemaker", 1)])
def test_only_the_default_mode_knows_another_threshold(mode, found):
    findings, _, _ = evaluate(baseline(ndcg_threshold=0.6), window(SWAPPED), mode)
    assert len(findings) == found


def test_a_feature_has_moved_where_chance_does_not_explain_its_change():
    _, labels, _ = evaluate(baseline(), window({**BEFORE, "zip": 0.2}, spread=0.01))
    assert [name for name, found in labels["label0"].features.items() if found.moved] == ["zip"]


def test_a_rare_category_that_does_not_occur_has_not_moved():
    known = baseline({**BEFORE, "zip": 0.01}, rows_explained=500)
    known.labels["label0"].standard_deviations = {**dict.fromkeys(BEFORE, 0.001), "zip": 0.002}
    seen = window({**BEFORE, "zip": 0.0})
    seen.replicas[:, 3] = 0.0
    _, labels, _ = evaluate(known, seen)
    assert labels["label0"].features["zip"].moved is False


def test_a_sign_that_changed_is_a_move():
    _, labels, _ = evaluate(baseline(), window({**BEFORE, "age": -0.3}))
    assert (labels["label0"].ndcg, labels["label0"].features["age"].moved) == (1.0, True)


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ({"allowed_range": [0.4, 0.6]}, "Attribution of income with 0.1 was below 0.4"),
        ({"minimum_share": 0.3}, "Share of the attributions of income with 0.1 was below 0.3"),
        ({"maximum_share": 0.05}, "Share of the attributions of income with 0.1 was above 0.05"),
    ],
)
def test_a_demand_on_one_feature_is_judged(demand, said):
    demands = [{"feature_name": "income", **demand}]
    findings, _, _ = evaluate(baseline(feature_constraints=demands, ndcg_threshold=0), window(SWAPPED))
    assert [finding.description for finding in findings] == [said]


@pytest.mark.parametrize("demand", [{"allowed_range": [0.09, 0.6]}, {"minimum_share": 0.05, "label": "other"}])
def test_a_demand_that_is_met_or_of_another_label_is_no_violation(demand):
    demands = [{"feature_name": "income", **demand}]
    findings, _, _ = evaluate(baseline(feature_constraints=demands, ndcg_threshold=0), window(SWAPPED))
    assert findings == []


def test_labels_of_other_names_are_compared_by_their_place():
    findings, labels, notes = evaluate(baseline(label="0.7956"), window(SWAPPED))
    assert ([finding.label for finding in findings], list(labels)) == (["label0"], ["label0"])
    assert notes == ["The labels label0 are compared with 0.7956 of the baseline, by their place."]


def test_a_label_that_only_the_window_has_is_a_note():
    _, labels, notes = evaluate(baseline(), window(labels=("label0", "label1")))
    assert (list(labels), notes) == (["label0"], ["Only the window has label1, so it is not judged."])


def test_labels_that_nothing_brings_together_are_an_error():
    with pytest.raises(DocumentError, match="The labels of the window are yes, no, those of the baseline label0"):
        evaluate(baseline(), window(labels=("yes", "no")))


def test_features_that_the_baseline_does_not_know_are_an_error():
    with pytest.raises(DocumentError, match="none is in the baseline"):
        evaluate(baseline(), window({"other": 1.0}))


def test_a_baseline_in_which_nothing_matters_is_not_judged():
    findings, _, notes = evaluate(baseline(dict.fromkeys(BEFORE, 0.0)), window())
    assert findings == []
    assert notes[0].startswith("The baseline attributes nothing to any feature for label0")


def test_what_the_service_wrote_can_be_judged():
    findings, labels, _ = evaluate(baseline(), window(SWAPPED, spread=0))
    assert (len(findings), labels["label0"].baseline_expected_value) == (1, 0.4)
