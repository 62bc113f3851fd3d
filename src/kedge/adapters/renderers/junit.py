"""Violations as JUnit XML, which GitLab, Jenkins and most others show as the outcome of tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from kedge.adapters.presentation import sentences
from kedge.adapters.presentation.words import plain
from kedge.analysis.overrides import monitoring_configs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.documents import FeatureConstraints
    from kedge.analysis.report import Finding, Report

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
# What XML 1.0 cannot hold and `plain` lets pass.
_NO_XML = re.compile("[\ufffe\uffff]")


def junit(report: Report) -> str:
    """Return a test case for every feature and check, with a failure where there is a violation.

    The class name is the feature's name, the name is the check's. There is a case for what a constraint demands,
    and for every violation; a feature that is not checked has none.
    """
    found = {(f.feature_name, f.constraint_check_type): f for f in sentences.findings(report)}
    cases = list(dict.fromkeys([*_demanded(report), *found]))
    counts = {"tests": f"{len(cases)}", "failures": f"{len(found)}", "errors": "0", "skipped": "0"}
    name = f"kedge {report.summary.monitor}"
    root = ElementTree.Element("testsuites", {"name": name, **counts})
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": name, **counts, "timestamp": report.summary.created.removesuffix("Z"), "time": "0"}
    )
    for feature, kind in cases:
        names = {"classname": _text(feature), "name": _text(kind.removesuffix("_check").replace("_", " ")), "time": "0"}
        case = ElementTree.SubElement(suite, "testcase", names)
        if finding := found.get((feature, kind)):
            _fail(case, finding)
    ElementTree.indent(root)
    return f"{_DECLARATION}\n{ElementTree.tostring(root, 'unicode')}\n"


def _fail(case: ElementTree.Element, finding: Finding) -> None:
    message = _text(sentences.in_full(finding), 500)
    failure = ElementTree.SubElement(case, "failure", {"message": message, "type": finding.severity})
    failure.text = _text(finding.description, 500)


def _demanded(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what was checked: each feature with the checks that its constraint asks for."""
    constraints, compared = report.baseline.constraints, report.summary.distances
    configs = monitoring_configs(constraints)
    for feature in constraints.features:
        if configs[feature.name].evaluate_constraints == "Enabled":
            kinds = [*_of_the_service(feature, feature.name in compared)]
            kinds += _beyond_it(feature, report) if report.summary.mode == "default" else []
            yield from ((feature.name, kind) for kind in kinds)
    if constraints.monitoring_config.evaluate_constraints == "Enabled" and report.summary.mode == "default":
        yield from _of_the_window(report)


def _of_the_service(feature: FeatureConstraints, compared: bool) -> Iterator[str]:
    yield "missing_column_check"
    if feature.inferred_type != "Unknown":
        yield "data_type_check"
    if feature.completeness is not None:
        yield "completeness_check"
    if compared:
        yield "baseline_drift_check"
    if feature.string_constraints and feature.string_constraints.domains:
        yield "categorical_values_check"


def _beyond_it(feature: FeatureConstraints, report: Report) -> Iterator[str]:
    if feature.num_constraints and feature.num_constraints.is_non_negative:
        yield "non_negative_check"
    if feature.inferred_type in ("Integral", "Fractional"):
        yield "value_range_check"
    if report.summary.anomalies and feature.name in report.summary.anomalies.features:
        yield "anomaly_check"
    if feature.is_unique and _had_rows(report):
        yield "unique_check"


def _of_the_window(report: Report) -> Iterator[tuple[str, str]]:
    demanded = report.baseline.constraints
    if demanded.dataset_constraints and demanded.dataset_constraints.row_count:
        yield "row_count", "row_count_check"
    if _had_rows(report):
        yield from ((constraint.name, "sql_check") for constraint in demanded.sql_constraints or ())


def _had_rows(report: Report) -> bool:
    return report.summary.reading.format != "profile"


def _text(text: str, longest: int = 200) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", plain(text, longest))
