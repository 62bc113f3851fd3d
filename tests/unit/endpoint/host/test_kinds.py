"""Models of every kind whose library is installed; the others are skipped."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas
import pytest

from kedge.endpoint.host.model import kinds
from kedge.endpoint.host.model.handlers import Handlers
from kedge.errors import InputError, MissingDependency

FOLDER = Path("model")
ROWS = pandas.DataFrame({"age": [20.0, 30.0, 60.0, 70.0], "income": [1.0, 4.0, 2.0, 3.0]})
LABELS = np.array([0, 0, 1, 1])
CSV, JSON = "text/csv", "application/json"


@pytest.fixture(autouse=True)
def _folder():
    FOLDER.mkdir()


@pytest.fixture
def fitted():
    """Return a classifier of scikit-learn that knows the names of its features."""
    linear = pytest.importorskip("sklearn.linear_model")
    return linear.LogisticRegression().fit(ROWS, LABELS)


def _asked(body: bytes, kind: str = CSV, trust: bool = False) -> str:
    head, told = Handlers(kinds.load(FOLDER, trust), {}).answer(body, kind, "")
    assert head["status"] == 200, told
    return told.decode()


def _predicted(answers) -> str:
    return "".join(f"{answer}\n" for answer in answers.tolist())


def test_a_skops_file_is_served(fitted):
    pytest.importorskip("skops.io").dump(fitted, FOLDER / "model.skops")
    body = ROWS.to_csv(index=False, header=False).encode()
    assert _asked(body) == _predicted(fitted.predict(ROWS))


def test_a_skops_file_with_types_that_are_not_known_is_refused_with_their_names_unless_trusted(fitted):
    fitted.made_by = dedent  # a function that skops does not know
    pytest.importorskip("skops.io").dump(fitted, FOLDER / "model.skops")
    with pytest.raises(InputError, match=r"not known to be safe: textwrap\.dedent.*--trust"):
        kinds.load(FOLDER, trust=False)
    assert _asked(b"20,1", trust=True) == "0\n"


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl"])
def test_a_pickle_is_served_with_a_warning(fitted, name):
    (FOLDER / name).write_bytes(pickle.dumps(fitted))
    assert _asked(b"20,1\n70,3\n") == "0\n1\n"
    assert "runs the code of whoever made it" in kinds.load(FOLDER, trust=False).warning


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_model_that_knows_the_names_of_its_features_is_given_them_in_its_order(fitted):
    (FOLDER / "model.pkl").write_bytes(pickle.dumps(fitted))
    body = json.dumps({"instances": ROWS[["income", "age"]].to_dict("records")}).encode()
    assert json.loads(_asked(body, JSON)) == {"predictions": fitted.predict(ROWS).tolist()}


@pytest.mark.parametrize(("suffix", "name"), [("json", "xgboost-model"), ("ubj", "xgboost-model")])
def test_an_archive_with_only_a_booster_is_served(suffix, name):
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(ROWS.values, label=LABELS), 3)
    booster.save_model(FOLDER / f"saved.{suffix}")
    (FOLDER / f"saved.{suffix}").rename(FOLDER / name)
    expected = booster.predict(xgboost.DMatrix(ROWS.values))
    lines = _asked(ROWS.to_csv(index=False, header=False).encode()).split()
    assert np.array(lines, np.float32).tolist() == expected.tolist()


def test_a_booster_that_was_pickled_is_served_with_a_warning():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    booster = xgboost.train({}, xgboost.DMatrix(ROWS.values, label=LABELS), 3)
    (FOLDER / "xgboost-model").write_bytes(pickle.dumps(booster))
    assert "pickle" in kinds.load(FOLDER, trust=False).warning


def test_a_file_that_is_no_booster_is_refused():
    pytest.importorskip("xgboost", reason="xgboost is not installed")
    (FOLDER / "xgboost-model").write_bytes(b"binf nothing")
    with pytest.raises(InputError, match="save it as JSON"):
        kinds.load(FOLDER, trust=False)


def test_an_onnx_model_is_served(fitted):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    plain = fitted.__class__().fit(ROWS.values, LABELS)
    made = skl2onnx.to_onnx(plain, ROWS.values[:1].astype(np.float32), options={"zipmap": False})
    (FOLDER / "model.onnx").write_bytes(made.SerializeToString())
    rows = [line.split(",") for line in _asked(ROWS.to_csv(index=False, header=False).encode()).split()]
    assert [row[0] for row in rows] == [str(label) for label in plain.predict(ROWS.values)]
    assert np.array([row[1:] for row in rows], float) == pytest.approx(plain.predict_proba(ROWS.values), abs=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_a_model_of_mlflow_is_given_the_types_of_its_signature():
    mlflow = pytest.importorskip("mlflow.pyfunc", reason="mlflow is not installed")
    from mlflow.models import infer_signature

    class Doubled(mlflow.PythonModel):
        def predict(self, context, model_input, params=None):  # noqa: ARG002 - MLflow's names
            return model_input["n"] * 2 + (model_input["code"] == "007")

    seen = pandas.DataFrame({"n": [1, 2], "code": ["007", "b"]})
    FOLDER.rmdir()
    mlflow.save_model(FOLDER, python_model=Doubled(), signature=infer_signature(seen), pip_requirements=[])
    assert _asked(b"code,n\n007,3\n008,4\n") == "7\n8\n"


def test_a_library_that_is_missing_is_named(monkeypatch):
    (FOLDER / "model.onnx").write_bytes(b"")
    monkeypatch.setattr(kinds, "find_spec", lambda _: None)
    with pytest.raises(MissingDependency, match=r"model\.onnx needs the package onnxruntime.*kedge\[onnx\]"):
        kinds.load(FOLDER, trust=False)


@pytest.mark.parametrize("files", [["a.joblib", "b.pkl"], ["a.skops", "b.skops"]])
def test_more_than_one_model_is_refused(files):
    pytest.importorskip("skops")
    for name in files:
        (FOLDER / name).write_bytes(b"")
    with pytest.raises(InputError, match=f"more than one model: {', '.join(files)}"):
        kinds.load(FOLDER, trust=False)


def test_a_folder_without_a_model_says_what_is_there_and_what_is_known():
    (FOLDER / "weights.h5").write_bytes(b"")
    with pytest.raises(InputError, match=r"It holds weights\.h5.*Known are inference\.py"):
        kinds.load(FOLDER, trust=False)


@pytest.mark.parametrize("name", ["model.joblib", "model.skops"])
def test_a_file_that_is_damaged_is_refused(name):
    pytest.importorskip("skops")
    (FOLDER / name).write_bytes(b"nothing")
    with pytest.raises(InputError, match=rf"{name}: The model cannot be loaded by"):
        kinds.load(FOLDER, trust=False)


def test_a_pickle_whose_library_is_missing_names_it():
    (FOLDER / "model.pkl").write_bytes(b"cnowhere_at_all\nModel\n.")
    with pytest.raises(InputError, match="No module named 'nowhere_at_all'"):
        kinds.load(FOLDER, trust=False)
