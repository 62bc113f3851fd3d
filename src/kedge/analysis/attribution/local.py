"""The attributions of every single row, as the service leaves them (explainability.md, 6.4)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kedge.analysis.attribution.measure import Measured
    from kedge.analysis.attribution.table import Table

FOLDER = "explanations_shap"


def local_files(found: Measured, background: Table) -> Mapping[str, bytes]:
    """Return the files of local values and of the background, by name.

    The columns of ``out.csv`` are ``{feature}_{label}``, all features of a label side by side; its rows are those of
    the profile's sample, in its order.
    """
    heads = [f"{feature}_{label}" for label in found.labels for feature in found.features]
    values = found.explanation.values.transpose(0, 2, 1).reshape(found.rows, -1)
    return {
        f"{FOLDER}/out.csv": _csv(heads, values.tolist()),
        f"{FOLDER}/baseline.csv": _csv(background.names, background.rows()),
    }


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heads, *rows])
    return text.getvalue().encode()
