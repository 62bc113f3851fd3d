"""The configuration of feature attribution, and the rows of a baseline that it names."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from kedge.analysis.attribution.config import AttributionConfig
from kedge.errors import DocumentError
from kedge.reading import documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.sketches.sample import Row


def read_config(content: bytes, url: str, load: Callable[[str], bytes]) -> AttributionConfig:
    """Read an analysis configuration; where it names a file of baseline rows, ``load`` gives its content.

    Raises
    ------
    DocumentError
        It is not one, or the file holds no rows.
    """
    config = documents.read(AttributionConfig, content, url)
    named = config.shap.baseline
    if not isinstance(named, str):
        return config
    shap = config.shap.model_copy(update={"baseline": _rows(load(named), named, config.feature_headers)})
    return config.model_copy(update={"methods": config.methods.model_copy(update={"shap": shap})})


def _rows(content: bytes, url: str, headers: tuple[str, ...]) -> list[Any]:
    """Return the rows of a file: JSON, JSON Lines or CSV, whose header may be there."""
    text = content.decode("utf-8", "replace").strip()
    found = _json(text, url) if text.startswith(("[", "{")) else _csv(text, headers)
    if not found:
        raise DocumentError("It holds no rows.", file=url, next_step="Give rows of the features, as in the data.")
    return found


def _json(text: str, url: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise DocumentError(
                f"This is neither JSON nor JSON Lines: {error}.", file=url, next_step="Mend it, or give CSV."
            ) from None
    listed = [value for value in found.values() if isinstance(value, list)] if isinstance(found, dict) else [found]
    return listed[0] if len(listed) == 1 and isinstance(listed[0][:1], list) and _of_rows(listed[0]) else [found]


def _of_rows(found: list[Any]) -> bool:
    return all(isinstance(row, list | dict) for row in found)


def _csv(text: str, headers: tuple[str, ...]) -> list[Any]:
    """Return rows as lists of values, or by feature where the first line is a header."""
    rows = [row for row in csv.reader(text.splitlines()) if row]
    head = rows[0] if rows else []
    if headers and set(headers) <= set(head):
        return [_named(head, row) for row in rows[1:]]
    return [[_value(cell) for cell in row] for row in rows]


def _named(head: list[str], row: list[str]) -> Row:
    return {name: _value(cell) for name, cell in zip(head, row, strict=False)}


def _value(cell: str) -> float | str | None:
    """Return what a cell says."""
    try:
        return float(cell)
    except ValueError:
        return cell or None
