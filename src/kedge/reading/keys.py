"""What keys of ``monitors.yaml`` are made of: kinds of values, and how each is described."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from kedge.domain.window import parse_duration
from kedge.errors import KedgeError


def _text(value: object) -> object:
    """Return what YAML took for a number or a truth as the text that it also is."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _several(value: object) -> object:
    return value if isinstance(value, list | tuple) or value is None else [value]


def _words(value: object) -> object:
    return shlex.split(value) if isinstance(value, str) else value


def _duration(value: object) -> object:
    try:
        return parse_duration(value) if isinstance(value, str) else value
    except KedgeError as error:
        raise ValueError(f"{error.message.rstrip('.')}; {error.next_step}".rstrip(".")) from None


def nothing(value: object) -> object:
    """Return a key without a value as one with nothing in it."""
    return {} if value is None else value


_SCALAR = {"type": ["string", "number", "boolean"]}
_SEVERAL = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_SCALAR)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_several), WithJsonSchema(_SEVERAL)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_words), WithJsonSchema(_SEVERAL)]
Duration = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": "^[-+]?P", "maxLength": 15})
]


def key(told: str, **rules: Any) -> Any:
    """Return a key that is described so, and has these rules."""
    return Field(description=told, **rules)


class Entry(BaseModel):
    """Something in the file, with keys that are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
