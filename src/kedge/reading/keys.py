"""What keys of ``monitors.yaml`` are made of: kinds of values, and how each is described."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from kedge.domain.window import parse_duration
from kedge.errors import KedgeError


def _text(value: object) -> object:
    """Return what YAML took for a number or a truth as the text that it also is."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def several(value: object) -> object:
    """Return a single value as a list of it."""
    return value if isinstance(value, list | tuple) or value is None else [value]


def _words(value: object) -> object:
    return shlex.split(value) if isinstance(value, str) else value


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    brief = _BRIEF.fullmatch(value)
    parts = {unit: int(count) for unit, count in brief.groupdict().items() if count} if brief else {}
    try:
        return timedelta(**parts) if parts else parse_duration(value)
    except KedgeError as error:
        raise ValueError(f"{error.message.rstrip('.')}; write it like 10s, 4h, P8D or -PT6H") from None


def nothing(value: object) -> object:
    """Return a key without a value as one with nothing in it."""
    return {} if value is None else value


# As people write them, beside ISO 8601: 10s, 5m, 1d12h.
_BRIEF: Final = re.compile(
    r"((?P<weeks>\d{1,6})w)?((?P<days>\d{1,6})d)?((?P<hours>\d{1,6})h)?((?P<minutes>\d{1,6})m)?((?P<seconds>\d{1,6})s)?",
    re.ASCII,
)
_SCALAR = {"type": ["string", "number", "boolean"]}
_SEVERAL = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_SCALAR)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(several), WithJsonSchema(_SEVERAL)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_words), WithJsonSchema(_SEVERAL)]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^([-+]?P|[0-9])", "maxLength": 15}),
]


def key(told: str, **rules: Any) -> Any:
    """Return a key that is described so, and has these rules."""
    return Field(description=told, **rules)


def words(known: Sequence[str]) -> Any:
    """Return how one of some words, or a list of them, is described."""
    one = {"enum": list(known)}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one}]})


class Entry(BaseModel):
    """Something in the file, with keys that are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
