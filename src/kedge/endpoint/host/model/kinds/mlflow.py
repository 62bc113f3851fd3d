"""A model that MLflow saved, of any flavour that Python can load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.endpoint.host.model.loaded import Loaded

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = ("MLmodel",)
NEEDS = {"mlflow": "mlflow", "pandas": "mlflow"}
_WARNING = "A model of MLflow may hold pickles: loading it runs the code of whoever made it."


def load(file: Path, trust: bool) -> Loaded:
    """Load it; the names of its signature, where it has one, are those of the fields."""
    del trust
    import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(str(file.parent))
    schema = model.metadata.get_input_schema()
    names = schema.input_names() if schema is not None and schema.has_input_names() else None
    return Loaded(model, "MLflow model", lambda table: table.of(names).frame(), model.predict, names, _WARNING)
