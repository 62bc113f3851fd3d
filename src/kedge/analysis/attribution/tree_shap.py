"""Tree SHAP: the Shapley values of trees, exactly, from their splits; by the shap package where it is installed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.attribution.answers import answers
from kedge.analysis.attribution.kernel_shap import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kedge.analysis.attribution.answers import Predict
    from kedge.analysis.attribution.table import Table

    Floats = NDArray[np.float64]

_ROUNDING: Final = 1e-5  # of the largest answer: boosters add in single precision


@dataclass(frozen=True)
class Trees:
    """A predictor that asks trees, and knows their splits.

    Parameters
    ----------
    answer
        Answers a table of rows.
    model
        The trees: an estimator of scikit-learn, or a booster.
    chosen
        Which of so many outputs are answered.
    """

    answer: Predict
    model: object
    chosen: Callable[[int], slice]

    def __call__(self, rows: Table) -> Floats:
        """Return the answers."""
        return self.answer(rows)

    def exact(self, rows: Table, background: Table) -> Explanation | None:
        """Return the attributions, or None where these trees are none of shap's."""
        return tree_shap(self, rows, background)


def tree_shap(trees: Trees, rows: Table, background: Table) -> Explanation | None:
    r"""Return the Shapley values of every feature, row by row: those of Kernel SHAP with all coalitions.

    Of a tree they follow from the splits on which the row and a row of the background part, and of a sum of trees they
    are the sums. The shap package reads the model's insides, so what it makes of them is believed only where it
    answers rows and background as the predictor does: :math:`\sum_i \phi_i + E = f(x)`.

    A probability that is made of a sum of trees, as boosting does, is no sum: for it the package shares out the
    values of the sum, which add up and yet are not the Shapley values, so they are not asked for.

    Parameters
    ----------
    trees
        The model, with what it answers.
    rows, background
        Parts of one table.

    Returns
    -------
    explanation
        None where the package is not installed or does not know such a model, a feature is no number, a value is
        missing, or its answers are others.

    References
    ----------
    Lundberg et al.: From local explanations to global understanding with explainable AI for trees, Nature Machine
    Intelligence 2, 2020. docs/decisions/0025.
    """
    cells, behind = (np.asarray(table.cells.T) for table in (rows, background))
    if rows.levels or not (np.isfinite(cells).all() and np.isfinite(behind).all()):
        return None
    # asked first, as a predictor refuses rows of other features, and what reads insides may not
    answered, expected = answers(trees, rows), answers(trees, background).mean(axis=0)
    made = _explained(trees.model, cells, behind)
    if made is None:
        return None
    chosen = trees.chosen(len(made.expected))
    found = replace(made, values=made.values[:, :, chosen], expected=made.expected[chosen])
    return found if _near(found, answered, expected) else None


def _near(found: Explanation, answered: Floats, expected: Floats) -> bool:
    if found.expected.shape != expected.shape:
        return False
    off = max(
        np.abs(found.values.sum(axis=1) + found.expected - answered).max(), np.abs(found.expected - expected).max()
    )
    return bool(off <= _ROUNDING * np.abs(answered).max())


def _explained(model: object, rows: Floats, background: Floats) -> Explanation | None:
    """Return what shap knows of all outputs; None where it does not know the model, or is not there."""
    try:
        import shap
    except ImportError:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            explainer = shap.TreeExplainer(model, background, feature_perturbation="interventional", model_output="raw")
            values = np.asarray(explainer.shap_values(rows, check_additivity=False), np.float64)
    except Exception:  # whatever it says of a model that it does not know
        return None
    expected = np.asarray(explainer.expected_value, np.float64).reshape(-1)
    return Explanation(values.reshape(*rows.shape, -1), expected, True, "tree_shap")
