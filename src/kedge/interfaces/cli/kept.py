"""The options of commands that ask for profiles: whose, and of when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import Option

from kedge.domain.window import parse_time

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Kept:
    """Whose profiles of when, field by field an option."""

    endpoint: Annotated[str | None, Option(help="Whose profiles; may be left out where there is only one.")] = None
    variant: Annotated[str | None, Option(help="Of one variant; else of all.")] = None
    start: Annotated[str | None, Option("--from", help="The first instant; else that of all that is kept.")] = None
    end: Annotated[str | None, Option("--to", help="The end, no part of it; else that of all that is kept.")] = None

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        """When the interval starts and ends."""
        start, end = (parse_time(text) if text else None for text in (self.start, self.end))
        return start, end
