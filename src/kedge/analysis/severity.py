"""How much a violation matters: error, warning or notice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kedge.analysis.report import Finding

Severity = Literal["error", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "notice")

# Of rows beyond the share that is allowed, and of distances as a multiple of their threshold.
_SHARE = {"error": 0.1, "warning": 0.01}
_RATIO = {"error": 2.0, "warning": 1.25}
_COLUMNS: dict[str, Severity] = {"missing_column_check": "error", "extra_column_check": "notice"}
_SHARES = (
    "data_type_check",
    "completeness_check",
    "categorical_values_check",
    "value_range_check",
    "sql_check",
    "anomaly_check",
)
# Where not one may be so: how many are, of how many.
_NONE_ALLOWED = {"non_negative_check": ("negative", "numbers"), "unique_check": ("repeated", "present")}


def severity(finding: Finding) -> Severity:
    """Return how much a violation matters, by its check and by how far beyond its bound the value is.

    A missing column is an error: the model lacks an input. A new one is a notice. Where shares of rows are
    demanded (type, completeness, categories, range, sign, uniqueness, SQL, anomalies) it is the share of rows beyond
    what is allowed that counts: an error from a tenth of the rows, a warning from a hundredth, else a notice. A drift
    distance is an error from twice its threshold, a warning from 1.25 times, else a notice. A p-value says how
    sure a drift is and not how large, so it is a warning; and so is what is not known: row counts, violations of
    the service, which carry no figures, and those of other packages' checks.

    >>> from kedge.analysis.report import Finding
    >>> drift = {"feature_name": "age", "constraint_check_type": "baseline_drift_check", "description": ""}
    >>> [severity(Finding(observed=distance, expected=0.1, **drift)) for distance in (0.11, 0.15, 0.2)]
    ['notice', 'warning', 'error']
    """
    kind, observed, expected = finding.constraint_check_type, finding.observed, finding.expected
    if kind in _COLUMNS:
        return _COLUMNS[kind]
    if kind in _NONE_ALLOWED and _NONE_ALLOWED[kind][0] in finding.detail:
        some, every = (finding.detail[key] for key in _NONE_ALLOWED[kind])
        return graded(some / every, _SHARE)
    if not isinstance(observed, int | float) or not isinstance(expected, int | float):
        return "warning"
    if kind in _SHARES:
        return graded(abs(observed - expected), _SHARE)
    if kind == "baseline_drift_check" and observed > expected:
        return graded(observed / expected if expected else math.inf, _RATIO)
    return "warning"


def graded(value: float, bounds: dict[str, float]) -> Severity:
    """Return the first of error and warning whose bound a value reaches, else notice."""
    # A share that is at the bound should not miss it by the error of a subtraction.
    reached = value + 1e-12
    return "error" if reached >= bounds["error"] else "warning" if reached >= bounds["warning"] else "notice"
