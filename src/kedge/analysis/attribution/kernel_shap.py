"""Kernel SHAP: how much each feature moves the answer to a row away from the answers to the background."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from kedge.analysis.attribution.answers import answers
from kedge.analysis.attribution.coalitions import Coalitions
from kedge.analysis.attribution.table import Table
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from kedge.analysis.attribution.answers import Predict

    Floats = NDArray[np.float64]
    Link = Callable[[Floats], Floats]

Method = Literal["kernel_shap", "tree_shap"]
BATCH_ROWS: Final = 1 << 14  # asked of the predictor at once
_CELLS: Final = 1 << 19  # and of fewer, where features are many: 4 MiB, which a cache holds
_TOGETHER: Final = 256  # rows that are explained side by side
_SURE: Final = 2.0**-52  # a probability no nearer to 0 or 1 has a logit
_RANK: Final = 1e-12


@dataclass(frozen=True)
class Explanation:
    """The attributions of n rows.

    Parameters
    ----------
    values
        ``(n, features, outputs)``; over the features they add up to the row's answer minus the expected one.
    expected
        ``(outputs,)``: the mean answer to the background.
    exact
        Whether every coalition counts: all were asked about, or the method needs none.
    method
        What made them.
    """

    values: Floats
    expected: Floats
    exact: bool
    method: Method = "kernel_shap"


def kernel_shap(
    predict: Predict,
    rows: Table,
    background: Table,
    *,
    samples: int | None = None,
    seed: int = 0,
    use_logit: bool = False,
    explain: Sequence[str] | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Explanation:
    r"""Return the Shapley values of every feature, row by row.

    With :math:`v(z)` the mean answer over the background rows, in which the features of the coalition :math:`z` have
    the values of the row, :math:`\phi` minimises :math:`\sum_z w_z (v(z) - E - z \phi)^2` where
    :math:`\sum_i \phi_i = f(x) - E`. All rows share their coalitions, and so the matrix of these equations; those of a
    row of which some features are as in all of the background are the equations of its other features, as what does
    not change explains nothing.

    Where all coalitions are asked about, the result is the Shapley values to rounding; else it is within the
    sampling error of the shap package's ``KernelExplainer``, which draws other coalitions.

    Parameters
    ----------
    predict
        Answers a table of rows with ``(rows, outputs)``. It is asked about mixtures of rows that may never occur. A
        table is only good while it answers, as its memory is used again.
    rows, background
        Parts of one table, so that both count the values of a feature alike; the background has at least one row.
    samples, seed
        How many coalitions, and the seed of those that are drawn; see :class:`Coalitions`.
    use_logit
        Whether answers are probabilities, to be explained as their log odds: those of the mean.
    explain
        The features to return, by default all. The others take part like all others, so values do not depend on it.
    batch_rows
        How many rows the predictor is asked about at once, at most; never fewer than the background has.

    Raises
    ------
    InputError
        The predictor does not answer every row with finite numbers, or with ``use_logit`` not with probabilities.

    Examples
    --------
    >>> table = Table.of([{"a": 1, "b": 2}, {"a": 3, "b": 5}], ("a", "b"))
    >>> found = kernel_shap(lambda t: t.cells[0] * t.cells[1], table.part(1, 2), table.part(0, 1))
    >>> found.values[0, :, 0].round(9).tolist(), found.expected.tolist()
    ([7.0, 6.0], [2.0])

    References
    ----------
    explainability.md, 6.3. Lundberg, Lee: A unified approach to interpreting model predictions, NIPS 2017.
    docs/decisions/0025.
    """
    link = _logit if use_logit else _identity
    coalitions = Coalitions.of(len(rows.names), samples, seed)
    expected = link(answers(predict, background).mean(axis=0))
    moved = np.concatenate([link(found) for found in _asked(predict, rows, batch_rows)]) - expected
    sums = np.zeros((len(rows.names), len(rows), len(expected)))
    for kept, some, mixed in _mixtures(rows, background, coalitions, batch_rows):
        means = answers(predict, mixed).reshape(-1, len(background), some.stop - some.start, len(expected)).mean(axis=1)
        weighted = coalitions.masks[kept] * coalitions.weights[kept, None]
        sums[:, some] += np.tensordot(weighted, link(means) - expected, axes=(0, 0))
    values = _solved(coalitions, sums, moved, _varying(rows, background))
    places = [rows.names.index(name) for name in explain] if explain is not None else slice(None)
    return Explanation(values[:, places], expected, coalitions.exact)


def _asked(predict: Predict, rows: Table, batch_rows: int) -> Iterator[Floats]:
    for start in range(0, len(rows), batch_rows):
        yield answers(predict, rows.part(start, start + batch_rows))


def _mixtures(
    rows: Table, background: Table, coalitions: Coalitions, batch_rows: int
) -> Iterator[tuple[slice, slice, Table]]:
    """Yield what to ask: for some coalitions of some rows, a row of each coalition, background row and row."""
    limit = min(batch_rows, max(_CELLS // len(rows.names), 1))
    side = max(min(len(rows), _TOGETHER, limit // len(background)), 1)
    each = max(limit // (side * len(background)), 1)
    filled = background.cells[:, None, :, None]
    memory = np.empty(len(rows.names) * each * len(background) * side)  # for all: new memory costs more than a model
    for start in range(0, len(rows), side):
        some = slice(start, min(start + side, len(rows)))
        values = rows.cells[:, None, None, some]
        for first in range(0, len(coalitions), each):
            kept = slice(first, min(first + each, len(coalitions)))
            shape = (len(rows.names), kept.stop - first, len(background), some.stop - start)
            mixed = memory[: prod(shape)].reshape(shape)
            mixed[:] = filled
            np.copyto(mixed, values, where=coalitions.masks[kept].T[:, :, None, None])
            yield kept, some, Table(rows.names, mixed.reshape(len(rows.names), -1), rows.levels)


def _varying(rows: Table, background: Table) -> NDArray[np.bool_]:
    """Return which features of which rows differ from any of the background, ``(n, features)``."""
    values, others = rows.cells.T[:, :, None], background.cells[None]
    same = (values == others) | (np.isnan(values) & np.isnan(others))
    varying: NDArray[np.bool_] = ~same.all(axis=2)
    return varying


def _solved(coalitions: Coalitions, sums: Floats, moved: Floats, varying: NDArray[np.bool_]) -> Floats:
    """Return the attributions, ``(n, features, outputs)``: one factorisation for all rows that vary in the same."""
    masks = coalitions.masks.astype(np.float64)
    normal = masks.T @ (masks * coalitions.weights[:, None])
    values = np.zeros((len(moved), masks.shape[1], moved.shape[1]))
    patterns, which = np.unique(varying, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        features, rows = np.flatnonzero(pattern), np.flatnonzero(which.reshape(-1) == number)
        if len(features):
            right = np.concatenate([sums[np.ix_(features, rows)], moved[None, rows]])
            found = np.tensordot(_inverse(normal[np.ix_(features, features)]), right, axes=(1, 0))
            values[np.ix_(rows, features)] = found.transpose(1, 0, 2)
    return values


def _inverse(normal: Floats) -> Floats:
    """Return what takes the sums and the whole movement to the attributions: least squares under their sum.

    The equations with the multiplier always have a solution; of several, as of too few coalitions, the smallest.
    """
    size = len(normal)
    bordered = np.ones((size + 1, size + 1))
    bordered[:size, :size] = normal
    bordered[size, size] = 0
    return np.asarray(np.linalg.pinv(bordered, rcond=_RANK, hermitian=True), np.float64)[:size]


def _identity(found: Floats) -> Floats:
    return found


def _logit(found: Floats) -> Floats:
    if found.size and (found.min() < 0 or found.max() > 1):
        ends = f"{found.min():g} to {found.max():g}"
        raise InputError(
            f"Expected of the predictor probabilities, as use_logit is set, and found {ends}.",
            field="use_logit",
            next_step="Set use_logit to false, or let it answer with probabilities.",
        )
    sure = np.clip(found, _SURE, 1 - _SURE)
    odds: Floats = np.log(sure / (1 - sure))
    return odds
