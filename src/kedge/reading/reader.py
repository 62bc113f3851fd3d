"""What every format's reader is: a relation of ordinary rows, and an answer for every record that is not."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kedge.analysis.report import Unreadable
    from kedge.reading.columns import Relation


class Reader(Protocol):
    """One group of files, understood."""

    relation: Relation
    notes: tuple[str, ...]

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Return the rows of a record that SQL found odd.

        Raises
        ------
        InputError
            It cannot be read at all.
        """
        ...

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Count the unreadable records, and give file, line and reason of the first ones, once the scan is over.

        ``refused`` holds the odd records that :meth:`rows` refused, each with the reason.
        """
        ...


def counted(found: Iterator[Unreadable], limit: int) -> tuple[int, list[Unreadable]]:
    """Return how many there are, and the first ones."""
    first = list(islice(found, limit))
    return len(first) + sum(1 for _ in found), first


def quoted(text: str) -> str:
    """Return an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def named(text: str) -> str:
    """Return an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def listed(texts: Iterable[str]) -> str:
    """Return an SQL list of string literals."""
    return "[" + ", ".join(map(quoted, texts)) + "]"
