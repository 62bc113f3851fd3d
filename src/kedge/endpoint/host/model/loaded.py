"""A model that was loaded, and how it is asked where nobody says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kedge.endpoint.host.model.table import Table


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model: what it is, how rows are handed to it, how it answers, and what one should know of it."""

    model: Any
    kind: str
    rows: Callable[[Table], Any]
    predict: Callable[[Any], Any]
    names: Sequence[str] | None = None
    warning: str = ""


def estimator(model: Any, kind: str, warning: str = "") -> Loaded:
    """Return a model that predicts as those of scikit-learn do; what it was fitted with is asked of it."""
    names = _known(model, "feature_names_in_")
    width = _known(model, "n_features_in_")
    return Loaded(
        model=model,
        kind=kind,
        rows=lambda table: table.of(names, width if isinstance(width, int) else None).frame(),
        predict=lambda data: model.predict(data),
        names=names,
        warning=warning,
    )


def _known(model: Any, name: str) -> Any:
    try:
        found = getattr(model, name, None)
    except Exception:  # a property that needs what was never fitted
        return None
    return list(map(str, found)) if name == "feature_names_in_" and found is not None else found
