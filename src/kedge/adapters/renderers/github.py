"""Violations as annotations of a GitHub workflow: lines that its runner reads from standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation.told import told
from kedge.adapters.presentation.words import plain, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.report import AnyJudged

_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = _IN_MESSAGES | {":": "%3A", ",": "%2C"}


def github(report: AnyJudged) -> Iterator[str]:
    """Yield a workflow command for every violation, the worst first, at the level of its severity.

    What violations have in common is a notice before them. GitHub shows ten annotations of a level in a step.
    Reference: GitHub Docs, Workflow commands for GitHub Actions.
    """
    verdict = told(report)
    if verdict.held_back:
        yield _command("notice", "held back", verdict.held_back)
    for pattern in verdict.common:
        yield _command("notice", some(pattern.features), pattern.description)
    for subject, violations in verdict.by_subject.items():
        for each in violations:
            yield _command(each.severity, f"{plain(subject)}: {plain(each.check)}", each.in_full)


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_escaped(title, _IN_PROPERTIES)}::{_escaped(message, _IN_MESSAGES)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in text)
