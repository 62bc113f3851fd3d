"""A model that MLflow saved, of any flavour that Python can load."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kedge.endpoint.host.model.loaded import Loaded
from kedge.endpoint.host.model.refused import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from kedge.endpoint.host.model.table import Table

PATTERNS = ("MLmodel",)
NEEDS = {"mlflow": "mlflow", "pandas": "mlflow"}
_WARNING = "A model of MLflow may hold pickles: loading it runs the code of whoever made it."


def load(file: Path, trust: bool) -> Loaded:
    """Load it; the columns of its signature, where it has one, are those of the rows."""
    del trust
    import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(str(file.parent))
    schema = model.metadata.get_input_schema()
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return Loaded(model, "MLflow model", lambda table: table.frame(), model.predict, warning=_WARNING)
    names, types = schema.input_names(), schema.numpy_types()
    return Loaded(model, "MLflow model", lambda table: _frame(table.of(names), types), model.predict, names, _WARNING)


def _frame(table: Table, types: list[Any]) -> Any:
    """Return a frame of exactly the types that the signature demands: it takes no 1.0 for a 1, nor a 1 for a text."""
    import pandas

    columns = {}
    for place, (name, kind) in enumerate(zip(table.names or (), map(np.dtype, types), strict=True)):
        alone = replace(table, rows=[[row[place]] for row in table.rows], names=[name])
        columns[name] = _texts(alone) if kind.kind in "OUS" else _numbers(alone, name, kind)
    return pandas.DataFrame(columns)


def _texts(column: Table) -> list[str | None]:
    return [None if cell is None else str(cell) for (cell,) in column.rows]


def _numbers(column: Table, name: str, kind: np.dtype[Any]) -> Any:
    found = column.numbers()[:, 0]
    if kind.kind in "iu" and not (np.isfinite(found) & (found == np.floor(found))).all():
        raise Refused(400, f"{name}: The model takes whole numbers.")
    return found.astype(kind)
