"""Predictors answer rows as a model does: behind a URL, or in process. One file an item.

Each module has a function of its name. It takes what the model is (a URL, a file, an object) and how it is asked, and
returns a :class:`kedge.ports.Predictor`.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.attribution.config import PredictorConfig
from kedge.errors import MissingDependency, SettingError
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.ports import Predictor

# By what a URL begins with, and a file ends with.
SCHEMES: Final[Mapping[str, str]] = {"http": "http", "https": "http"}
SUFFIXES: Final[Mapping[str, str]] = {
    ".onnx": "onnx",
    ".joblib": "sklearn",
    ".pkl": "sklearn",
    ".ubj": "xgboost",
    ".json": "xgboost",
}


def predictor(model: object, config: PredictorConfig | None = None) -> Predictor:
    """Return the predictor of a model: a URL, a file, ``module:function``, a function, or a fitted estimator.

    Raises
    ------
    SettingError
        It is none of these.
    MissingDependency
        It needs a package that is not installed.
    """
    kind = _kind(model)
    if kind is None:
        raise SettingError(
            f"This is no predictor: {model!r}.",
            field="--predictor",
            next_step="Give a URL, module:function, or a file that ends with " + ", ".join(SUFFIXES) + ".",
        )
    item = {item.name: item for item in items("predictor")}[kind]
    for package, extra in item.missing.items():
        raise MissingDependency(package, f"The predictor {kind}", extra)
    made: Predictor = item.load()(model, config or PredictorConfig())
    return made


def _kind(model: Any) -> str | None:
    if not isinstance(model, str | PurePath):
        return "sklearn" if hasattr(model, "predict") else "python" if callable(model) else None
    scheme, found, _ = str(model).partition("://")
    if found:
        return SCHEMES.get(scheme.lower())
    suffix = PurePath(str(model)).suffix.lower()
    return SUFFIXES.get(suffix) or ("python" if ":" in str(model) else None)
