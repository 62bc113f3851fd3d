"""A model of scikit-learn in a file that runs no code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.endpoint.host.model.loaded import Loaded, estimator
from kedge.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = ("*.skops",)
NEEDS = {"skops": "skops"}


def load(file: Path, trust: bool) -> Loaded:
    """Load it if all types in it are known, or trusted."""
    from skops.io import get_untrusted_types, load

    unknown = get_untrusted_types(file=file)
    if unknown and not trust:
        raise InputError(
            f"It holds types that are not known to be safe: {', '.join(sorted(unknown))}.",
            file=file.name,
            next_step="Look at them, and give --trust if you trust whoever made it.",
        )
    return estimator(load(file, trusted=unknown), f"skops {file.name}")
