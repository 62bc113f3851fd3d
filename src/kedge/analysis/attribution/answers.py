"""What a predictor answered: numbers, one row for each row that it was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kedge.analysis.attribution.table import Table

    Predict = Callable[[Table], NDArray[np.float64]]


def answers(predict: Predict, rows: Table) -> NDArray[np.float64]:
    """Return the predictor's answers, ``(n, outputs)`` float64, all of them finite.

    Raises
    ------
    InputError
        They are no numbers, of another shape, or not finite.
    """
    found = np.asarray(predict(rows))
    if found.dtype.kind not in "biuf":
        raise _refused(f"a number for each row, and found {_example(found)}", "Let it answer with scores.")
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2 or len(found) != len(rows) or not found.shape[1]:
        raise _refused(
            f"one answer for each of {len(rows):,} rows, and found the shape {found.shape}",
            "Let it answer every row, and with one list of numbers for each.",
        )
    told = found.astype(np.float64, copy=False)
    if not np.isfinite(told).all():
        row, output = np.argwhere(~np.isfinite(told))[0].tolist()
        asked = dict(zip(rows.names, rows.part(row, row + 1).rows()[0], strict=True))
        raise _refused(
            f"finite numbers, and found {told[row, output]} for {asked}",
            "Let it answer any row with a number, also one whose features are mixed from several rows.",
        )
    return told


def _refused(expected: str, next_step: str) -> InputError:
    return InputError(f"Expected of the predictor {expected}.", field="predictor", next_step=next_step)


def _example(found: NDArray[np.generic]) -> str:
    return repr(found.reshape(-1)[0].item()) if found.size else "nothing"
