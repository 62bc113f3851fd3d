"""How much a violation of feature attribution matters: error, warning or notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.severity import graded

if TYPE_CHECKING:
    from kedge.analysis.attribution.summary import AttributionFinding
    from kedge.analysis.severity import Severity

_BELOW = {"error": 0.1, "warning": 0.02}  # the threshold


def severity(finding: AttributionFinding) -> Severity:
    """Return how much a violation matters: a score a tenth below its threshold is an error, a fiftieth a warning.

    What is demanded of one feature is a warning, and so is what has no figures.

    >>> from kedge.analysis.attribution.summary import AttributionFinding
    >>> drift = {"label": "label0", "constraint_check_type": "feature_attribution_drift_check", "description": ""}
    >>> [severity(AttributionFinding(observed=score, expected=0.9, **drift)) for score in (0.89, 0.87, 0.7)]
    ['notice', 'warning', 'error']
    """
    if finding.feature_name is not None or finding.observed is None or finding.expected is None:
        return "warning"
    return graded(finding.expected - finding.observed, _BELOW)
