"""What is declared of two kinds that share their names: endpoints and datasets, channels and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from kedge.domain.catalog import Found
from kedge.errors import Conflict
from kedge.service.catalog import rules
from kedge.service.catalog.kept import Kept

if TYPE_CHECKING:
    from kedge.domain.catalog import Resource


class Paired(Kept[Found]):
    """The resources of one of the two."""

    other: ClassVar[type[Resource]]

    def declare(self, wanted: Found, expected: Found | None = None) -> Found:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was."""
        name = self._look(wanted)
        if expected is None and self.find(name) is None:
            return self.make(wanted)
        return self.change(name, lambda _: wanted, expected)

    def create(self, wanted: Found) -> Found:
        """Keep a new one.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        self._look(wanted)
        return self.make(wanted)

    def _look(self, wanted: Any) -> str:
        """Return the name of what is wanted, and breaks no rule."""
        name: str = wanted.name
        rules.named(name)
        if self.records.get(self.other.kind, name):
            article = "an" if self.other.kind[0] in "aeiou" else "a"
            raise Conflict(
                f"There is {article} {self.other.kind} {name!r}.", field="name", next_step="Take another name."
            )
        self._check(wanted)
        return name

    def _check(self, wanted: Found) -> None:
        raise NotImplementedError
