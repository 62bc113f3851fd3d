"""The laws that make a sketch a sketch: one battery over every one of them, ours and yours.

.. code-block:: python

    @pytest.mark.parametrize("law", laws.SKETCH_LAWS)
    def test_my_sketch_keeps_the_laws(law):
        law(MySketch)

Sketches are compared by their JSON data. One that promises less than equality, because floats round or because
it approximates, says what it promises in a method ``agrees(other) -> bool``: whether both can be of the same
data. One that is updated with whole batches, not with one column, says so by ``OF_ROWS = True``. A sketch of several
columns together is given to a law as a :class:`Joint`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.analysis.batch import Batch, Column, Kind, Texts, Vectors, column
from kedge.analysis.hashing import hash_keys

if TYPE_CHECKING:
    from types import ModuleType

Law = Callable[[Any], None]
Part = tuple[Any, ...]
Parts = tuple[Part, Part, Part]

SIZE_LIMIT: Final = 256 * 1024  # characters of JSON for one column, however many values were seen
LONG_TEXTS_LIMIT: Final = 320 * 1024  # bytes of it where a thousand categories are as long as any may be


def sketches_in(package: ModuleType) -> list[type[Any]]:
    """Return the sketch of every file of a package: the class that has the file's name."""
    names = [module.name for module in iter_modules(package.__path__)]
    return [getattr(import_module(f"{package.__name__}.{name}"), name.title().replace("_", "")) for name in names]


@dataclass(frozen=True, eq=False)
class Joint:
    """A sketch of several columns, as the laws take it: in place of its class.

    Parameters
    ----------
    zero
        The sketch that saw nothing.
    columns
        Name to what makes the column's value of any value.
    size
        Characters of JSON that it may have, however many rows were seen.
    vectors
        Name to what makes a vector, or None, of any value.
    """

    zero: Any
    columns: Mapping[str, Callable[[Any], Any]]
    size: int
    vectors: Mapping[str, Callable[[Any], list[float] | None]] = field(default_factory=dict)

    def __call__(self) -> Any:
        """Return the neutral element."""
        return self.zero

    def from_json(self, data: Any) -> Any:
        """Read what a sketch wrote."""
        return type(self.zero).from_json(data)


# --- the data ----------------------------------------------------------------------------------------

_number = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
_extreme = st.sampled_from([0.0, -0.0, 5e-324, -2e-308, 1e-160, 1e145, -1e200, 1.7e308, -1.7e308, np.inf, -np.inf])
_odd_text = st.sampled_from(["", " ", "😀", "\ud800", "NaN", "1", "true", "x" * 300, "é" * 5000])
_text = st.text(max_size=20) | _odd_text


def _repeated(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Part]:
    values = st.lists(value, max_size=30).map(tuple)
    return st.builds(lambda values, times: values * times, values, st.sampled_from([1, 1, 1, 99]))


_part = st.one_of(
    _repeated(_number),
    _repeated(_extreme | st.none()),
    _repeated(_text | st.none()),
    _repeated(st.booleans() | st.none()),
    _repeated(_number | _extreme | _text | st.booleans() | st.none()),
)


def _long_parts() -> Iterator[Parts]:
    """Yield more values than any exact stage holds: chance seldom builds as many."""
    yield _many(float), _many(lambda i: (-1) ** i * 1.01**i), _many(lambda i: i % 3000)
    yield _many(_skewed), _many(lambda i: _skewed(i + 0.3)), _many("id{}".format)
    yield _many(lambda i: f"c{i % 1500}"), _many(lambda i: i / 7), _many(_skewed)


def _many(make: Callable[[int], Any]) -> Part:
    return tuple(make(i) for i in range(5001))


def _skewed(i: float) -> str:
    return f"s{int(3000 * (i * 0.618 % 1) ** 3)}"


@dataclass(frozen=True)
class Case:
    """Three parts of the data of one column, and the kind of sketch that sees them."""

    kind: Any
    parts: Parts
    numbers_are_texts: bool
    made: dict[tuple[int, ...], Batch] = field(default_factory=dict, init=False, repr=False, compare=False)

    def batch(self, *which: int) -> Batch:
        """Return some of the parts, end to end, in memory of its own: made once, as that is most of the work."""
        if which not in self.made:
            self.made[which] = self._make(*which)
        return deepcopy(self.made[which])

    def _make(self, *which: int) -> Batch:
        values = [value for part in which for value in self.parts[part]]
        keys = [hash_keys(f"part {part}", 0, len(self.parts[part])) for part in which]
        build = _counted_as_texts if self.numbers_are_texts else column
        makes = self.kind.columns if isinstance(self.kind, Joint) else {"x": lambda value: value}
        columns = {name: build([make(value) for value in values]) for name, make in makes.items()}
        return Batch(columns, np.concatenate([np.empty(0, np.uint64), *keys]), _vectors(self.kind, values))

    def scan(self, *which: int) -> Any:
        """Return the sketch that saw some of the parts in one batch."""
        return update(self.kind(), self.batch(*which))


@lru_cache(maxsize=1)
def _long_cases(kind: Any) -> list[Case]:
    """Return the cases of the long parts, for one law of a sketch after the other."""
    return [Case(kind, parts, numbers_are_texts=True) for parts in _long_parts()]


def _vectors(kind: Any, values: list[Any]) -> dict[str, Vectors]:
    makes = kind.vectors if isinstance(kind, Joint) else {}
    return {name: Vectors.of([make(value) for value in values]) for name, make in makes.items()}


