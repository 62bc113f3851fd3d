"""The service's documents of bias, and its verdicts on two public runs (bias.md, 5.6 and 5.7)."""

from __future__ import annotations

import json

import pytest

from kedge.analysis.bias.documents import BiasAnalysis, BiasViolations
from kedge.analysis.bias.evaluate import evaluate
from kedge.analysis.bias_metrics import bias_metrics
from kedge.errors import DocumentError
from kedge.reading.documents import read

METRICS = bias_metrics()
POST = {
    "CDDPL": (0.28177, 0.37489),
    "DAR": (-0.09508, -0.34694),
    "DCA": (-0.52787, -36.69388),
    "DCR": (0.027874, -0.076508),
    "FT": (-0.03333, -0.13636),
    "GE": (0.084119, 0.9454986),
    "RD": (0.13081, 0.172531),
    "SD": (0.104653, 0.274194),
    "TE": (2.916667, "Infinity"),
    "AD": (-0.15157, 0.05284),
    "DI": (0.177986, 0.083117),
    "DPPL": (0.219925, 0.200568),
    "DRR": (0.125659, 0.020635),
}
PRE = {"CDDL": (0.27459, -0.06012), "CI": (0.36937, 0.341317), "DPL": (0.232644, -0.00406)}
VIOLATED = ["CDDPL", "DAR", "DCA", "DCR", "FT", "GE", "RD", "SD", "TE"]
FILE = """{"version":"1.0",
 "post_training_bias_metrics":{"label":"hired","facets":{"sex":[{"value_or_threshold":"F","metrics":[
     {"name":"AD","description":"Accuracy Difference (AD)","value":-0.15},
     {"name":"CDDPL","description":"Conditional Demographic Disparity in Predicted Labels (CDDPL)","value":null,
      "error":"Group variable is empty or not provided"},
     {"name":"TE","description":"Treatment Equality (TE)","value":"Infinity"},
     {"name":"DI","description":"Disparate Impact (DI)","value":0.83}]}]},"label_value_or_threshold":"1"},
 "pre_training_bias_metrics":{"label":"hired","facets":{"sex":[{"value_or_threshold":"F","metrics":[
     {"name":"CI","description":"Class Imbalance (CI)","value":0.36}]}]},"label_value_or_threshold":"1"}}"""


def analysis(side: int) -> BiasAnalysis:
    def section(metrics):
        entries = [{"name": name, "description": "", "value": values[side]} for name, values in metrics.items()]
        return {"label": "y", "facets": {"sex": [{"value_or_threshold": "F", "metrics": entries}]}}

    return BiasAnalysis(post_training_bias_metrics=section(POST), pre_training_bias_metrics=section(PRE))


def test_the_verdicts_of_two_public_runs_are_those_of_the_service():
    found, notes = evaluate(analysis(0), analysis(1), METRICS, "sagemaker")
    assert ([finding.metric_name for finding in found], notes) == (VIOLATED, [])


def test_a_flip_test_of_zero_as_in_the_batch_run_is_no_violation():
    text = analysis(1).to_json().replace("-0.13636", "0.0")
    found, _ = evaluate(analysis(0), BiasAnalysis.model_validate_json(text), METRICS, "sagemaker")
    assert [finding.metric_name for finding in found] == [name for name in VIOLATED if name != "FT"]


def test_a_violation_is_worded_as_the_present_container_does():
    text = (
        analysis(0).to_json().replace("-0.09508", "-0.09508196721311475"),
        analysis(1).to_json().replace("-0.34694", "-0.3469387755102041"),
    )
    found, _ = evaluate(*map(BiasAnalysis.model_validate_json, text), METRICS, "sagemaker")
    said = {finding.metric_name: finding.description for finding in found}
    assert said["DAR"] == ("Metric value -0.346938775 doesn't meet the baseline constraint requirement -0.0950819672")
    assert said["TE"] == "Metric value Infinity doesn't meet the baseline constraint requirement 2.916667"


def test_a_file_of_the_service_is_read_and_written_as_it_was():
    written = json.loads(read(BiasAnalysis, FILE.encode(), "analysis.json").to_json())
    assert written == json.loads(FILE) | {"minimum_group_rows": 30}
    assert list(written)[:3] == list(json.loads(FILE))


def test_violations_of_the_service_are_read():
    text = """{"version":"1.0","violations":[{"facet":"sex","facet_value":"F","metric_name":"DAR",
      "constraint_check_type":"bias_drift_check",
      "description":"Value -0.3 does not meet the constraint requirement"}]}"""
    assert json.loads(read(BiasViolations, text.encode(), "v.json").to_json()) == json.loads(text)


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ('"value":0.83', '"value":"much"', 7, "should be a valid number"),
        ('"value":0.83', '"value":0.83,"allowed_range":[1,0]', 7, "from its lower end"),
        ('"value":0.83', '"value":0.83,"alowed_range":[0,1]', 7, "'allowed_range' is nearly so called"),
        ('_training_bias_metrics"', '_metrics"', 1, "There should be post_training_bias_metrics"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(before, after, line, said):
    with pytest.raises(DocumentError, match=said) as error:
        read(BiasAnalysis, FILE.replace(before, after).encode(), "analysis.json")
    assert (error.value.file, error.value.line) == ("analysis.json", line)
