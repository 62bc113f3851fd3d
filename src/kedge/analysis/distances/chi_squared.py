"""Pearson's chi-squared test on categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.profile import Feature

    Counts = tuple[NDArray[np.float64], NDArray[np.float64]]

NEEDS = {"scipy": "stats"}
COMPARES = ("categories",)
P_VALUE = True

COCHRAN = 10  # with two categories, every expected count is at least this
YATES = 5  # with more, at most a fifth of the expected counts is below this
YATES_SHARE = 0.2


def chi_squared(baseline: Feature, window: Feature, *, expected_only: bool = False) -> float | None:
    r"""Return how likely shares so different are, were those of every category the same: a p-value, 0 to 1.

    That of :math:`\sum (O - E)^2 / E` over the categories, by Pearson's test. **The window has drifted if
    and only if the p-value is below the threshold**, so a lower threshold is more lenient.

    By default both sides count as samples of one population (test of homogeneity). A category that only the
    window knows counts against the fit like any other, and a small baseline is allowed for.

    The smallest categories are put together, two by two, until the counts are large enough: every expected
    count at least 10 with two categories (Cochran), at most a fifth of them below 5 with more (Yates).
    Categories without a count on any side are left out.

    Parameters
    ----------
    baseline, window
        What is remembered of the two samples.
    expected_only
        As the service does: the window, restricted to the categories of the baseline, against their shares,
        which are taken as exact (test of goodness of fit). Unseen categories are ignored.

    Returns
    -------
    float or None
        None where the test cannot say anything: a side is empty, fewer than two categories are left, or a
        side has more categories than its sketch counts exactly.

    References
    ----------
    Cochran: Some methods for strengthening the common chi-squared tests (1954); data-quality.md, 3.7.2.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> sides = (["a"] * 50 + ["b"] * 50, ["a"] * 60 + ["b"] * 40)
    >>> round(chi_squared(*(Feature().update(column(side)) for side in sides)), 3)
    0.155
    """
    test = pearson(baseline, window, expected_only=expected_only)
    return test.p_value if test else None


@dataclass(frozen=True)
class Pearson:
    """The outcome of Pearson's test."""

    statistic: float
    p_value: float
    degrees: int


def pearson(baseline: Feature, window: Feature, *, expected_only: bool = False) -> Pearson | None:
    """Return the whole test, of which :func:`chi_squared` is the p-value."""
    from scipy import special

    if not (baseline.categories.exact and window.categories.exact):
        return None
    table = _table(baseline, window, expected_only)
    if not table.sum(axis=1).all():
        return None
    observed, expected = _regrouped(*(_goodness_of_fit(table) if expected_only else _homogeneity(table)))
    degrees = observed.shape[1] - 1
    if degrees < 1:
        return None
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return Pearson(statistic, float(special.chdtrc(degrees, statistic)), degrees)


def _table(baseline: Feature, window: Feature, expected_only: bool) -> NDArray[np.float64]:
    """Return counts by side and category, ``(2, k)``, without empty categories."""
    sides = baseline.categories.counts, window.categories.counts
    names = sorted(sides[0] if expected_only else sides[0].keys() | sides[1].keys())
    table = np.array([[side.get(name, 0) for name in names] for side in sides], np.float64)
    return table[:, (table[0] if expected_only else table.sum(axis=0)) > 0]


def _homogeneity(table: NDArray[np.float64]) -> Counts:
    return table, np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()


def _goodness_of_fit(table: NDArray[np.float64]) -> Counts:
    return table[1:], table[:1] / table[0].sum() * table[1].sum()


def _regrouped(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> Counts:
    while _too_few(expected.min(axis=0)):
        order = np.argsort(expected.min(axis=0), kind="stable")
        observed, expected = (
            np.column_stack([counts[:, order[:2]].sum(axis=1), counts[:, order[2:]]]) for counts in (observed, expected)
        )
    return observed, expected


def _too_few(expected: NDArray[np.float64]) -> bool:
    if len(expected) == 2:
        return bool(expected.min() < COCHRAN)
    return len(expected) > 2 and bool(np.mean(expected < YATES) > YATES_SHARE)
