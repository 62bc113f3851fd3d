"""What a channel names in the place of a secret is read whenever it is used: it may change while a server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.domain.notification import Outcome
from kedge.domain.secret import REFERENCE, masked
from kedge.errors import KedgeError

if TYPE_CHECKING:
    from collections.abc import Callable

    Resolve = Callable[[str], str]


def revealing(send: Callable[..., Outcome], resolve: Resolve, *values: str | None) -> Outcome:
    """Send with values, of which ``env:NAME`` and ``file:PATH`` are what stands there; None stays None.

    Where nothing stands it may do so later.
    """
    try:
        found = [resolve(value) if value and REFERENCE.fullmatch(value) else value for value in values]
    except KedgeError as error:
        return Outcome("retry", masked(str(error)))
    try:
        return send(*found)
    except Exception as error:  # a fault of ours, whose text may hold what nobody is to see
        return Outcome("retry", f"It failed: {type(error).__name__}.")
