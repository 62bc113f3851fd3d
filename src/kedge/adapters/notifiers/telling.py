"""What is told of a call: why it failed, or what it answered, in a sentence without secrets."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

from kedge.domain.secret import MASK, masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.domain.task import Ended, Limits

SHOWN_LINES: Final = 3
SHOWN: Final = 300
LEAST_SECRET: Final = 8  # letters; a shorter value is found in any text


def failure(ended: Ended, limits: Limits, told: Mapping[str, str], *, returns: bool) -> str:
    """Return why a call failed, or nothing.

    Parameters
    ----------
    told
        What a function said at its end; empty where it came to none.
    returns
        Whether it is a function, which has to return; a program has to end with exit code 0.
    """
    if ended.how == "time":
        return (
            f"It took longer than the {limits.seconds:g} s that it may; allow more by timeout_seconds. {_last(ended)}"
        )
    if ended.how == "memory":
        took, may = (f"{size / 1e6:,.0f} MB" for size in (ended.peak_bytes, limits.memory_bytes))
        return f"It took {took} of memory, more than the {may} that it may; allow more by memory_limit. {_last(ended)}"
    if "raised" in told:
        line = f" in line {told['line']}" if told.get("line") else ""
        said = told.get("said") or "it says no more"
        return _cut(f"It raised {told['raised']}{line}: {said}")
    if (returns and "returned" not in told) or (not returns and ended.code):
        return f"Its process ended {_how(ended.code)}{' before it returned' if returns else ''}. {_last(ended)}"
    return ""


def answer(told: Mapping[str, str]) -> str:
    """Return what a function answered; nothing is no answer."""
    returned = told.get("returned", "null")
    return "" if returned == "null" else _cut(f"It returned {returned}")


def hidden(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text without the values of credentials, and without what else looks like a secret.

    >>> hidden("POST https://ann:s3cret@host with 0123456789", {"TOKEN": "0123456789"})
    'POST https://ann:***@host with ***'
    """
    written = {form for value in secrets.values() for form in _written(value)}
    for form in sorted(written, key=len, reverse=True):
        text = text.replace(form, MASK) if len(form) >= LEAST_SECRET else text
    return masked(text)


def _written(value: str) -> Iterator[str]:
    """Yield a value as programs print it: whole, or line by line, as it is, in quotes, or within a URL."""
    for part in (value, *value.splitlines()):
        yield from (part, repr(part)[1:-1], quote(part), quote_plus(part))
        yield from (json.dumps(part, ensure_ascii=ascii)[1:-1] for ascii in (True, False))


def _how(code: int) -> str:
    known = next((one.name for one in signal.Signals if one == -code), f"signal {-code}")  # not all have a name
    return f"by {known}" if code < 0 else f"with exit code {code}"


def _last(ended: Ended) -> str:
    lines = [line.strip() for line in ended.tail.splitlines() if line.strip()][-SHOWN_LINES:]
    return _cut(f"It printed last: {' / '.join(lines)}") if lines else "It printed nothing."


def _cut(text: str) -> str:
    """Return a text as a sentence of one line."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text).rstrip(". ")
    return f"{plain}." if len(plain) < SHOWN else f"{plain[: SHOWN - 1]}…"
