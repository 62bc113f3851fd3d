"""What bodies look like: pydantic models of the catalog's own dataclasses, so that no field is told twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from kedge.domain.documents import from_document
from kedge.domain.window import parse_duration, parse_time
from kedge.errors import KedgeError

Made = TypeVar("Made")
DURATIONS = r"^[-+]?P(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"  # near enough for a description
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Body(BaseModel):
    """What every body keeps to: no field that is not known, and nothing that has to be guessed."""

    model_config = STRICT


def plain(text: str) -> str:
    """Refuse a text that no database keeps.

    >>> plain("fraud")
    'fraud'
    """
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("it holds a sign that is no text")
    return text


def _time(text: str) -> str:
    return _read(parse_time, text)


def _duration(text: str) -> str:
    return _read(parse_duration, text)


def _read(parse: Any, text: str) -> str:
    try:
        parse(text)
    except KedgeError as error:
        raise ValueError(error.message) from None
    except OverflowError:
        raise ValueError("that is beyond the years 1 to 9999") from None
    return text


Text = Annotated[str, AfterValidator(plain), WithJsonSchema({"type": "string", "pattern": r"^[^\u0000]*$"})]
Time = Annotated[str, AfterValidator(_time), WithJsonSchema({"type": "string", "format": "date-time"})]
Duration = Annotated[
    str, AfterValidator(_duration), WithJsonSchema({"type": "string", "pattern": DURATIONS, "examples": ["-PT1H30M"]})
]
SINGLE: dict[Any, Any] = {str: Text, datetime: Time, timedelta: Duration, object: Any}


def model(cls: Any, name: str | None = None, optional: tuple[str, ...] = ()) -> type[BaseModel]:
    """Return the model of a dataclass; ``optional`` fields may be left out, as what is around says them.

    >>> from kedge.domain.window import Window
    >>> model(Window).model_json_schema()["required"]
    ['start', 'end']
    """
    return _model(cls, name or cls.__name__, optional)


@cache
def _model(cls: Any, name: str, optional: tuple[str, ...]) -> type[BaseModel]:
    hints = get_type_hints(cls)
    told: dict[str, Any] = {}
    for field in fields(cls):
        needed = field.default is MISSING and field.default_factory is MISSING
        hint = _translated(hints[field.name])
        told[field.name] = (hint, ...) if needed and field.name not in optional else (hint | None, _nothing(field))
    made: type[BaseModel] = create_model(name, __config__=STRICT, __doc__=_first(cls), **told)
    return made


def made(cls: type[Made], body: BaseModel, **told: Any) -> Made:
    """Return the dataclass that a body holds; ``told`` is what is said beside it."""
    said = body.model_dump(exclude_unset=True)
    return from_document(cls, {**{name: value for name, value in said.items() if value is not None}, **told})


def _nothing(field: Any) -> Any:
    """Return what a field is where nothing is said: its own default, as far as JSON can say it."""
    return Field(default=field.default if isinstance(field.default, str | int | float) else None)


def _translated(hint: Any) -> Any:
    """Return the type of a body for that of a field."""
    if get_origin(hint) is UnionType:
        return _translated(next(part for part in get_args(hint) if part is not NoneType)) | None
    if get_origin(hint) is tuple and get_origin(get_args(hint)[0]) is tuple:  # pairs are told as a mapping
        return dict[Text, _translated(get_args(get_args(hint)[0])[1])]  # type: ignore[misc]  # made while it runs
    if get_origin(hint) is tuple:
        return list[_translated(get_args(hint)[0])]  # type: ignore[misc]  # made while it runs
    if get_origin(hint) in (dict, Mapping):
        return dict[Text, _translated(get_args(hint)[1])]  # type: ignore[misc]  # made while it runs
    return model(hint) if is_dataclass(hint) else SINGLE.get(hint, hint)


def _first(cls: type[Any]) -> str:
    """Return the first paragraph of what a class says of itself."""
    return (cls.__doc__ or "").partition("\n\n")[0]
