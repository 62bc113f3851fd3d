"""Violations as annotations of a GitHub workflow: lines that its runner reads from standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation import sentences
from kedge.adapters.presentation.words import plain, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.report import Report

_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = _IN_MESSAGES | {":": "%3A", ",": "%2C"}


def github(report: Report) -> Iterator[str]:
    """Yield a workflow command for every violation, the worst first, at the level of its severity.

    What violations have in common is a notice before them. GitHub shows ten annotations of a level in a step.
    Reference: GitHub Docs, Workflow commands for GitHub Actions.
    """
    for pattern in report.summary.patterns:
        yield _command("notice", some(pattern.features), pattern.description)
    for feature, findings in sentences.by_feature(report).items():
        for finding in findings:
            title = f"{plain(feature)}: {sentences.check(finding)}"
            yield _command(finding.severity, title, sentences.in_full(finding))


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_escaped(title, _IN_PROPERTIES)}::{_escaped(message, _IN_MESSAGES)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in text)
