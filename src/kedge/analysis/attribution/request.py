"""Rows as the body of a request: CSV, JSON Lines or JSON (explainability.md, 6.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.attribution.config import PredictorConfig
    from kedge.analysis.attribution.table import Table, Value

CSV: Final = "text/csv"
LINES: Final = "application/jsonlines"
JSON: Final = "application/json"
MOST_BYTES: Final = 4 << 20  # of one body; the service takes 6 MiB

_FEATURES, _NAMED, _RECORDS = "$features", "$features_kvp", "$records"
_RECORD: Final = '{"features":$features}'
_CONTENT: Final = '{"instances":$records}'


@dataclass(frozen=True, slots=True)
class Request:
    """How rows are written.

    Parameters
    ----------
    content_type
        ``text/csv``, without a header; ``application/jsonlines``, or ``application/json``.
    record
        What one row becomes: ``$features`` is the list of its values, ``$features_kvp`` an object by feature. It is the
        ``content_template`` of JSON Lines, and the ``record_template`` of JSON.
    content
        Of JSON: the whole, with ``$records`` for all rows.

    Raises
    ------
    SettingError
        A template lacks its placeholder, or makes no JSON.
    """

    content_type: str = CSV
    record: str = _RECORD
    content: str = _CONTENT

    def __post_init__(self) -> None:
        if _FEATURES not in self.record:
            key = "record_template" if self.content_type == JSON else "content_template"
            raise _refused(key, f"the placeholder {_FEATURES} or {_NAMED}", self.record)
        if _RECORDS not in self.content:
            raise _refused("content_template", f"the placeholder {_RECORDS}", self.content)
        self._refuse_no_json()

    @classmethod
    def of(cls, config: PredictorConfig) -> Self:
        """Return how a predictor's configuration wants them: as CSV, unless it has templates or says otherwise."""
        kind = config.content_type
        if kind is None:
            kind = JSON if config.record_template else LINES if config.content_template else CSV
        if kind == JSON:
            return cls(JSON, config.record_template or _RECORD, config.content_template or _CONTENT)
        return cls(kind, config.content_template or _RECORD)

    def bodies(self, rows: Table, most_bytes: int = MOST_BYTES) -> Iterator[tuple[int, bytes]]:
        """Yield bodies no longer than ``most_bytes``, but for a single row that is, and how many rows each holds."""
        names, size, some = rows.names, 0, list[str]()
        for row in rows.rows():
            record = _line(row) if self.content_type == CSV else _filled(self.record, names, row)
            if some and size + len(record) > most_bytes:
                yield len(some), self._body(some)
                size, some = 0, []
            some.append(record)
            size += len(record.encode()) + 1
        if some:
            yield len(some), self._body(some)

    def _body(self, records: list[str]) -> bytes:
        if self.content_type == JSON:
            return self.content.replace(_RECORDS, f"[{','.join(records)}]").encode()
        return "".join(f"{record}\n" for record in records).encode()

    def _refuse_no_json(self) -> None:
        if self.content_type == CSV:
            return
        record = _filled(self.record, ("f",), [1])
        try:
            json.loads(record if self.content_type == LINES else self.content.replace(_RECORDS, f"[{record}]"))
        except ValueError as error:
            raise _refused("content_template", f"JSON ({error})", record) from None


def _filled(template: str, names: tuple[str, ...], row: list[Value]) -> str:
    named = template.replace(_NAMED, json.dumps(dict(zip(names, row, strict=True)))) if _NAMED in template else template
    return named.replace(_FEATURES, json.dumps(row)) if _NAMED not in template else named


def _line(row: list[Value]) -> str:
    return ",".join(map(_cell, row))


def _cell(value: Value) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def _refused(key: str, expected: str, found: str) -> SettingError:
    return SettingError(
        f"Expected {expected}, and found {found!r}.",
        field=f"predictor.{key}",
        next_step='Write it like {"features":$features}.',
    )
