"""A request that cannot be answered."""

from __future__ import annotations


class Refused(Exception):
    """A status, and a sentence for the one who asked."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message
