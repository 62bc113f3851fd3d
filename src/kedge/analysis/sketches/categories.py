"""How often each category occurs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kedge.analysis.batch import Texts
from kedge.analysis.runs import run_starts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kedge.analysis.batch import Column

HASH = re.compile(r"#([0-9a-f]{16})$")


@dataclass(frozen=True)
class Categories:
    """Counts of the most frequent texts: exact up to ``BOUND`` categories, lower bounds beyond.

    While at most ``BOUND`` different texts were seen every one is counted, and merging equals one scan exactly.
    Beyond, the smallest counts give way (Misra-Gries): with ``c`` the count that is one too many in descending
    order, ``c`` is taken off every count, and what has nothing left is dropped.

    Attributes
    ----------
    counts
        Text to count, at most ``BOUND`` of them. The true count of any text, also of one that is not kept
        (whose count is 0), lies in ``[count, count + error]``.
    total
        How many texts were seen.
    error
        At most ``total / (BOUND + 1)``, in whatever order parts were merged.

    hashed
        Whether hashes stand for the texts, so that none can be read from the sketch. Merging with a sketch
        of texts hashes those.

    Notes
    -----
    A text of more than ``LONGEST`` bytes is kept as its first 200 characters, ``…#`` and its hash.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> colours = Categories().update(column(["blue", "red", "blue", None]))
    >>> colours.top(1), colours.total, colours.exact
    ([('blue', 2)], 3, True)

    References
    ----------
    Misra, Gries: Finding repeated elements, 1982. Agarwal et al.: Mergeable summaries, PODS 2012.
    """

    BOUND: ClassVar[int] = 1024
    LONGEST: ClassVar[int] = 256

    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    error: int = 0
    hashed: bool = False

    @property
    def exact(self) -> bool:
        """Whether every category is kept with its true count."""
        return self.error == 0

    def top(self, n: int) -> list[tuple[str, int]]:
        """Return the ``n`` most frequent categories and their counts, equal counts by name."""
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:n]

    def update(self, column: Column) -> Self:
        """Return the counts with a further column."""
        texts = column.texts
        if texts is None or not len(texts):
            return self
        hashes = texts.hashes
        rows, counts = _counted(hashes)
        spill = _spill(counts, self.BOUND)
        kept = counts > spill  # decided before any text is decoded
        seen: Counter[str] = Counter()
        for row, count in zip(rows[kept].tolist(), (counts[kept] - spill).tolist(), strict=True):
            seen[self._name(texts, row, int(hashes[row]))] += count
        return self.merge(type(self)(seen, len(texts), spill, self.hashed))

    def merge(self, other: Self) -> Self:
        """Return the counts of both."""
        if self.hashed != other.hashed:
            return self.without_texts().merge(other.without_texts())
        counts = Counter(self.counts)
        counts.update(other.counts)
        spill = _spill(np.fromiter(counts.values(), np.int64, len(counts)), self.BOUND)
        return type(self)(
            {name: count - spill for name, count in counts.items() if count > spill},
            self.total + other.total,
            self.error + other.error + spill,
            self.hashed,
        )

    def without_texts(self) -> Self:
        """Return the sketch with hashes in place of its texts."""
        if self.hashed:
            return self
        hashed = replace(self, counts={}, hashed=True)
        return replace(hashed, counts={hashed.named(text): count for text, count in self.counts.items()})

    def named(self, text: str) -> str:
        """Return the name under which a text is counted here; a hash already is one.

        >>> Categories(hashed=True).named("blue")
        '#cbdf69e82720ed64'
        """
        if found := HASH.search(text):
            return found[0] if self.hashed else text
        texts = Texts.of([text])
        return self._name(texts, 0, int(texts.hashes[0]))

    def _name(self, texts: Texts, row: int, value: int) -> str:
        """Decode one text; the hash stands for the rest of a very long one, or for all of it."""
        if self.hashed:
            return f"#{value:016x}"
        start, end = texts.offsets[row : row + 2].tolist()
        if end - start <= self.LONGEST:
            return texts[row]
        return f"{texts.data[start : start + 800].tobytes().decode('utf-8', 'replace')[:200]}…#{value:016x}"

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same texts: each true count has a place in both intervals."""
        names = self.counts.keys() | other.counts.keys()
        apart = (self.counts.get(name, 0) - other.counts.get(name, 0) for name in names)
        return self.total == other.total and all(-self.error <= gap <= other.error for gap in apart)

    def to_json(self) -> dict[str, Any]:
        """Return the counts, most frequent first, the total and the error."""
        data = {"counts": dict(self.top(self.BOUND)), "total": self.total, "error": self.error}
        return data | {"hashed": True} if self.hashed else data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(data["counts"], data["total"], data["error"], data.get("hashed", False))


def _counted(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of every category, and how often it occurs.

    The row number takes the place of the lowest bits of a hash, so that one sort both brings equal texts
    together and says where they are. In 122,880 rows 47 bits of hash are left, which confuse any two of 1,024
    categories with a probability of 4e-9.
    """
    bits = len(hashes).bit_length()
    packed = hashes >> bits << bits
    packed |= np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    rows = packed & ((1 << bits) - 1)
    packed >>= bits
    starts = run_starts(packed)
    return rows[starts].astype(np.int64), np.diff(starts, append=len(hashes))


def _spill(counts: NDArray[np.int64], bound: int) -> int:
    """Return the count that is one too many in descending order, 0 where there is none."""
    return int(np.partition(counts, -bound - 1)[-bound - 1]) if len(counts) > bound else 0
