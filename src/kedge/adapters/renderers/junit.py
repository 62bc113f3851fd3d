"""Violations as JUnit XML, which GitLab, Jenkins and most others show as the outcome of tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from kedge.adapters.presentation.told import told
from kedge.adapters.presentation.words import plain

if TYPE_CHECKING:
    from kedge.adapters.presentation.told import Told
    from kedge.analysis.report import AnyJudged

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
# What XML 1.0 cannot hold and `plain` lets pass.
_NO_XML = re.compile("[\ufffe\uffff]")


def junit(report: AnyJudged) -> str:
    """Return a test case for every subject and check, with a failure where there is a violation.

    The class name is the name of the feature or the metric, the name is the check's. There is a case for what a
    constraint demands, and for every violation; what is not checked has none. Where the verdict is held back, cases
    are skipped.
    """
    verdict = told(report)
    found = {(each.subject, each.check): each for each in verdict.violations}
    cases = list(dict.fromkeys([*verdict.demanded, *found]))
    skipped = len(cases) - len(found) if verdict.held_back else 0
    counts = {"tests": f"{len(cases)}", "failures": f"{len(found)}", "errors": "0", "skipped": f"{skipped}"}
    name = f"kedge {report.summary.monitor}"
    root = ElementTree.Element("testsuites", {"name": name, **counts})
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": name, **counts, "timestamp": report.summary.created.removesuffix("Z"), "time": "0"}
    )
    for subject, check in cases:
        names = {"classname": _text(subject), "name": _text(check), "time": "0"}
        case = ElementTree.SubElement(suite, "testcase", names)
        if violation := found.get((subject, check)):
            _fail(case, violation)
        elif verdict.held_back:
            ElementTree.SubElement(case, "skipped", {"message": _text(verdict.held_back, 500)})
    ElementTree.indent(root)
    return f"{_DECLARATION}\n{ElementTree.tostring(root, 'unicode')}\n"


def _fail(case: ElementTree.Element, violation: Told) -> None:
    message = _text(violation.in_full, 500)
    failure = ElementTree.SubElement(case, "failure", {"message": message, "type": violation.severity})
    failure.text = _text(violation.description, 500)


def _text(text: str, longest: int = 200) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", plain(text, longest))
