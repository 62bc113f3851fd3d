"""A booster of XGBoost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.attribution.tree_shap import Trees
from kedge.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.attribution.config import PredictorConfig
    from kedge.analysis.attribution.table import Table
    from kedge.ports import Predictor

NEEDS = {"xgboost": "xgboost"}


def xgboost(model: object, config: PredictorConfig) -> Predictor:
    """Return the predictor of a file that a booster was saved to: its answers are what the booster predicts.

    Features are numbers. One that was trained with names is given them. Where shap is installed, it knows the
    exact attributions of a sum of trees: of numbers and margins, not of probabilities.

    Raises
    ------
    InputError
        The file is none of XGBoost's; and later, a feature is no number or the names are others.
    """
    del config
    import xgboost as library

    try:
        booster = library.Booster(model_file=str(model))
    except library.core.XGBoostError as error:
        raise _refused(str(error), str(model)) from None

    def answer(rows: Table) -> NDArray[np.float64]:
        found = rows.matrix()
        if found.dtype == object:
            raise _refused(f"{', '.join(rows.levels)} are no numbers", str(model))
        names = list(rows.names) if booster.feature_names else None
        try:
            return np.asarray(booster.predict(library.DMatrix(found, feature_names=names)), np.float64)
        except (ValueError, library.core.XGBoostError) as error:
            raise _refused(str(error), str(model)) from None

    return Trees(answer, booster, lambda _: slice(None))


def _refused(said: str, file: str) -> InputError:
    return InputError(
        f"The booster does not answer: {said.splitlines()[0].rstrip('.')}.",
        file=file,
        field="predictor",
        next_step="Check that it is the model of these features.",
    )
