"""What was predicted to a body: CSV, JSON, JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kedge.endpoint.host.model.media import CSV, JSON

if TYPE_CHECKING:
    from collections.abc import Iterator


def encode(prediction: Any, kind: str) -> str:
    """Return a prediction as a body: a line for each row in CSV and JSON Lines, one object in JSON.

    What is no number of JSON is null there, and an empty field in CSV.

    >>> encode([0.25, float("nan")], "text/csv"), encode([0.25, float("nan")], "application/json")
    ('0.25\\n\\n', '{"predictions":[0.25,null]}')
    >>> encode([[0.25, 0.75]], "text/csv"), encode([0.25], "application/jsonlines")
    ('0.25,0.75\\n', '{"prediction":0.25}\\n')
    """
    rows = listed(prediction)
    if kind == CSV:
        return "".join(map(_line, rows))
    if kind == JSON:
        return _dumped({"predictions": rows})
    lines = (row if isinstance(row, dict) else {"prediction": row} for row in rows)
    return "".join(_dumped(line) + "\n" for line in lines)


def listed(prediction: Any) -> list[Any]:
    """Return a prediction row by row, in plain values: of arrays, frames, lists, and what holds them."""
    if hasattr(prediction, "to_dict") and hasattr(prediction, "columns"):  # a frame
        prediction = prediction.to_dict("records") if len(prediction.columns) > 1 else prediction.iloc[:, 0]
    plain = _plain(prediction)
    return plain if isinstance(plain, list) else [plain]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    array = np.asarray(value)
    if array.dtype.kind == "f":
        if array.dtype != np.float64:  # as short as it can be told, 0.1 and not 0.10000000149011612
            array = array.astype("U32").astype(np.float64)
        array = array if np.isfinite(array).all() else np.where(np.isfinite(array), array, None)  # type: ignore[call-overload]
    if array.dtype != object:
        return array.tolist()
    return _plain(array.tolist()) if array.ndim else value  # whatever it is, its text is told


def _line(row: Any) -> str:
    cells = list(_flat(row))
    if len(cells) == 1 and not isinstance(cells[0], str):
        return "\n" if cells[0] is None else f"{cells[0]}\n"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _flat(value: Any) -> Iterator[Any]:
    """Yield all that is in a value, however deep."""
    if isinstance(value, list | dict):
        for held in value.values() if isinstance(value, dict) else value:
            yield from _flat(held)
    else:
        yield value


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str)
