"""Tables of the history of a server, as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kedge.adapters.client.calls import LONGEST_SECONDS
from kedge.adapters.client.problems import no_kedge
from kedge.domain.documents import to_document
from kedge.domain.history import Exported

if TYPE_CHECKING:
    from pathlib import Path

    from kedge.adapters.client.calls import Calls
    from kedge.domain.history import Span


def exported(calls: Calls, file: Path, table: str, span: Span) -> Exported:
    """Write a table, and return what it holds."""
    with file.open("wb") as into:
        answer = calls.save(into, "export", table, timeout=LONGEST_SECONDS, **to_document(span))
    told = answer.headers
    if "X-Kedge-Rows" not in told:
        raise no_kedge(answer)
    skipped = tuple(json.loads(told.get("X-Kedge-Skipped", "[]")))
    return Exported({table: int(told["X-Kedge-Rows"])}, int(told.get("X-Kedge-Unread", 0)), skipped)
