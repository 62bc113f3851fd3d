from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import polars
import pytest

import kedge
from kedge.adapters.renderers.junit import junit

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CALM: dict[str, Any] = {"a": list(range(100)), "b": ["x", "y"] * 50}
# What the schema that Jenkins publishes allows of what is written here.
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors", "skipped"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, {"testcase"}),
    "testcase": ({"name", "classname", "time", "status"}, {"failure", "error", "skipped"}),
    "failure": ({"message", "type"}, set()),
}


def suites(baseline: dict[str, Any], window: dict[str, Any]) -> Element:
    report = kedge.check(polars.DataFrame(window), kedge.baseline(polars.DataFrame(baseline))).report
    return ElementTree.fromstring(junit(report).encode())


def test_every_element_is_one_that_readers_know() -> None:
    for element in suites(CALM, {"a": [1.5] * 100, "c": [1] * 100}).iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.keys()) <= attributes
        assert {child.tag for child in element} <= children


def test_every_feature_has_a_case_for_each_check_that_its_constraint_asks_for() -> None:
    cases = [(case.get("classname"), case.get("name")) for case in suites(CALM, CALM).iter("testcase")]
    of_numbers = ["missing column", "data type", "completeness", "baseline drift"]
    assert cases == [
        *(("a", name) for name in [*of_numbers, "non negative", "value range", "anomaly"]),
        *(("b", name) for name in [*of_numbers, "categorical values"]),
    ]


def test_the_counts_are_those_of_the_cases() -> None:
    root = suites(CALM, {"a": [1.5] * 100, "new": [1] * 100})
    found = len(list(root.iter("testcase"))), len(list(root.iter("failure")))
    for element in (root, root[0]):
        assert (int(element.attrib["tests"]), int(element.attrib["failures"])) == found
    assert found[1] == 4


def test_a_failure_says_what_is_wrong() -> None:
    (failure,) = suites(CALM, CALM | {"b": ["x", "y"] * 45 + ["z"] * 10}).iter("failure")
    assert (failure.get("type"), failure.get("message")) == (
        "error",
        "10 of 100 values are none that the baseline has, such as “z”. Observed 90%, expected 100%.",
    )
    assert str(failure.text).startswith("Value: 0.9 does not meet")


@pytest.mark.parametrize("name", ["<a&b>", "\x1b[31m", "\ufffe", '"quoted"', "]]>"])
def test_any_name_makes_well_formed_xml(name: str) -> None:
    (failure,) = suites(CALM | {name: CALM["a"]}, CALM).iter("failure")
    assert "Observed absent, expected present." in str(failure.get("message"))
