"""A captured line, and where it is from."""

from __future__ import annotations

import json
from typing import NamedTuple


class Tailed(NamedTuple):
    """One line of a file: a record, or None where it is sealed."""

    variant: str
    line: bytes | None
    file: str

    def to_json(self) -> bytes:
        """Return it as a line of JSON, in which the line stands as a text.

        >>> Tailed.from_json(Tailed("a", b"\\xff{}", "x.jsonl").to_json())
        Tailed(variant='a', line=b'\\xff{}', file='x.jsonl')
        """
        line = None if self.line is None else self.line.decode("utf-8", "surrogateescape")
        return json.dumps({"variant": self.variant, "line": line, "file": self.file}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Tailed:
        """Return what such a line of JSON says."""
        found = json.loads(text)
        line = None if found["line"] is None else found["line"].encode("utf-8", "surrogateescape")
        return cls(found["variant"], line, found["file"])
