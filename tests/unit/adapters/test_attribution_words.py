from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from kedge.adapters.presentation.told import told
from kedge.adapters.renderers.junit import junit
from kedge.analysis.attribution.summary import AttributionFinding

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.attribution.summary import AttributionReport

    Reports = Callable[..., AttributionReport]

BEFORE = {"income": 0.5, "age": 0.3, "tenure": 0.15, "zip": 0.05}
SWAPPED = {"income": 0.1, "age": 0.2, "tenure": 0.4, "zip": 0.3}
AGE: dict[str, Any] = {"feature_name": "age", "allowed_range": [0.0, 0.1], "maximum_share": 0.5}


def test_the_verdict_tells_the_score(attribution_report: Reports) -> None:
    assert told(attribution_report(BEFORE, BEFORE)).line == "No violations in 1 label, NDCG 1"
    assert told(attribution_report(SWAPPED, BEFORE)).line == "1 violation in 1 of 1 label, NDCG 0.696"


def test_a_drift_tells_what_moved_and_what_chance_may_have_made_of_it(attribution_report: Reports) -> None:
    (each,) = told(attribution_report(SWAPPED, BEFORE, spread=0.05)).violations
    assert (each.subject, each.check) == ("approve", "attribution drift")
    assert (each.observed, each.expected) == ("0.696", "at least 0.9")
    assert each.sentence.startswith("With other rows of this window it may be 0.")
    assert " income fell from place 1 to 4 (0.5 to 0.1)." in each.sentence


def test_what_is_demanded_of_a_feature_is_a_test_of_its_own(attribution_report: Reports) -> None:
    xml = ElementTree.fromstring(junit(attribution_report(BEFORE, BEFORE, [AGE])).encode())
    cases = [(case.get("classname"), case.get("name"), len(case)) for case in xml.iter("testcase")]
    assert cases == [
        ("approve", "attribution drift", 0),
        ("age, approve", "attribution range", 1),
        ("age, approve", "attribution share", 0),
    ]


def test_the_service_demands_nothing_of_features(attribution_report: Reports) -> None:
    report = attribution_report(BEFORE, BEFORE, [AGE], mode="sagemaker")
    assert told(report).demanded == (("approve", "attribution drift"),)


def test_a_baseline_that_attributes_nothing_gives_no_verdict(attribution_report: Reports) -> None:
    verdict = told(attribution_report(BEFORE, dict.fromkeys(BEFORE, 0.0)))
    assert (verdict.mark, verdict.line) == ("○", "Held back: there is nothing to compare with")


def test_a_violation_of_the_service_speaks_for_itself(attribution_report: Reports) -> None:
    report = attribution_report(BEFORE, BEFORE)
    kind = "feature_attribution_drift_check"
    told_so = "Feature attribution drift 0.7639720706643154 exceeds threshold 0.9"
    report.summary.findings.append(AttributionFinding(label="label0", constraint_check_type=kind, description=told_so))
    (each,) = told(report).violations
    assert each.in_full == "Feature attribution drift 0.764 exceeds threshold 0.9"
