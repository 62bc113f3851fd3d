"""A model of scikit-learn, or one that is used alike."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.analysis.attribution.tree_shap import Trees
from kedge.errors import InputError, KedgeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.attribution.config import PredictorConfig
    from kedge.analysis.attribution.table import Table
    from kedge.ports import Predictor

NEEDS = {"sklearn": "forest"}
# What trees have: of one, of many, of histograms, and of XGBoost's that are used alike.
_TREES: Final = ("tree_", "estimators_", "_predictors", "get_booster")


def sklearn(model: object, config: PredictorConfig) -> Predictor:
    """Return the predictor of a fitted estimator, or of a file that joblib or pickle wrote.

    Its answers are the probabilities of its classes, of two classes that of the second unless both have a name, or
    what it predicts where it knows no probabilities. One that was fitted with names is given a frame of pandas,
    where that is installed. Of trees whose answers are sums or means of leaves (forests, and boosting that predicts
    numbers) it knows the exact attributions, where shap is installed. Reading such a file runs what is in it: take it
    from those whom you trust.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    estimator: Any = _loaded(model) if isinstance(model, str | PurePath) else model
    ask = getattr(estimator, "predict_proba", estimator.predict)
    named = hasattr(estimator, "feature_names_in_") and find_spec("pandas") is not None
    single = len(config.label_headers or [""]) == 1

    def chosen(outputs: int) -> slice:
        if isinstance(config.probability, int):
            return slice(config.probability, config.probability + 1)
        return slice(1, 2) if outputs == 2 and single else slice(None)

    def answer(rows: Table) -> NDArray[np.float64]:
        try:
            found = np.asarray(ask(_frame(rows) if named else rows.matrix()))
        except KedgeError:
            raise
        except Exception as error:
            raise _refused(f"The model fails: {type(error).__name__}: {error}.", type(estimator).__name__) from error
        if isinstance(config.probability, int) and found.ndim == 2:
            return found[:, config.probability]
        return found[:, 1] if found.ndim == 2 and found.shape[1] == 2 and single else found

    return Trees(answer, estimator, chosen) if any(hasattr(estimator, name) for name in _TREES) else answer


def _frame(rows: Table) -> Any:
    import pandas

    if not rows.levels:
        return pandas.DataFrame(rows.cells.T, columns=list(rows.names), copy=False)
    return pandas.DataFrame(rows.columns())


def _loaded(path: object) -> Any:
    import joblib

    try:
        return joblib.load(str(path))
    except Exception as error:
        raise _refused(f"The model cannot be read: {type(error).__name__}: {error}.", str(path)) from error


def _refused(message: str, file: str) -> InputError:
    return InputError(message, file=file, field="predictor", next_step="Check that it is the model of these features.")
