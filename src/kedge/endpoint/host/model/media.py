"""Types of bodies, and which of them is asked for."""

from __future__ import annotations

from typing import Final

from kedge.endpoint.host.model.refused import Refused

CSV: Final = "text/csv"
JSON: Final = "application/json"
JSON_LINES: Final = "application/jsonlines"
_SAME: Final = {
    "application/x-jsonlines": JSON_LINES,
    "application/jsonl": JSON_LINES,
    "application/x-ndjson": JSON_LINES,
}


def plain(kind: str) -> str:
    """Return a content type without its parameters, under one of its names.

    >>> plain("Text/CSV; charset=utf-8"), plain("application/x-ndjson")
    ('text/csv', 'application/jsonlines')
    """
    name = kind.partition(";")[0].strip().lower()
    return _SAME.get(name, name)


def wanted(accept: str, sent: str) -> str:
    """Return the type to answer with, out of what is accepted; where that is anything, the type that was sent.

    Both sides are then of one kind, as a monitor needs them.

    Raises
    ------
    Refused
        None of ours is accepted.

    Examples
    --------
    >>> wanted("application/json;q=0.5, text/csv", "application/json"), wanted("*/*", "text/csv"), wanted("", "a/b")
    ('text/csv', 'text/csv', 'application/json')
    """
    ours = sorted((CSV, JSON, JSON_LINES), key=lambda kind: (kind != plain(sent), kind != JSON))
    for pattern in _by_preference(accept or "*/*"):
        family = pattern.removesuffix("*") if pattern.endswith("/*") else None
        for kind in ours:
            if pattern in ("*/*", kind) or (family and kind.startswith(family)):
                return kind
    raise Refused(406, f"The model answers with {CSV}, {JSON} or {JSON_LINES}, and none of them is accepted: {accept}.")


def _by_preference(accept: str) -> list[str]:
    def quality(entry: str) -> float:
        told = [p.partition("=")[2] for p in entry.split(";")[1:] if p.strip().lower().startswith("q=")]
        try:
            return float(told[0]) if told else 1.0
        except ValueError:
            return 0.0

    entries = [entry for entry in accept.split(",") if entry.strip() and quality(entry) > 0]
    return [plain(entry) for entry in sorted(entries, key=quality, reverse=True)]
