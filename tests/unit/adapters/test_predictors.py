from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kedge
from kedge.adapters.predictors import predictor
from kedge.analysis.attribution.config import PredictorConfig
from kedge.analysis.attribution.table import Table
from kedge.errors import InputError, MissingDependency, PluginError, SettingError

MODELS = os.environ.get("KEDGE_SHAP_PYTHON")  # before the tests' own environment hides it
NUMBERS = Table(("a", "b"), np.array([[1.0, 2.0, 3.0], [0.5, 0.25, 4.0]]))
MIXED = Table.of([{"a": 1, "b": "x"}, {"a": 2, "b": None}], ("a", "b"))


def test_a_function_is_a_predictor():
    assert predictor(lambda rows: rows.cells.sum(axis=0))(NUMBERS).tolist() == [1.5, 2.25, 7.0]


def test_a_function_of_the_present_folder_is_found_by_its_name(monkeypatch):
    Path("my_model_one.py").write_text("def answer(rows):\n    return [len(row) for row in rows.rows()]\n")
    assert predictor("my_model_one:answer")(MIXED).tolist() == [2, 2]
    assert str(Path.cwd()) not in sys.path


@pytest.mark.parametrize(
    ("name", "said"),
    [("nowhere_at_all:answer", "no module 'nowhere_at_all'"), ("my_model_two:anser", "Did you mean 'answer'")],
)
def test_a_function_that_is_not_there_is_named(name, said):
    Path("my_model_two.py").write_text("def answer(rows):\n    return 1 / 0\n")
    with pytest.raises(SettingError, match=said):
        predictor(name)


def test_a_function_that_fails_is_named():
    Path("my_model_three.py").write_text("def answer(rows):\n    return 1 / 0\n")
    with pytest.raises(PluginError, match="my_model_three:answer: The predictor fails: ZeroDivisionError"):
        predictor("my_model_three:answer")(MIXED)


def test_a_module_that_fails_is_named():
    Path("my_model_four.py").write_text("import nothing_like_it\n")
    with pytest.raises(PluginError, match="my_model_four:answer: The predictor fails: ModuleNotFoundError"):
        predictor("my_model_four:answer")


@pytest.fixture
def classifier():
    linear = pytest.importorskip("sklearn.linear_model")
    return linear.LogisticRegression().fit(NUMBERS.cells.T, [0, 1, 1])


def test_an_estimator_answers_with_the_probability_of_its_second_class(classifier):
    expected = classifier.predict_proba(NUMBERS.cells.T)[:, 1]
    np.testing.assert_array_equal(predictor(classifier)(NUMBERS), expected)


def test_both_classes_that_have_a_name_are_answered(classifier):
    answer = predictor(classifier, PredictorConfig(label_headers=["no", "yes"]))(NUMBERS)
    np.testing.assert_array_equal(answer, classifier.predict_proba(NUMBERS.cells.T))


def test_an_estimator_is_read_from_a_file(classifier):
    Path("model.pkl").write_bytes(pickle.dumps(classifier))
    np.testing.assert_array_equal(predictor("model.pkl")(NUMBERS), predictor(classifier)(NUMBERS))


def test_an_estimator_that_was_fitted_with_names_is_given_them():
    linear, pandas = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("pandas")
    model = linear.LinearRegression().fit(pandas.DataFrame(NUMBERS.cells.T, columns=["a", "b"]), [1, 2, 3])
    assert predictor(model)(NUMBERS) == pytest.approx([1, 2, 3])


def test_an_estimator_that_cannot_take_the_features_is_named(classifier):
    with pytest.raises(InputError, match="LogisticRegression: predictor: The model fails: ValueError"):
        predictor(classifier)(MIXED)


@pytest.mark.parametrize("content", [None, b"not a model"])
def test_a_file_that_is_no_model_is_named(content):
    pytest.importorskip("joblib")
    if content:
        Path("model.joblib").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.joblib: predictor: The model cannot be read"):
        predictor("model.joblib")


@pytest.mark.parametrize(("file", "package"), [("model.onnx", "onnxruntime"), ("model.ubj", "xgboost")])
def test_a_package_that_is_not_installed_is_named(monkeypatch, file, package):
    monkeypatch.setattr("kedge.registry.find_spec", lambda _: None)
    with pytest.raises(MissingDependency, match=f"needs the package {package}"):
        predictor(file)


@pytest.mark.parametrize("model", [3, "model.txt", "plain"])
def test_what_is_no_predictor_is_refused(model):
    with pytest.raises(SettingError, match="This is no predictor"):
        predictor(model)


XGBOOST = """
import numpy as np, xgboost
from kedge.adapters.predictors import predictor
from kedge.analysis.attribution.table import Table
rows = np.random.default_rng(0).normal(size=(50, 3))
data = xgboost.DMatrix(rows, rows[:, 0] > 0, feature_names=["a", "b", "c"])
booster = xgboost.train({"objective": "binary:logistic"}, data, 3)
booster.save_model("model.ubj")
answer = predictor("model.ubj")
np.testing.assert_allclose(answer(Table(("a", "b", "c"), rows.T)), booster.predict(data))
for names in (("a", "b"), ("a", "b", "x")):
    try:
        answer(Table(names, rows.T[:len(names)]))
    except Exception as error:
        assert "model.ubj: predictor: The booster does not answer" in str(error), error
    else:
        raise AssertionError(names)
"""
ONNX = """
import numpy as np
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from kedge.adapters.predictors import predictor
from kedge.analysis.attribution.table import Table
rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
model = LogisticRegression().fit(rows, rows[:, 0] > 0)
for zipped in (True, False):
    made = to_onnx(model, rows[:1], options={id(model): {"zipmap": zipped}}, target_opset=15)
    open("model.onnx", "wb").write(made.SerializeToString())
    answer = predictor("model.onnx")
    expected = model.predict_proba(rows)[:, 1]
    np.testing.assert_allclose(answer(Table(("a", "b", "c"), rows.T.astype(float))), expected, atol=1e-5)
try:
    answer(Table(("a",), rows.T[:1].astype(float)))
except Exception as error:
    assert "model.onnx: predictor: The model does not answer" in str(error), error
else:
    raise AssertionError("a model of three features took one")
"""


@pytest.mark.skipif(not MODELS, reason="KEDGE_SHAP_PYTHON names no Python that has xgboost and onnxruntime")
@pytest.mark.parametrize("script", [XGBOOST, ONNX], ids=["xgboost", "onnx"])
def test_a_library_that_is_not_ours_answers_alike(script):
    source = str(Path(kedge.__file__).parents[1])
    run = subprocess.run([str(MODELS), "-c", script], env={**os.environ, "PYTHONPATH": source}, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
