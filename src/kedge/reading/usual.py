"""Payloads that look like the sampled ones: one regular expression tells the kinds of all their fields at once.

To ask of every field by itself what it is costs more than to take the payload apart. Most payloads of an endpoint
look alike, so one test of the whole settles them; a payload that fails it is asked field by field. The verdict is
the same either way.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kedge.analysis.batch import Kind
from kedge.reading.reader import quoted
from kedge.reading.rows import classify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHARE = 0.95  # of the sampled values that have to be of one kind
ROWS = 300  # of the sample that are looked at

# What follows are parts of the regular expressions in ``columns.py``. JSON is stricter: no leading zeros; and no
# number that a reader would write in another form, since long integers become fractions.
CSV_NUMBERS = {Kind.INTEGRAL: r"-?\d+", Kind.FRACTIONAL: r"-?\d+(?:\.\d+(?:[Ee][-+]?\d+)?|[Ee][-+]?\d+)"}
JSON_WHOLE = r"-?(?:0|[1-9]\d{0,14})"
JSON_NUMBERS = {
    Kind.INTEGRAL: JSON_WHOLE,
    Kind.FRACTIONAL: rf"{JSON_WHOLE}(?:\.\d+(?:[Ee][-+]?\d\d?)?|[Ee]-\d\d?)",
}
JSON_TEXT = r'"[^"\\{\[\x00-\x1f]*"'


@dataclass(frozen=True, slots=True)
class Usual:
    """A regular expression, None where nothing is usual, and the kinds of the numbers in what it matches.

    ``kinds`` has the place of a CSV field, from 1, or the key of a JSON value.
    """

    pattern: str | None = None
    kinds: Mapping[int | str, Kind] = field(default_factory=dict)

    def test(self, text: str) -> str:
        """Return SQL that says whether a text is usual."""
        return f"regexp_full_match({text}, {quoted(self.pattern)})" if self.pattern is not None else "false"


def usual_csv(rows: Iterable[str], delimiter: str, width: int) -> Usual:
    """Return what is usual for rows of ``width`` fields."""
    fitting = [fields for row in rows if len(fields := row.split(delimiter)) == width][:ROWS]
    kinds = tuple(_kind(values) for values in zip(*fitting, strict=True))
    if not kinds or len(delimiter) != 1:
        return Usual()
    text = rf'[^"\r\n{re.escape(delimiter)}]+'
    pattern = re.escape(delimiter).join(CSV_NUMBERS[kind] if kind else text for kind in kinds)
    return Usual(pattern, {place: kind for place, kind in enumerate(kinds, 1) if kind})


def usual_json(objects: Sequence[dict[str, Any]]) -> Usual:
    """Return what is usual for flat objects whose keys stand in one order."""
    keys = Counter(tuple(found) for found in objects).most_common(1)[0][0] if objects else ()
    fitting = [found for found in objects if tuple(found) == keys][:ROWS]
    parts = {key: _json_part([found[key] for found in fitting]) for key in keys}
    if not keys or any(pattern is None for pattern, _ in parts.values()):
        return Usual()
    members = r"\s?,\s?".join(rf"{re.escape(json.dumps(key))}\s?:\s?{pattern}" for key, (pattern, _) in parts.items())
    return Usual(rf"\{{{members}\}}", {key: kind for key, (_, kind) in parts.items() if kind})


def _json_part(values: Sequence[Any]) -> tuple[str | None, Kind | None]:
    types = {type(value) for value in values}
    if types <= {int, float} and (kind := _kind(values)):
        return JSON_NUMBERS[kind], kind
    return {str: JSON_TEXT, bool: "(?:true|false)"}.get(types.pop()) if len(types) == 1 else None, None


def _kind(values: Sequence[Any]) -> Kind | None:
    """Return the kind of number that nearly all values are of."""
    kind, count = Counter(classify(value)[0] for value in values).most_common(1)[0]
    return kind if kind in CSV_NUMBERS and count >= SHARE * len(values) else None
