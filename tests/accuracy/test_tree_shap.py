"""Tree SHAP beside Kernel SHAP with all coalitions, in the environment of the shap package: ``KEDGE_SHAP_PYTHON``."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import kedge

PYTHON = os.environ.get("KEDGE_SHAP_PYTHON")  # before the tests' own environment hides it
pytestmark = pytest.mark.skipif(not PYTHON, reason="KEDGE_SHAP_PYTHON names no Python that has the shap package")

SCRIPT = """
import json, sys
import numpy as np
from kedge.adapters.predictors import predictor
from kedge.analysis.attribution.config import AttributionConfig, PredictorConfig
from kedge.analysis.attribution.kernel_shap import kernel_shap
from kedge.analysis.attribution.measure import measure
from kedge.analysis.attribution.table import Table
rng = np.random.default_rng(0)
found = rng.normal(size=(200, 5))
two, three = found[:, 0] * found[:, 1] > 0, np.digitize(found[:, 0] + found[:, 1], [-0.5, 0.5])
names = tuple("abcde")
rows, background = Table(names, found[:20].T.copy()), Table(names, found[-3:].T.copy())
told, asked = PredictorConfig(), AttributionConfig()
{model}
model = predictor(model, told)
used = measure(model, rows, background, range(20), asked).explanation
all_of_them = kernel_shap(model, rows, background, samples=32, use_logit=asked.shap.use_logit)
apart = max(np.abs(used.values - all_of_them.values).max(), np.abs(used.expected - all_of_them.expected).max())
print(json.dumps([used.method, used.values.shape[2], float(apart)]))
"""
FOREST = "from sklearn.ensemble import RandomForestClassifier as F; model = F(9, max_depth=4).fit(found, {})"
BOOSTING = "from sklearn.ensemble import {0}GradientBoosting{1} as F; model = F().fit(found, {2})"
BOOSTER = """
import xgboost
data = xgboost.DMatrix(found, {}, feature_names=list(names))
xgboost.train({{"objective": "{}"}}, data, 9).save_model("model.ubj")
model = "model.ubj"
"""
TREES = {
    "forest": (FOREST.format("two"), 1),
    "forest of both classes": (FOREST.format("two") + "; told = PredictorConfig(label_headers=['no', 'yes'])", 2),
    "forest, one class of three": (FOREST.format("three") + "; told = PredictorConfig(probability=2)", 1),
    "forest of three classes": (FOREST.format("three"), 3),
    "boosting": (BOOSTING.format("", "Regressor", "found[:, 2]"), 1),
    "boosting of histograms": (BOOSTING.format("Hist", "Regressor", "found[:, 2]"), 1),
    "booster": (BOOSTER.format("found[:, 1]", "reg:squarederror"), 1),
    "booster that answers margins": (BOOSTER.format("two", "binary:logitraw"), 1),
}
SQUARED = "; probability = model.predict_proba; model.predict_proba = lambda rows: probability(rows) ** 2"
OTHERS = {
    "no trees": "from sklearn.linear_model import LogisticRegression as F; model = F().fit(found, two)",
    "boosting that answers probabilities": BOOSTING.format("", "Classifier", "two"),
    "booster that answers probabilities": BOOSTER.format("two", "binary:logistic"),
    "log odds": FOREST.format("two") + "; asked = AttributionConfig(methods={'shap': {'use_logit': True}})",
    "a missing value": FOREST.format("two") + "; rows.cells[0, 0] = np.nan",
    "answers that are not those of the trees": FOREST.format("two") + SQUARED,
    "no package": FOREST.format("two") + "; sys.modules['shap'] = None",
}


def explained(model: str) -> tuple[str, int, float]:
    """Return the method used, the outputs, and how far from Kernel SHAP its attributions are."""
    run = subprocess.run(
        [str(PYTHON), "-c", SCRIPT.replace("{model}", model)],
        env={**os.environ, "PYTHONPATH": str(Path(kedge.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    method, outputs, apart = json.loads(run.stdout)
    return method, outputs, apart


@pytest.mark.parametrize("name", TREES)
def test_trees_are_explained_exactly_and_as_by_all_coalitions(name):
    model, outputs = TREES[name]
    method, found, apart = explained(model)
    assert (method, found) == ("tree_shap", outputs)
    assert apart < 1e-6


@pytest.mark.parametrize("name", OTHERS)
def test_what_shap_does_not_know_of_a_model_is_asked_of_it(name):
    assert explained(OTHERS[name])[::2] == ("kernel_shap", 0.0)
