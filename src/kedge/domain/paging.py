"""Cursors and tags: where a page of records ended, and what a document says, as they travel over HTTP."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.record import Record
from kedge.domain.window import parse_time
from kedge.errors import KedgeError, SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.record import Query

TIMES: Final = ("created", "modified", "time")
TAG_LENGTH: Final = 32


def tag(document: Mapping[str, Any]) -> str:
    """Return the entity tag of what a document says; what a scheduler moves stands beside it.

    >>> tag({"a": 1, "b": 2}) == tag({"b": 2, "a": 1})
    True
    """
    said = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return f'"{sha256(said).hexdigest()[:TAG_LENGTH]}"'


def cursor(last: Record, query: Query) -> str:
    """Return where a page ended, for who asks the same again.

    >>> from kedge.domain.record import Query
    >>> after(cursor(Record("endpoint", "fraud"), Query("endpoint")), Query("endpoint")).name
    'fraud'
    """
    value = getattr(last, query.order)
    said = value.isoformat() if isinstance(value, datetime) else value
    return urlsafe_b64encode(json.dumps([*_order(query), last.name, said]).encode()).decode().rstrip("=")


def after(cursor: str, query: Query) -> Record:
    """Return the last record of the page before, as far as a query needs it.

    Raises
    ------
    SettingError
        It is the cursor of another list.
    """
    try:
        *order, name, value = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if order != _order(query) or not isinstance(name, str) or not _is_plain(f"{name}{value}"):
            raise ValueError
        place = parse_time(value) if query.order in TIMES and value is not None else value
        if not isinstance(value, str | None):
            raise ValueError
        told: dict[str, Any] = {"name": name, query.order: place}
        return Record(query.kind, **told)
    except (ValueError, TypeError, OverflowError, KedgeError):
        raise SettingError(
            "This cursor is not of a list of this order.",
            field="cursor",
            next_step="Take it from `next` of the page before, and ask the same.",
        ) from None


def _is_plain(text: str) -> bool:
    """Return whether a database keeps such a text."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _order(query: Query) -> list[object]:
    return [query.order, query.descending]
