"""Conditions of a request: nothing is changed but what somebody has seen."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Header

from kedge.errors import Conflict
from kedge.interfaces.api.problems import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = "*"


@dataclass(frozen=True)
class Conditions:
    """What a change is asked for under: the tags that what is there must have, or must not."""

    match: frozenset[str] = frozenset()
    none_match: frozenset[str] = frozenset()

    @property
    def new(self) -> bool:
        """Whether nothing may be there."""
        return ANY in self.none_match

    def check(self, tag: str | None) -> None:
        """Refuse a change of what has this tag; None is nothing.

        Raises
        ------
        Unmet
            The condition does not hold.
        """
        if self.match and (tag is None or not self.match & {ANY, tag}):
            said = "there is none" if tag is None else f"its tag is {tag}"
            raise Unmet(f"It is not what If-Match says: {said}.", next_step="Read it again, and decide anew.")
        if tag is not None and self.none_match & {ANY, tag}:
            raise Unmet("There is one already.", next_step="Leave out If-None-Match to replace it.")

    def same(self, tag: str) -> bool:
        """Return whether who reads has it already."""
        return bool(self.none_match & {ANY, tag, f"W/{tag}"})

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Have it be the condition that failed, where somebody was faster."""
        try:
            yield
        except Conflict as error:
            if not (self.match or self.new):
                raise
            raise Unmet(error.message, field=error.field, next_step=error.next_step) from None


async def _conditions(
    if_match: Annotated[str | None, Header(description="Only if what is there has this tag.")] = None,
    if_none_match: Annotated[str | None, Header(description="Only if nothing is there: *.")] = None,
) -> Conditions:
    return Conditions(tags(if_match), tags(if_none_match))


async def _seen(
    if_none_match: Annotated[str | None, Header(description="The tag of what is known already.")] = None,
) -> Conditions:
    return Conditions(none_match=tags(if_none_match))


def tags(header: str | None) -> frozenset[str]:
    """Return the tags that a header names."""
    return frozenset(part.strip() for part in (header or "").split(",") if part.strip())


Asked = Annotated[Conditions, Depends(_conditions)]
Seen = Annotated[Conditions, Depends(_seen)]
