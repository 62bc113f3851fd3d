"""What a store holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a store: its URL and its size in bytes."""

    url: str
    size: int
