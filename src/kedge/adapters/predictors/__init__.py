"""Predictors answer rows as a model does: behind a URL, or in process. One file an item.

Each module has a function of its name. It takes what the model is (a URL, a file, an object) and how it is asked, and
returns a :class:`kedge.ports.Predictor`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from kedge.adapters.predictors.http import Http
from kedge.analysis.attribution.config import PredictorConfig
from kedge.errors import MissingDependency, SettingError
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kedge.adapters.net.pinned import Pinned
    from kedge.ports import Predictor

    Holds = Callable[[str], bool]

# By what a URL begins with, and a file ends with.
SCHEMES: Final[Mapping[str, str]] = {"http": "http", "https": "http"}
SUFFIXES: Final[Mapping[str, str]] = {
    ".onnx": "onnx",
    ".joblib": "sklearn",
    ".pkl": "sklearn",
    ".ubj": "xgboost",
    ".json": "xgboost",
}


def predictor(
    model: object, config: PredictorConfig | None = None, *, pinned: Pinned | None = None, holds: Holds | None = None
) -> Predictor:
    """Return the predictor of a model: a URL, a file, ``module:function``, a function, or a fitted estimator.

    Parameters
    ----------
    pinned
        Connects to what may be called; None calls anything.
    holds
        Whether a file lies where it may be read; None reads any.

    Raises
    ------
    SettingError
        It is none of these, or may not be reached.
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
    if holds and kind not in ("http", "python") and isinstance(model, str | PurePath) and not holds(str(model)):
        raise SettingError(
            "The server may not reach this model.",
            file=model,
            field="predictor",
            next_step="Name another one, or have the operator allow it: allowed_places.",
        )
    made: Predictor = item.load()(model, config or PredictorConfig())
    return replace(made, pinned=pinned) if pinned and isinstance(made, Http) else made


def _kind(model: Any) -> str | None:
    if not isinstance(model, str | PurePath):
        return "sklearn" if hasattr(model, "predict") else "python" if callable(model) else None
    scheme, found, _ = str(model).partition("://")
    if found:
        return SCHEMES.get(scheme.lower())
    suffix = PurePath(str(model)).suffix.lower()
    return SUFFIXES.get(suffix) or ("python" if ":" in str(model) else None)
