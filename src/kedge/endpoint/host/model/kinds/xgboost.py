"""A booster of XGBoost, as the service's own algorithm leaves it: in JSON, UBJSON, or the old binary format."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.endpoint.host.model.kinds.joblib import WARNING
from kedge.endpoint.host.model.loaded import Loaded
from kedge.errors import InputError

if TYPE_CHECKING:
    from kedge.endpoint.host.model.table import Table

PATTERNS = ("xgboost-model*",)
NEEDS = {"xgboost": "xgboost"}


def load(file: Path, trust: bool) -> Loaded:
    """Load it by what its bytes are; its name says nothing."""
    del trust
    import xgboost as library

    booster, warning = _booster(library, file)
    names = booster.feature_names
    width = booster.num_features()

    def rows(table: Table) -> Any:
        return library.DMatrix(table.of(names, width).numbers(), feature_names=names)

    return Loaded(booster, f"booster {file.name}", rows, booster.predict, names, warning)


def _booster(library: Any, file: Path) -> tuple[Any, str]:
    head = file.read_bytes()[:2]
    if head.startswith(b"\x80"):  # old versions of the algorithm pickled it
        import pickle

        return pickle.loads(file.read_bytes()), WARNING.format(file.name)
    if not head.startswith(b"{"):
        return _old(library, file), ""
    suffix = ".json" if head[1:].strip() in (b"", b'"') else ".ubj"
    with tempfile.TemporaryDirectory(prefix="kedge-model-") as folder:
        known = Path(folder, f"model{suffix}")  # the library goes by the name
        known.symlink_to(file.absolute())
        return library.Booster(model_file=str(known)), ""


def _old(library: Any, file: Path) -> Any:
    try:
        return library.Booster(model_file=str(file))
    except library.core.XGBoostError:
        raise InputError(
            f"It is in the old binary format or none of XGBoost's, and {library.__version__} does not read it.",
            file=file.name,
            next_step="Load it with the version that made it, and save it as JSON.",
        ) from None
