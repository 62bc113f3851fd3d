"""Python's values as JSON: those of other libraries are asked for theirs, so that none is imported."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import Any

from kedge.capture.content import TooLong

LEAST_BYTES = 2  # of a value in an array: a digit and a comma
LISTS = ("tolist", "to_dicts", "to_list")  # arrays and pandas' series, Polars' frames, Polars' series
DUMPS = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def as_json(value: Any, most: int) -> bytes:
    """Return a value as JSON; numbers that JSON has no word for become null.

    Raises
    ------
    TypeError, ValueError
        It cannot be written.
    TooLong
        An array or a frame in it would be longer than ``most`` bytes: that is seen before it is written.

    >>> as_json({"scores": (0.5, float("nan"))}, 100)
    b'{"scores":[0.5,null]}'
    """
    default = partial(_plain, most=most)
    try:
        return DUMPS(value, default=default, allow_nan=False).encode()
    except ValueError:
        return DUMPS(json.loads(DUMPS(value, default=default), parse_constant=lambda _: None)).encode()


def _plain(value: Any, most: int) -> Any:
    """Return a value that JSON knows in place of one that it does not know."""
    size = getattr(value, "size", None)
    if isinstance(size, int) and size * LEAST_BYTES > most:
        raise TooLong
    for name in LISTS:
        if hasattr(value, name):
            return getattr(value, name)()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    return _told(value)


def _told(value: Any) -> Any:
    if hasattr(value, "iloc"):  # a frame of pandas
        return value.to_dict(orient="records")
    for name in ("model_dump", "to_dict", "isoformat"):  # pydantic's models, what calls itself so, times
        if hasattr(value, name):
            return getattr(value, name)()
    raise TypeError(f"{type(value).__name__} is nothing that JSON knows.")
