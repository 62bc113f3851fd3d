"""Every item of every kind: ours, one file each, and those of other packages, by entry point.

The file's name is the item's name. A module that needs an optional package says so in ``NEEDS``, a mapping
from the package to the extra that brings it. Other packages add items under ``kedge.<kind>``.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS: dict[str, str] = {
    "sketch": "kedge.analysis.sketches",
    "statistic": "kedge.analysis.statistics",
    "distance": "kedge.analysis.distances",
    "check": "kedge.analysis.checks",
    "monitor": "kedge.monitors",
    "engine": "kedge.adapters.engines",
    "store": "kedge.adapters.stores",
    "renderer": "kedge.adapters.renderers",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a kind: its name, where it lives, and the optional packages it needs."""

    kind: str
    name: str
    module: str
    needs: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> dict[str, str]:
        """The packages it needs that are not installed, each with the extra that brings it."""
        return {package: extra for package, extra in self.needs.items() if find_spec(package) is None}

    def load(self) -> Any:
        """Return the item itself: what its module defines under its name."""
        return getattr(import_module(self.module), self.name)


def items(kind: str) -> Iterator[Item]:
    """Yield the items of a kind, by name, ours first."""
    package = import_module(KINDS[kind])
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        module = f"{package.__name__}.{found.name}"
        yield Item(kind, found.name, module, getattr(import_module(module), "NEEDS", {}))
    for point in entry_points(group=f"kedge.{kind}"):
        yield Item(kind, point.name, point.module)
