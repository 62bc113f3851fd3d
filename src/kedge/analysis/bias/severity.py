"""How much a violation of bias matters: error, warning or notice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from kedge.analysis.severity import graded

if TYPE_CHECKING:
    from kedge.analysis.bias.report import BiasFinding
    from kedge.analysis.severity import Severity

# Of metrics that may be any number, as a multiple of what is allowed; of the others as a difference.
_RATIO: Final = {"error": 2.0, "warning": 1.25}
_DIFFERENCE: Final = {"error": 0.1, "warning": 0.01}
_UNBOUNDED: Final = ("DCA", "DCR", "DI", "KL", "TE")


def severity(finding: BiasFinding) -> Severity:
    """Return how much a violation matters, by how far outside of its range the metric is.

    A difference of shares is an error from a tenth outside, a warning from a hundredth, else a notice. What may be any
    number is an error from twice as far from the middle of its range as is allowed, a warning from 1.25 times, else a
    notice. What has no figures is a warning.

    >>> from kedge.analysis.bias.report import BiasFinding
    >>> told = {"facet": "sex", "facet_value": "F", "constraint_check_type": "", "description": ""}
    >>> far = {"metric_name": "DPL", "allowed_range": (-0.2, 0.2)}
    >>> [severity(BiasFinding(observed=value, **far, **told)) for value in (0.205, 0.25, -0.4)]
    ['notice', 'warning', 'error']
    """
    value, allowed = finding.observed, finding.allowed_range
    if value is None or allowed is None or not all(map(math.isfinite, (value, *allowed))):
        return "warning"
    low, high = allowed
    if finding.metric_name in _UNBOUNDED:
        reach = (high - low) / 2
        return graded(abs(value - low - reach) / reach if reach else math.inf, _RATIO)
    return graded(max(low - value, value - high, 0.0), _DIFFERENCE)