def _counted_as_texts(values: list[Any]) -> Column:
    found = column(values)
    rows = np.flatnonzero(found.kinds != Kind.MISSING)
    return Column(found.kinds, found.numbers, Texts.of([str(values[row]) for row in rows]), rows)


def update(sketch: Any, batch: Batch) -> Any:
    """Show a sketch a batch: its one column, or the whole of it where the sketch asks for rows."""
    return sketch.update(batch if getattr(sketch, "OF_ROWS", False) else batch.columns["x"])


def text(sketch: Any) -> str:
    """Return the JSON text of a sketch; NaN and infinities are refused."""
    return json.dumps(sketch.to_json(), allow_nan=False)


def same(sketch: Any, other: Any) -> bool:
    """Whether two sketches are of the same data, as strictly as their kind promises."""
    return bool(sketch.agrees(other)) if hasattr(sketch, "agrees") else text(sketch) == text(other)


# --- the laws ----------------------------------------------------------------------------------------


def _law(check: Callable[[Case], None]) -> Law:
    """Make a law out of what holds in a single case."""

    @wraps(check)
    def law(kind: Any) -> None:
        @settings(max_examples=30, deadline=None, derandomize=True, database=None)
        @given(st.builds(Case, st.just(kind), st.tuples(_part, _part, _part), st.booleans()))
        def holds(case: Case) -> None:
            check(case)

        holds()
        for case in _long_cases(kind):
            check(case)

    return law


@_law
def merging_equals_one_scan(case: Case) -> None:
    """What two processes saw is what one would have seen."""
    assert same(case.scan(0).merge(case.scan(1)), case.scan(0, 1))


@_law
def updating_equals_one_scan(case: Case) -> None:
    """The cut between batches does not matter."""
    assert same(update(case.scan(0), case.batch(1)), case.scan(0, 1))


@_law
def merging_commutes(case: Case) -> None:
    """The order of two parts does not matter."""
    assert same(case.scan(0).merge(case.scan(1)), case.scan(1).merge(case.scan(0)))


@_law
def merging_associates(case: Case) -> None:
    """The grouping of three parts does not matter: hours to days to months, or at once."""
    first, second, third = (case.scan(part) for part in range(3))
    assert same(first.merge(second).merge(third), first.merge(second.merge(third)))


@_law
def zero_is_neutral(case: Case) -> None:
    """Merging with a sketch that saw nothing, or seeing an empty batch, changes nothing."""
    zero, seen = case.kind(), case.scan(0)
    assert text(zero.merge(seen)) == text(seen)
    assert text(seen.merge(zero)) == text(seen)
    assert text(update(seen, case.batch())) == text(seen)
    assert text(update(zero, case.batch())) == text(zero)


@_law
def json_round_trips(case: Case) -> None:
    """What was written can be read, and merged further."""
    seen = case.scan(0)
    read = case.kind.from_json(json.loads(text(seen)))
    assert text(read) == text(seen)
    assert text(read.merge(case.scan(1))) == text(seen.merge(case.scan(1)))


@_law
def same_input_gives_same_bytes(case: Case) -> None:
    """Neither a clock nor a random number takes part."""
    assert text(update(case.scan(0), case.batch(1))) == text(update(case.scan(0), case.batch(1)))


@_law
def sketches_are_values(case: Case) -> None:
    """Neither operand changes, and nothing of the batch, whose memory may be used again, is held."""
    batch, other = case.batch(0), case.scan(1)
    seen = update(case.kind(), batch)
    before = text(seen), text(other)
    for numbers in [found.numbers for side in (batch.columns, batch.vectors) for found in side.values()]:
        numbers[:] = 7.0
    seen.merge(other)
    update(seen, case.batch(2))
    assert (text(seen), text(other)) == before


def size_is_bounded(kind: Any) -> None:
    """A sketch fits into its limit: of 400,000 different values, and of the longest texts."""
    if isinstance(kind, Joint):
        _joint_is_bounded(kind)
        return
    sketch = kind()
    for start in range(0, 200_000, 50_000):
        rows = np.arange(start, start + 50_000)
        numbers, texts = np.sin(rows) * 10.0 ** (rows % 300), Texts.of([f"id-{row}" for row in rows])
        kinds = np.full(100_000, Kind.STRING, np.uint8)
        kinds[:50_000] = Kind.FRACTIONAL
        found = Column(kinds, np.concatenate([numbers, numbers]), texts, np.arange(50_000, 100_000))
        sketch = update(sketch, Batch({"x": found}, hash_keys("size", 2 * start, 100_000)))
    assert len(text(sketch)) <= SIZE_LIMIT
    long_texts = Case(kind, (tuple(f"é{row:0254}" for row in range(1200)),) * 3, numbers_are_texts=True).scan(0, 1)
    assert len(json.dumps(long_texts.to_json(), ensure_ascii=False).encode()) <= LONG_TEXTS_LIMIT


def _joint_is_bounded(kind: Joint) -> None:
    sketch = kind()
    for start in range(0, 100_000, 50_000):
        values = np.sin(np.arange(start, start + 50_000)).tolist()
        columns = {name: column([make(value) for value in values]) for name, make in kind.columns.items()}
        sketch = update(sketch, Batch(columns, hash_keys("size", start, 50_000), _vectors(kind, values)))
    assert len(text(sketch)) <= kind.size


SKETCH_LAWS: Final[tuple[Law, ...]] = (
    merging_equals_one_scan,
    updating_equals_one_scan,
    merging_commutes,
    merging_associates,
    zero_is_neutral,
    json_round_trips,
    same_input_gives_same_bytes,
    sketches_are_values,
    size_is_bounded,
)
