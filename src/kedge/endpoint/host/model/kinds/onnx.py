"""A model in the ONNX format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.endpoint.host.model.encode import listed
from kedge.endpoint.host.model.loaded import Loaded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kedge.endpoint.host.model.table import Table

PATTERNS = ("*.onnx",)
NEEDS = {"onnxruntime": "onnx"}
_TYPES: Final[Mapping[str, Any]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


def load(file: Path, trust: bool) -> Loaded:
    """Load it: one input takes all fields as a matrix, several each its own by name.

    Several outputs are told by their names.
    """
    del trust
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    inputs, outputs = session.get_inputs(), [output.name for output in session.get_outputs()]
    names = [each.name for each in inputs] if len(inputs) > 1 else None

    def rows(table: Table) -> dict[str, Any]:
        if names is None:
            kind = _TYPES[inputs[0].type]
            width = inputs[0].shape[1] if len(inputs[0].shape) == 2 else None
            fitting = table.of(None, width if isinstance(width, int) else None)
            return {inputs[0].name: np.asarray(fitting.array() if kind is np.object_ else fitting.numbers(), kind)}
        fitting = table.of(names)
        return {each.name: _column(fitting, i, _TYPES[each.type]) for i, each in enumerate(inputs)}

    def predict(data: dict[str, Any]) -> Any:
        found = session.run(None, data)
        if len(found) == 1:
            return found[0]
        return [dict(zip(outputs, row, strict=True)) for row in zip(*map(listed, found), strict=True)]

    return Loaded(session, f"ONNX {file.name}", rows, predict, names)


def _column(table: Table, place: int, kind: Any) -> Any:
    alone = type(table)([[row[place]] for row in table.rows], [str(table.names and table.names[place])])
    return np.asarray([[str(row[0])] for row in alone.rows] if kind is np.object_ else alone.numbers(), kind)
