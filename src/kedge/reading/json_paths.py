"""JSON texts to columns in SQL: which leaves the objects have, and which objects are ordinary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kedge.reading.reader import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What a NaN or an infinity looks like outside of texts; inside of one it only sends the record the slow way.
NOT_FINITE = r"[:\[,]\s*-?(nan|inf)"


@dataclass(frozen=True)
class Shape:
    """The leaves, objects and arrays that sampled JSON objects have, by JSON path.

    Parameters
    ----------
    leaves
        Dotted name to path.
    objects
        Path of an object to the keys seen in it.
    arrays
        Path of an array to the length seen.
    vector
        The name of the leaf that may be a list.
    """

    leaves: dict[str, str]
    objects: dict[str, list[str]]
    arrays: dict[str, int]
    vector: str | None = None

    @classmethod
    def of(cls, values: Iterable[dict[str, Any]], vector: str | None = None) -> Self:
        """Gather the shape of some objects; a list of the name ``vector`` is a leaf."""
        shape = cls({}, {"$": []}, {}, vector)
        for value in values:
            shape._see(value, "$", "")
        return shape

    @property
    def speakable(self) -> bool:
        """Whether every key can stand in a JSON path, and no path is now a leaf and now more."""
        inner = self.objects.keys() | self.arrays.keys()
        keys = {key for keys in self.objects.values() for key in keys}
        mixed = not inner.isdisjoint(self.leaves.values()) or not self.objects.keys().isdisjoint(self.arrays)
        return not mixed and "" not in keys and not any(mark in key for key in keys for mark in '"\\')

    def ordinary(self, json: str) -> str:
        """Return SQL that says whether a JSON text has this shape, all else being for Python to read."""
        flat = not self.arrays and len(self.objects) == 1 and self.vector not in self.leaves
        # A flat object opens one bracket; one inside a text only sends the record the slow way.
        opening = "[^{[]*" if flat else ".*"
        tests = [f"regexp_full_match({json}, '\\s*\\{{{opening}', 's')", _finite(json), *self._known_keys(json)]
        # What is no JSON at all makes the functions fail, and is not ordinary either.
        return f"coalesce(TRY({' AND '.join(tests if flat else [*tests, *self._kept_kinds(json)])}), false)"

    def _known_keys(self, json: str) -> Iterator[str]:
        """Yield tests that no object has a key, and no array an item, that the sample did not show."""
        for path, keys in self.objects.items():
            known, found = listed(keys), f"json_keys({json}, {quoted(path)})"
            # Equal lists are the usual case, and the cheap one.
            same = f"CASE WHEN {found} = {known} THEN true ELSE list_has_all({known}, {found}) END"
            yield f"coalesce({same}, {'false' if path == '$' else 'true'})"
        for path, length in self.arrays.items():
            yield f"coalesce(json_array_length({json}, {quoted(path)}) = {length}, true)"

    def _kept_kinds(self, json: str) -> Iterator[str]:
        """Yield tests that leaves are still leaves, objects objects, and arrays arrays."""
        for path, kind in (dict.fromkeys(self.objects, "OBJECT") | dict.fromkeys(self.arrays, "ARRAY")).items():
            yield f"coalesce(json_type({json}, {quoted(path)}) IN ('{kind}', 'NULL'), true)"
        for path in (path for name, path in self.leaves.items() if name != self.vector):
            yield f"coalesce(json_type({json}, {quoted(path)}) NOT IN ('OBJECT', 'ARRAY'), true)"

    def values(self, json: str) -> str:
        """Return SQL that yields the list of the leaves' texts, in order."""
        return f"json_extract_string({json}, {listed(self.leaves.values())})"

    def _see(self, value: Any, path: str, name: str) -> None:
        if isinstance(value, dict):
            known = self.objects.setdefault(path, [])
            known.extend(key for key in value if key not in known)
            for key, item in value.items():
                self._see(item, f'{path}."{key}"', f"{name}.{key}" if name else str(key))
        elif isinstance(value, list) and name != self.vector:
            self.arrays[path] = max(self.arrays.get(path, 0), len(value))
            for i, item in enumerate(value):
                self._see(item, f"{path}[{i}]", f"{name}.{i}" if name else str(i))
        else:
            self.leaves.setdefault(name, path)


def _finite(json: str) -> str:
    """Return a test that no number is NaN or infinite: SQL would take it for a text. Most texts need no regex."""
    suspect = f"contains(lower({json}), 'nan') OR contains(lower({json}), 'inf')"
    return f"(CASE WHEN {suspect} THEN NOT regexp_matches({json}, '{NOT_FINITE}', 'i') ELSE true END)"
