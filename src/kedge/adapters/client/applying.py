"""Bringing a workspace of a server to what a file declares, or asking what that would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kedge.adapters.client.calls import LONGEST_SECONDS, listed
from kedge.domain.declaration import Difference
from kedge.domain.documents import from_document, to_document
from kedge.domain.paging import tag
from kedge.errors import KedgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.adapters.client.calls import Calls

YAML: Final = {"Content-Type": "application/yaml"}


def applied(calls: Calls, text: bytes, asked: dict[str, Any], headers: dict[str, str]) -> tuple[Difference, ...]:
    """Return what a file of monitors changes, or would, as it is ``asked``."""
    # Who runs on the same machine is to see paths from the same folder; errors keep the name that was given.
    name, place = asked["file"], str(Path(asked["file"]).absolute())
    asked, headers = asked | {"file": place}, YAML | headers
    try:
        answer = calls.send("POST", "apply", asked=asked, headers=headers, content=text, timeout=LONGEST_SECONDS)
    except KedgeError as error:
        error.file = name if error.file == place else error.file
        raise
    return tuple(from_document(Difference, change) for change in listed(answer, "changes"))


def seen(expected: Sequence[Difference] | None) -> dict[str, str]:
    """Return the header that says which plan somebody has seen, by its tag, as a server tells it."""
    if expected is None:
        return {}
    return {"If-Match": tag({"changes": [to_document(change) for change in expected]})}
