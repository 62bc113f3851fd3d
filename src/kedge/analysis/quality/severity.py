"""How much a violation of model quality matters: error, warning or notice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kedge.analysis.quality.documents import BinaryMetrics, MulticlassMetrics, RegressionMetrics
from kedge.analysis.severity import graded

if TYPE_CHECKING:
    from kedge.analysis.quality.report import MetricFinding
    from kedge.analysis.severity import Severity

# Of metrics that have no worst value, as a multiple of the threshold; of the others as a difference.
_RATIO = {"error": 2.0, "warning": 1.25}
_DIFFERENCE = {"error": 0.1, "warning": 0.01}
_UNBOUNDED = ("mae", "mse", "rmse", "log_loss")


def severity(finding: MetricFinding) -> Severity:
    """Return how much a violation matters, by how far beyond its threshold the metric is.

    A share, and what is scaled like one, is an error from a tenth beyond, a warning from a hundredth, else a notice.
    What may be any number is an error from twice its threshold, a warning from 1.25 times, else a notice. Of another
    package's metric nobody knows the scale, so it is a warning, and so is what has no figures.

    >>> from kedge.analysis.quality.report import MetricFinding
    >>> recall = {"metric_name": "recall", "constraint_check_type": "LessThanThreshold", "description": ""}
    >>> [severity(MetricFinding(observed=value, expected=0.8, **recall)) for value in (0.795, 0.75, 0.7)]
    ['notice', 'warning', 'error']
    """
    name, observed, expected = finding.metric_name, finding.observed, finding.expected
    if observed is None or expected is None:
        return "warning"
    if name in _UNBOUNDED:
        return graded(observed / expected if expected else math.inf, _RATIO)
    known = any(name in block.model_fields for block in (RegressionMetrics, BinaryMetrics, MulticlassMetrics))
    return graded(abs(observed - expected), _DIFFERENCE) if known else "warning"
