"""A model in the ONNX format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kedge.analysis.attribution.config import PredictorConfig
    from kedge.analysis.attribution.table import Table
    from kedge.ports import Predictor

NEEDS = {"onnxruntime": "onnx"}
_TYPES: Final[Mapping[str, type]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


def onnx(model: object, config: PredictorConfig) -> Predictor:
    """Return the predictor of a file in the ONNX format.

    A model with one input is given all features as one matrix, one with several each by its name. Its answers are its
    last output: of classifiers the probabilities; of two classes that of the second, unless both have a name.

    Raises
    ------
    InputError
        The file is no such model; and later, it does not take the features.
    """
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    except Exception as error:
        raise _refused(error, str(model)) from None
    single = len(config.label_headers or [""]) == 1

    def answer(rows: Table) -> NDArray[np.float64]:
        try:
            found = _array(session.run(None, _fed(session.get_inputs(), rows))[-1])
        except Exception as error:
            raise _refused(error, str(model)) from None
        return found[:, 1] if found.ndim == 2 and found.shape[1] == 2 and single else found

    return answer


def _fed(inputs: list[Any], rows: Table) -> dict[str, NDArray[Any]]:
    if len(inputs) == 1:
        return {inputs[0].name: np.ascontiguousarray(rows.matrix(), _TYPES[inputs[0].type])}
    places = {name: place for place, name in enumerate(rows.names)}
    return {each.name: np.array(rows.column(places[each.name]), _TYPES[each.type]).reshape(-1, 1) for each in inputs}


def _array(found: Any) -> NDArray[np.float64]:
    """Return an output; a list of maps from class to probability is one, too."""
    rows = [list(row.values()) for row in found] if isinstance(found, list) else found
    return np.asarray(rows, np.float64)


def _refused(error: Exception, file: str) -> InputError:
    said = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
    return InputError(
        f"The model does not answer: {said.rstrip('.')}.",
        file=file,
        field="predictor",
        next_step="Check that it is the model of these features.",
    )
