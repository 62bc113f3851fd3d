"""Dataclasses as JSON documents and back: times and durations as ISO 8601, one within another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from kedge.domain.window import parse_duration, parse_time

Made = TypeVar("Made")
PLAIN = frozenset((str, int, float, bool))


def to_document(resource: object) -> dict[str, Any]:
    """Return a dataclass as JSON would hold it, without the fields that are None or empty.

    >>> from kedge.domain.window import Window
    >>> to_document(Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)))
    {'start': '2026-11-01T00:00:00Z', 'end': '2026-11-02T00:00:00Z'}
    """
    values = {field.name: getattr(resource, field.name) for field in fields(resource)}  # type: ignore[arg-type]
    return _filled({name: _written(value) for name, value in values.items()})


def from_document(cls: type[Made], raw: Mapping[str, Any]) -> Made:
    """Return the dataclass that a document holds; what it has no field for was another version's, and is left.

    >>> from kedge.domain.window import Window
    >>> from_document(Window, {"start": "2026-11-01", "end": "2026-11-02T12:00:00Z"}).end.hour
    12
    """
    hints = _hints(cls)  # type: ignore[arg-type]  # every class is hashable
    return cls(**{name: _read(hint, raw[name]) for name, hint in hints.items() if name in raw})


def default_document(cls: type[Any]) -> dict[str, Any]:
    """Return what a document says where nothing is said.

    >>> from kedge.domain.record import Query
    >>> default_document(Query)
    {'name_contains': '', 'order': 'name', 'descending': False}
    """
    values = {field.name: field.default for field in fields(cls) if field.default is not MISSING}
    return _filled({name: _written(value) for name, value in values.items()})


def format_duration(duration: timedelta) -> str:
    """Write a duration as ISO 8601.

    >>> [format_duration(timedelta(**d)) for d in ({"days": -8}, {"minutes": 90}, {"seconds": 0})]
    ['-P8D', 'PT1H30M', 'PT0S']
    """
    sign, seconds = ("-" if duration < timedelta() else ""), abs(duration).total_seconds()
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    clock = "".join(f"{n:g}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text or 'T0S'}"


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _filled(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def _written(value: Any) -> Any:
    if value is None or type(value) in PLAIN:  # most are, and of what else they might be it takes long to ask
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return format_duration(value)
    if is_dataclass(value):
        return to_document(value)
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) is UnionType:  # of something and None
        return _read(next(part for part in get_args(hint) if part is not NoneType), value)
    if get_origin(hint) is tuple:  # pairs may stand as a mapping
        items = value.items() if isinstance(value, Mapping) else value
        return tuple(_read(get_args(hint)[0], item) for item in items)
    if is_dataclass(hint):
        return from_document(hint, value)  # type: ignore[arg-type]
    read = {datetime: parse_time, timedelta: parse_duration}.get(hint)
    return read(value) if read and isinstance(value, str) else value
