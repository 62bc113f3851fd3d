from __future__ import annotations

from math import inf

import pytest

from kedge.analysis.bias.documents import BiasAnalysis
from kedge.analysis.bias.evaluate import evaluate
from kedge.analysis.bias_metrics import bias_metrics

METRICS = bias_metrics()


def analysis(entry: dict, *, value="F", rows=(500, 500), positive=(100, 100), **told) -> BiasAnalysis:
    sides = [{"rows": n, "positive_labels": p} for n, p in zip(rows, positive, strict=True)]
    facet = {"value_or_threshold": value, "metrics": [entry], "advantaged": sides[0], "disadvantaged": sides[1]}
    return BiasAnalysis(pre_training_bias_metrics={"label": "y", "facets": {"sex": [facet]}}, **told)


def judged(known: dict, seen: dict, **window):
    return evaluate(analysis(known), analysis(seen, **window), METRICS)


@pytest.mark.parametrize(
    ("name", "baseline", "interval", "violated"),
    [
        ("DPL", -0.2, (0.19, 0.4), False),
        ("DPL", -0.2, (0.21, 0.4), True),
        ("DPL", 0.2, (-0.4, -0.21), True),
        ("DPL", 0.2, (-0.4, -0.2), False),
        ("DI", 0.8, (1.1, 1.3), False),
        ("DI", 0.8, (1.21, 1.3), True),
        ("DI", 0.8, (0.5, 0.79), True),
        ("DI", 1.25, (0.5, 0.74), True),
        ("DPL", inf, (5, 6), False),
    ],
)
def test_a_metric_is_violated_where_its_interval_is_further_from_parity_than_the_baseline(
    name, baseline, interval, violated
):
    seen = {"name": name, "value": sum(interval) / 2, "confidence_interval": interval}
    assert bool(judged({"name": name, "value": baseline}, seen)[0]) == violated


def test_the_chance_of_the_baseline_is_allowed_for():
    seen = {"name": "DPL", "value": 0.4, "confidence_interval": (0.25, 0.55)}
    assert judged({"name": "DPL", "value": 0.2}, seen)[0]
    assert not judged({"name": "DPL", "value": 0.2, "confidence_interval": (0.05, 0.35)}, seen)[0]


def test_of_many_metrics_each_is_allowed_more():
    def side(value):
        entry = {"name": "DPL", "value": value, "confidence_interval": (value - 0.1, value + 0.1)}
        facets = {f"f{i}": [{"value_or_threshold": "F", "metrics": [entry]}] for i in range(count)}
        return BiasAnalysis(pre_training_bias_metrics={"label": "y", "facets": facets})

    verdicts = {}
    for count in (1, 60):
        verdicts[count] = len(evaluate(side(0.0), side(0.16), METRICS)[0])
    assert verdicts == {1: 1, 60: 0}


def test_a_range_that_a_person_wrote_takes_the_place_of_the_baselines():
    known = {"name": "CDDL", "value": 0.02, "allowed_range": [-1, 0.1]}
    seen = {"name": "CDDL", "value": 0.3, "confidence_interval": (0.11, 0.5)}
    [finding], _ = judged(known, seen)
    assert finding.allowed_range == (-1, 0.1)
    assert finding.description == "Metric value 0.3 doesn't meet the baseline constraint requirement 0.1"
    assert not judged(known, seen | {"confidence_interval": (0.09, 0.5)})[0]


def test_a_range_may_be_demanded_of_what_the_baseline_has_not():
    known = {"name": "DCR", "value": None, "error": "!", "allowed_range": [-0.5, 0.5]}
    [finding], _ = judged(known, {"name": "DCR", "value": 2.0, "confidence_interval": (1, 3)})
    assert (finding.expected, finding.severity) == (None, "error")


def test_below_the_smallest_group_there_is_no_verdict():
    seen = {"name": "DPL", "value": 0.9, "confidence_interval": (0.8, 1)}
    found, notes = judged({"name": "DPL", "value": 0.0}, seen, rows=(500, 29))
    assert (found, notes) == ([], ["There is no verdict on sex=F: it has 29 rows with a label, fewer than 30."])


def test_how_many_rows_are_needed_can_be_written():
    seen = analysis({"name": "DPL", "value": 0.9, "confidence_interval": (0.8, 1)}, rows=(500, 29))
    assert evaluate(analysis({"name": "DPL", "value": 0.0}, minimum_group_rows=10), seen, METRICS)[0]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"value": None, "error": "All predicted labels are false negatives."}, "All predicted labels are false"),
        ({"value": inf}, "it is Infinity, a division by a count of 0"),
        ({"value": 0.5}, "nothing is known of what chance does"),
    ],
)
def test_what_cannot_be_judged_is_said(seen, said):
    found, [note] = judged({"name": "TE", "value": 0.1}, {"name": "TE"} | seen)
    assert (found, note.startswith("There is no verdict on TE of sex=F: ")) == ([], True)
    assert said in note


def test_a_value_that_only_one_side_has_is_said():
    found, notes = judged({"name": "DPL", "value": 0.0}, {"name": "DPL", "value": 0.9}, value="Female")
    assert found == []
    assert "The window has no sex=F, so it is not judged." in notes[0]
    assert notes[1] == "The baseline knows nothing of sex=Female: not judged."


def test_an_interval_is_the_same_facet_whatever_the_highest_value():
    known = analysis({"name": "DPL", "value": 0.0}, value="(30, 90]")
    seen = analysis({"name": "DPL", "value": 0.9, "confidence_interval": (0.8, 1)}, value="(30, 88]")
    assert [finding.facet_value for finding in evaluate(known, seen, METRICS)[0]] == ["(30, 88]"]


def test_a_hint_tells_which_side_moved():
    seen = {"name": "DPL", "value": 0.2, "confidence_interval": (0.1, 0.3)}
    [finding], _ = judged({"name": "DPL", "value": 0.0}, seen, positive=(100, 25))
    assert finding.hint == "Of its labels 5.0 % are positive, were 20.0 %."


@pytest.mark.parametrize(("value", "severity"), [(2.4, "notice"), (2.6, "warning"), (-4.0, "error")])
def test_what_may_be_any_number_is_graded_as_a_multiple_of_its_range(value, severity):
    seen = {"name": "TE", "value": value, "confidence_interval": (value, value)}
    [finding], _ = judged({"name": "TE", "value": 2.0}, seen)
    assert finding.severity == severity


def test_the_service_knows_no_interval_and_no_smallest_group():
    baseline, window = ({"name": "DPL", "value": value, "allowed_range": [-1, 1]} for value in (0.1, 0.2))
    [finding], notes = evaluate(analysis(baseline), analysis(window, rows=(5, 5)), METRICS, "sagemaker")
    assert (finding.allowed_range, finding.interval, notes) == (None, None, [])
