"""What to look at first: what many violations have in common, then the worst features, each in a sentence or two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.adapters.presentation import sentences
from kedge.adapters.presentation.words import number, percent

if TYPE_CHECKING:
    from kedge.analysis.report import Finding, Report

MOST = 3
_FAR_MORE = 0.05


@dataclass(frozen=True)
class Advice:
    """Something to look at, and why."""

    features: tuple[str, ...]
    reason: str


def first(report: Report) -> list[Advice]:
    """Return at most three patterns and, of the features in none of them, at most three; fewer where all is said."""
    patterns = [Advice(tuple(found.features), found.description) for found in report.summary.patterns[:MOST]]
    covered = {name for advice in patterns for name in advice.features}
    worst = [(name, found) for name, found in sentences.by_feature(report).items() if name not in covered]
    return patterns + [Advice((name,), _reason(_telling(found))) for name, found in worst[:MOST]]


def _telling(findings: list[Finding]) -> Finding:
    """Return the worst violation, or one that knows what is behind it."""
    return next((finding for finding in findings if finding.hint), findings[0])


def _reason(finding: Finding) -> str:
    """Return what is wrong, for numbers that drifted by where they went."""
    before, after = finding.detail.get("baseline"), finding.detail.get("window")
    if not (isinstance(before, dict) and isinstance(after, dict) and "above_p95" in before):
        return sentences.sentence(finding)
    mean = f"The mean went from {number(before['mean'], 3)} to {number(after['mean'], 3)}."
    return " ".join(filter(None, (_beyond(before, after), mean, finding.hint)))


def _beyond(before: dict[str, float], after: dict[str, float]) -> str:
    """Return how many values lie at one end of the baseline, where there are many more than there were."""
    ends = {"below_p5": "below the baseline's 5th percentile", "above_p95": "above the baseline's 95th percentile"}
    end = max(ends, key=lambda key: after[key] - before[key])
    if after[end] - before[end] < _FAR_MORE:
        return ""
    return f"{percent(after[end])} of the values lie {ends[end]}, where {percent(before[end])} did."
