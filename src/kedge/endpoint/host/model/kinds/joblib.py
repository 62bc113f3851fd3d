"""A model of scikit-learn, or one that is used alike, in a pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kedge.endpoint.host.model.loaded import Loaded, estimator

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = ("*.joblib", "*.pkl", "*.pickle")
NEEDS = {"joblib": "forest"}
WARNING: Final = (
    "{} is a pickle: loading it runs the code of whoever made it. Serve it only if you trust them; skops is safer."
)


def load(file: Path, trust: bool) -> Loaded:
    """Load it, whatever it does."""
    del trust
    import joblib

    return estimator(joblib.load(file), f"pickle {file.name}", WARNING.format(file.name))
