"""Kinds of models, each told by the files that it is made of. One file a kind.

Each module has the ``PATTERNS`` of its files, the packages that it ``NEEDS`` with the extra that brings each, and
``load(file, trust)``, which returns a :class:`~kedge.endpoint.host.model.loaded.Loaded`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from kedge.errors import InputError, MissingDependency

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from kedge.endpoint.host.model.loaded import Loaded

_KINDS: Final = ("mlflow", "xgboost", "skops", "joblib", "onnx")  # the one that says most about itself first


def load(folder: Path, trust: bool) -> Loaded:
    """Load the one model in a folder, found by the names of its files.

    Raises
    ------
    InputError
        There is none, or more than one, or it cannot be read.
    MissingDependency
        The library of its kind is not installed.
    """
    for name in _KINDS:
        kind = import_module(f"{__name__}.{name}")
        found = sorted({path for pattern in kind.PATTERNS for path in folder.glob(pattern)})
        if len(found) > 1:
            told = f"There is more than one model: {', '.join(path.name for path in found)}."
            raise InputError(told, next_step="Leave one, or say in model_fn of an inference.py which.")
        if found:
            return _loaded(kind, name, found[0], trust)
    held = ", ".join(sorted(path.name for path in folder.iterdir())[:5]) or "nothing"
    raise InputError(
        f"There is no model in it that is known by its name. It holds {held}.",
        next_step="Known are inference.py, MLmodel, xgboost-model, *.skops, *.joblib, *.pkl and *.onnx.",
    )


def _loaded(kind: ModuleType, name: str, file: Path, trust: bool) -> Loaded:
    for package, extra in kind.NEEDS.items():
        if find_spec(package) is None:
            raise MissingDependency(package, f"The model {file.name}", extra)
    try:
        found: Loaded = kind.load(file, trust)
    except (InputError, MissingDependency):
        raise
    except Exception as error:
        said = (str(error).strip().splitlines() or [""])[0]
        raise InputError(
            f"The model cannot be loaded by {name}: {type(error).__name__}: {said.rstrip('.')}.",
            file=file.name,
            next_step="Check that it is one, and that the libraries are those that it was made with.",
        ) from error
    return found
