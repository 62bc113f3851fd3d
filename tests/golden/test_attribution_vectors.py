"""The worked vectors of the specification (explainability.md, 6.5)."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.attribution.kernel_shap import kernel_shap
from kedge.analysis.attribution.ndcg import THRESHOLD, ndcg
from kedge.analysis.attribution.table import Table

APPLICANTS = [0.70, 0.50, 0.05]  # SAT, GPA, class rank
CUSTOMERS = [0.5, 0.3, 0.15, 0.05]  # income, age, tenure, zip


def test_the_applicants_of_the_specification_have_drifted():
    score = ndcg(APPLICANTS, [1, 2, 3])  # class rank, GPA, SAT
    assert score == pytest.approx(0.7154 / 1.0405, abs=1e-4)
    assert score < THRESHOLD


def test_the_customers_of_the_specification_have_drifted():
    assert ndcg(CUSTOMERS, [0.1, 0.2, 0.4, 0.3]) == pytest.approx(0.5468848 / 0.7858128, abs=1e-7)


def test_the_customers_of_whom_two_features_change_places_have_not():
    score = ndcg(CUSTOMERS, [3, 4, 2, 1])  # age, income, tenure, zip
    assert score == pytest.approx(0.9060666, abs=1e-7)
    assert score > THRESHOLD


# What shap.KernelExplainer (0.51, l1_reg=False) says of the first of two outputs.
ROWS = [[1.5, -2.0, 0.5, 3.0], [0.0, 1.0, -1.0, 2.0]]
BACKGROUND = [[0.0, 0.5, 1.0, -1.0], [1.0, 1.0, 0.0, 2.0]]
ATTRIBUTIONS = {
    False: [
        [-0.039491537514, -0.393579556919, 0.009659991344, -0.198909929748],
        [-0.100692010252, 0.0, -0.2356168391, -0.156750560609],
    ],
    True: [
        [-0.856270837348, -2.482666465906, 0.033545878979, -1.306337679926],
        [-0.492596282428, 0.0, -1.091097455517, -0.751746679472],
    ],
}
EXPECTED = {False: 0.639650205389, True: 0.573846261461}


def answered(table: Table):
    a, b, c, d = table.cells
    chance = 1 / (1 + np.exp(-(a * b + np.tanh(c) - d / 2)))
    return np.stack([chance, 1 - chance], axis=1)


@pytest.mark.parametrize("use_logit", [False, True])
def test_the_attributions_of_the_shap_package_are_ours(use_logit):
    names = ("a", "b", "c", "d")
    rows, background = (Table(names, np.array(side).T) for side in (ROWS, BACKGROUND))
    found = kernel_shap(answered, rows, background, use_logit=use_logit)
    np.testing.assert_allclose(found.values[..., 0], ATTRIBUTIONS[use_logit], atol=1e-9)
    assert found.expected[0] == pytest.approx(EXPECTED[use_logit], abs=1e-9)
