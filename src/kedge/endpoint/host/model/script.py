"""The handlers of a user: ``inference.py`` at the root of a model, or under ``code/``."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

NAMES: Final = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")
_PARTS: Final = ("input_fn", "predict_fn", "output_fn")


def handlers(folder: Path) -> Mapping[str, Callable[..., Any]]:
    """Return the handlers that a model brings by their names, empty where it brings no script.

    Raises
    ------
    InputError
        The script defines none, or ``transform_fn`` beside what it stands for.
    """
    home = next((place for place in (folder, folder / "code") if (place / "inference.py").is_file()), None)
    if home is None:
        return {}
    sys.path[:0] = [str(home)]  # it may bring modules of its own
    module = import_module("inference")
    found = {name: getattr(module, name) for name in NAMES if callable(getattr(module, name, None))}
    file = str((home / "inference.py").relative_to(folder))
    if not found:
        raise InputError("The script defines no handler.", file=file, next_step=f"Define some of {', '.join(NAMES)}.")
    if "transform_fn" in found and (both := [name for name in _PARTS if name in found]):
        told = f"The script defines transform_fn, and {both[0]}, which it stands for."
        raise InputError(told, file=file, next_step="Leave one of them out.")
    return found
