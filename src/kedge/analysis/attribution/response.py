"""The body of a response as numbers: CSV, JSON Lines or JSON (explainability.md, 6.2)."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.analysis.attribution.request import CSV, JSON
from kedge.errors import InputError, MissingDependency, SettingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Where a response keeps its rows, and a row its scores, where nobody says.
_ROWS: Final = ("predictions", "outputs", "scores", "results")
_SCORES: Final = ("probabilities", "probability", "scores", "score", "predicted_score", "prediction", "outputs")
_KEY: Final = re.compile(r"[A-Za-z_][\w.]*")


def scores(body: str, kind: str, place: str | int | None = None) -> NDArray[np.float64]:
    """Return the scores of every row, ``(n, outputs)``.

    Parameters
    ----------
    body
        The response.
    kind
        Its type, as in :class:`~kedge.analysis.attribution.request.Request`.
    place
        Where the scores are: the place of a column in CSV or in a list, or a JMESPath, of each line or of the whole
        JSON; None takes what looks like it: every column, or the only list, or a key such as ``score``.

    Raises
    ------
    InputError
        There is something else.

    Examples
    --------
    >>> scores("0.25,0.75\\n0.5,0.5\\n", "text/csv").tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    >>> scores('{"predictions": [{"score": 0.25}, {"score": 1}]}', "application/json").tolist()
    [[0.25], [1.0]]
    """
    told = [_numbers(value) for value in _values(body, kind, place)]
    if len({len(row) for row in told}) > 1:
        raise _refused(f"as many scores in every row, and found {len(told[0])} and others", "Let it answer alike.")
    return np.array(told, np.float64).reshape(len(told), len(told[0]) if told else 0)


def _values(body: str, kind: str, place: str | int | None) -> list[Any]:
    if kind == CSV:
        rows = [row for row in csv.reader(body.splitlines()) if row]
        return [_column(row, place) for row in rows]
    if kind == JSON:
        found = _at(_parsed(body), place) if isinstance(place, str) else _rows(_parsed(body))
        listed = found if isinstance(found, list) else [found]
        return [_score(value, place if isinstance(place, int) else None) for value in listed]
    lines = [_parsed(line) for line in body.splitlines() if line.strip()]
    return [_at(line, place) if isinstance(place, str) else _score(line, place) for line in lines]


def _column(row: list[str], place: str | int | None) -> Any:
    """Return one column of a CSV line, which may hold a list, or all."""
    if place is None:
        return row if len(row) > 1 or not row[0].startswith("[") else _parsed(row[0])
    if not str(place).isdecimal() or int(place) >= len(row):
        raise _refused(f"column {place!r}, and found {len(row)} columns", "Give its place, from 0.", "probability")
    cell = row[int(place)].strip()
    return _parsed(cell) if cell.startswith("[") else cell


def _rows(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    lists = {key: value for key, value in found.items() if isinstance(value, list)}
    for key in (*_ROWS, *(lists if len(lists) == 1 else ())):
        if key in lists:
            return lists[key]
    return found


def _score(value: Any, place: int | None) -> Any:
    if isinstance(value, dict):
        key = next((key for key in _SCORES if key in value), next(iter(value)) if len(value) == 1 else None)
        if key is None:
            raise _refused(f"scores, and found the keys {', '.join(value)}", "Say which of them.", "probability")
        value = value[key]
    if place is None or not isinstance(value, list):
        return value
    if place >= len(value):
        raise _refused(f"score {place}, and found {len(value)} scores", "Give its place, from 0.", "probability")
    return value[place]


def _at(found: Any, path: str) -> Any:
    """Return what a JMESPath leads to; keys joined by dots need no package."""
    if _KEY.fullmatch(path):
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    else:
        found = _searched(found, path)
    if found is None:
        raise _refused(f"something at {path}, and found nothing", "Check the path.", "probability")
    return found


def _searched(found: Any, path: str) -> Any:
    try:
        import jmespath
    except ImportError:
        raise MissingDependency("jmespath", "A JMESPath setting", "jmespath") from None
    try:
        return jmespath.search(path, found)
    except jmespath.exceptions.JMESPathError as error:
        raise SettingError(
            f"This is no JMESPath: {str(error).splitlines()[0]}.",
            field="predictor.probability",
            next_step="Write one like predictions[].score; jmespath.org describes them.",
        ) from None


def _numbers(value: Any) -> list[float]:
    return [_number(score) for score in (value if isinstance(value, list) else [value])]


def _number(score: Any) -> float:
    try:
        return float(score)
    except (TypeError, ValueError):
        told = f"numbers, and found {str(score)[:80]!r}"
        raise _refused(told, "Let it answer with scores, or say where they are.") from None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise _refused(f"JSON, and found {text[:80]!r}", "Say what it answers with.", "accept_type") from None


def _refused(expected: str, next_step: str, key: str | None = None) -> InputError:
    field = f"predictor.{key}" if key else "predictor"
    return InputError(f"Expected of the predictor {expected}.", field=field, next_step=next_step)
