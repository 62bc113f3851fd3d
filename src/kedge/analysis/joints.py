"""Joint sketches: what is remembered of several columns together, row by row."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.batch import Batch

# Loaded when a profile holds one: most hold none.
KNOWN: Final[Mapping[str, str]] = {
    "attribution": "kedge.analysis.attribution.attribution",
    "bias": "kedge.analysis.bias.bias",
    "embeddings": "kedge.analysis.embeddings.embeddings",
    "quality": "kedge.analysis.quality.quality",
}


class Joint(Protocol):
    """A sketch of whole rows: a commutative monoid like any other (``kedge.testing.laws``)."""

    def update(self, batch: Batch) -> Self:
        """Return the sketch with a further batch seen."""
        ...

    def merge(self, other: Self) -> Self:
        """Return the sketch of all that either has seen."""
        ...

    def to_json(self) -> Any:
        """Return plain JSON data."""
        ...


def read(joints: Mapping[str, Any]) -> dict[str, Any]:
    """Read the joint sketches of a profile, by name; one that this kedge does not know is left out."""
    return {name: _kind(name).from_json(data) for name, data in joints.items() if name in KNOWN}


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the joint sketches of both sides; what only one side has is kept as it is."""
    both = {name: one[name].merge(other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **both}


def _kind(name: str) -> Any:
    return getattr(import_module(KNOWN[name]), name.title())
