"""What a report of feature attribution says, in words: the same on the page and in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation import sentences
from kedge.adapters.presentation.words import NOTHING, count, number, plain, rounded, trimmed
from kedge.analysis.attribution.documents import DRIFT_CHECK, RANGE_CHECK, SHARE_CHECK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.attribution.documents import FeatureConstraint
    from kedge.analysis.attribution.summary import AttributionBaseline, AttributionFinding, AttributionReport

_AGGREGATED = {"mean_abs": "mean of their sizes", "median": "median", "mean_sq": "mean of their squares"}


def verdict(report: AttributionReport) -> str:
    """Return the outcome in one line."""
    if held_back(report):
        return "Held back: there is nothing to compare with"
    labels, found = report.summary.labels, report.summary.findings
    of = count(len(labels) or len(report.statistics.labels), "label")
    fired = {finding.label for finding in found}
    line = f"{count(len(found), 'violation')} in {len(fired):,} of {of}" if found else f"No violations in {of}"
    scores = [label.ndcg for label in labels.values() if label.ndcg is not None]
    return f"{line}, {'lowest ' if len(scores) > 1 else ''}NDCG {score(min(scores))}" if scores else line


def held_back(report: AttributionReport) -> str:
    """Return why there is no verdict; empty where there is one."""
    labels = report.summary.labels.values()
    if not labels or report.summary.findings or any(label.ndcg is not None for label in labels):
        return ""
    return "The baseline attributes nothing to any feature."


def score(value: float | None) -> str:
    """Return an NDCG with the digits that matter; what is not the same order never reads 1.

    >>> score(0.83412), score(0.99996), score(1.0), score(None)
    ('0.834', '>0.999', '1', '–')
    """
    return ">0.999" if value is not None and 0.9995 <= value < 1 - 1e-12 else number(value, 3)


def subject(label: str, feature: str | None = None) -> str:
    """Return what is judged.

    >>> subject("label0"), subject("label0", "age")
    ('label0', 'age, label0')
    """
    return label if feature is None else f"{feature}, {label}"


def check(kind: str) -> str:
    """Return the check's name in plain words.

    >>> check("feature_attribution_drift_check")
    'attribution drift'
    """
    return sentences.in_words(kind).removeprefix("feature ")


def observed_expected(finding: AttributionFinding) -> tuple[str, str]:
    """Return what was observed, and the threshold; a violation of the service has no figures."""
    if finding.observed is None or finding.expected is None:
        return NOTHING, NOTHING
    seen, bound = sentences.apart(finding.observed, finding.expected)
    return seen, f"at {'least' if finding.observed < finding.expected else 'most'} {trimmed(bound)}"


def sentence(finding: AttributionFinding) -> str:
    """Return what chance may have made of it, and what is behind it."""
    if finding.observed is None:
        return plain(rounded(finding.description), 300)
    return " ".join(filter(None, (_chance(finding), plain(rounded(finding.hint), 300) if finding.hint else "")))


def _chance(finding: AttributionFinding) -> str:
    if finding.lower is None or finding.upper is None or finding.lower >= finding.upper:
        return "" if finding.hint else plain(rounded(finding.description), 300)
    low, high = sentences.apart(finding.lower, finding.upper)
    return f"With other rows of this window it may be {low} to {high}."


def gap(finding: AttributionFinding) -> float:
    """Return how far a value is from what is demanded, 0 to 1."""
    if finding.observed is None or finding.expected is None:
        return 1.0
    return min(1.0, abs(finding.observed - finding.expected))


def demanded(report: AttributionReport) -> Iterator[tuple[str, str]]:
    """Yield what was judged: labels and the check on them, then what is demanded of features."""
    labels = report.summary.labels
    yield from ((label, check(DRIFT_CHECK)) for label, found in labels.items() if found.ndcg is not None)
    demands = (report.baseline and report.baseline.constraints.feature_constraints) or []
    for demand in demands if report.summary.mode == "default" else ():
        for label, found in labels.items():
            if demand.label in (None, label) and demand.feature_name in found.features:
                yield from ((subject(label, demand.feature_name), check(kind)) for kind in _kinds(demand))


def _kinds(demand: FeatureConstraint) -> Iterator[str]:
    if demand.allowed_range is not None:
        yield RANGE_CHECK
    if demand.minimum_share is not None or demand.maximum_share is not None:
        yield SHARE_CHECK


def explained(report: AttributionReport) -> str:
    """Return how many rows were explained of how many, and how; empty where it is not known."""
    found, rows = report.summary, report.summary.reading.rows
    if found.rows_explained is None:
        return ""
    how = {True: ", exactly", False: ", with sampled coalitions", None: ""}[found.exact]
    return f"{found.rows_explained:,} of {count(max(rows, found.rows_explained), 'row')} explained{how}"


def aggregated(method: str | None) -> str:
    """Return how the attributions of rows become one.

    >>> aggregated("mean_sq"), aggregated(None)
    ('mean of their squares', '')
    """
    return _AGGREGATED.get(method or "", method or "")


def ranks(before: int | None, now: int) -> str:
    """Return the place of a feature, and where it was.

    >>> ranks(5, 1), ranks(2, 2), ranks(None, 3)
    ('5 → 1', '2', '3')
    """
    return f"{now}" if before in (None, now) else f"{before} → {now}"


def extent(baseline: AttributionBaseline) -> str:
    """Return how much a baseline explains."""
    labels = baseline.constraints.labels
    features = {name for label in labels.values() for name in label.global_shap_values}
    return f"{count(len(features), 'feature')} of {count(len(labels), 'label')}"
