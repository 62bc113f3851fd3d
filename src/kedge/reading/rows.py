"""From Python rows to a batch: the slow way, and the reference for ``columns.py``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from kedge.analysis.batch import Column, Kind, Texts, Vectors
from kedge.analysis.hashing import hash_keys
from kedge.reading.columns import FRACTIONAL, INTEGRAL, KEY, keyed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kedge.analysis.batch import Batch

_INTEGRAL = re.compile(INTEGRAL, re.ASCII)
_FRACTIONAL = re.compile(FRACTIONAL, re.ASCII)


def batch(
    rows: Sequence[dict[str, Any]], texts: Collection[str], seed: str, start: int, vector: str | None = None
) -> Batch:
    """Return rows as a batch; a name that a row does not have is missing there."""
    names = dict.fromkeys(name for row in rows for name in row if name != vector)
    columns: dict[str, Column | Vectors] = {
        name: _column([row.get(name) for row in rows], name in texts or name == KEY) for name in names
    }
    if vector:
        columns[vector] = Vectors.of([listed(row.get(vector)) for row in rows])
    return keyed(columns, hash_keys(f"{seed}/odd", start, len(rows)))


def listed(value: Any) -> list[float] | None:
    """Return a list of numbers, or text that is one, with NaN for what is no number; None of anything else.

    >>> listed("[0.5, 2]"), listed([1, None]), listed("blue")
    ([0.5, 2.0], [1.0, nan], None)
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, list):
        return None
    return [float(item) if isinstance(item, int | float) else np.nan for item in value]


def classify(value: Any) -> tuple[Kind, float, str]:
    """Return the kind, the number (NaN where it is none) and the text of one value.

    >>> classify("2.50")
    (<Kind.FRACTIONAL: 1>, 2.5, '2.50')
    >>> classify(True)
    (<Kind.BOOLEAN: 3>, nan, 'true')
    """
    text = {True: "true", False: "false", None: ""}[value] if value is None or isinstance(value, bool) else str(value)
    if text == "" or value != value:
        return Kind.MISSING, np.nan, ""
    if isinstance(value, float) or _FRACTIONAL.fullmatch(text):
        return Kind.FRACTIONAL, _number(text), text
    if _INTEGRAL.fullmatch(text):
        return Kind.INTEGRAL, _number(text), text
    return (Kind.BOOLEAN if text in ("true", "false") else Kind.STRING), np.nan, text


def _number(text: str) -> float:
    return float(text.replace(" ", ""))


def _column(values: list[Any], as_text: bool) -> Column:
    found = [classify(value) for value in values]
    kinds = np.array([kind for kind, _, _ in found], np.uint8)
    rows = np.flatnonzero(kinds >= (Kind.FRACTIONAL if as_text else Kind.BOOLEAN))
    texts = Texts.of([found[row][2] for row in rows])
    return Column(kinds, np.array([number for _, number, _ in found], np.float64), texts, rows)
