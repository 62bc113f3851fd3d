"""Kernel SHAP beside that of the shap package, which has an environment of its own: ``KEDGE_SHAP_PYTHON``."""

from __future__ import annotations

import json
import os
import subprocess

import numpy as np
import pytest

from kedge.analysis.attribution.kernel_shap import kernel_shap
from kedge.analysis.attribution.table import Table

PYTHON = os.environ.get("KEDGE_SHAP_PYTHON")  # before the tests' own environment hides it
pytestmark = pytest.mark.skipif(not PYTHON, reason="KEDGE_SHAP_PYTHON names no Python that has the shap package")

MODEL = """
import numpy as np
def model(rows):
    rows = np.asarray(rows, float)
    first = 1 / (1 + np.exp(-(rows[:, 0] * rows[:, 1] + np.tanh(rows[:, 2]) - rows[:, -1])))
    return np.stack([first, (1 - first) * 0.9], axis=1)
"""
SHAP = (
    MODEL
    + """
import json, sys, shap
np.random.seed(0)
asked = json.load(sys.stdin)
explainer = shap.KernelExplainer(model, np.array(asked["background"]), link=asked["link"])
values = explainer.shap_values(np.array(asked["rows"]), nsamples=asked["samples"], l1_reg=False, silent=True)
print(json.dumps({"values": np.asarray(values).tolist(), "expected": np.asarray(explainer.expected_value).tolist()}))
"""
)
NAMES: dict[str, object] = {}
exec(MODEL, NAMES)


def sides(features: int, samples: int, link: str = "identity", rows: int = 20):
    """Return ours and theirs for random rows; the background is of three, and shares a value with the first row."""
    rng = np.random.default_rng(features)
    found, background = rng.normal(size=(rows, features)), rng.normal(size=(3, features)).round(2)
    background[:, 1] = found[0, 1] = 0.5
    asked = {"rows": found.tolist(), "background": background.tolist(), "samples": samples, "link": link}
    run = subprocess.run(
        [str(PYTHON), "-c", SHAP], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=300
    )
    names = tuple(map(str, range(features)))
    tables = Table(names, found.T), Table(names, background.T)
    ours = kernel_shap(lambda t: NAMES["model"](t.cells.T), *tables, samples=samples, use_logit=link == "logit")
    return ours, {name: np.array(told) for name, told in json.loads(run.stdout).items()}, tables


@pytest.mark.parametrize("link", ["identity", "logit"])
@pytest.mark.parametrize("features", [3, 4, 7, 11])
def test_all_coalitions_give_the_same_attributions(features, link):
    ours, theirs, _ = sides(features, 2**features, link)
    np.testing.assert_allclose(ours.values, theirs["values"], atol=1e-6)
    np.testing.assert_allclose(ours.expected, theirs["expected"], atol=1e-9)


@pytest.mark.parametrize("samples", [100, 500])
def test_drawn_coalitions_are_no_further_from_the_truth(samples):
    ours, theirs, tables = sides(13, samples, rows=40)
    truth = kernel_shap(lambda t: NAMES["model"](t.cells.T), *tables, samples=2**13).values
    error, their_error = (np.sqrt(((values - truth) ** 2).mean()) for values in (ours.values, theirs["values"]))
    assert error < 1.25 * their_error
