"""Names of endpoints and variants, made of what an event says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from kedge.endpoint.events import PLACE
from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from kedge.endpoint.events import Event

LONGEST = 63
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Name:
    """A name with attributes of the event in braces, such as ``{namespace}-{inferenceservicename}``.

    Raises
    ------
    SettingError
        If something else stands in braces.
    """

    text: str
    field: str

    def __post_init__(self) -> None:
        try:
            parts = [part for part in Formatter().parse(self.text) if part[1] is not None]
        except ValueError as error:
            raise SettingError(f"{str(error).capitalize()}: {self.text!r}.", field=self.field) from None
        for _, name, form, how in parts:
            if name not in PLACE or form or how:
                raise SettingError(
                    f"An event has no attribute {name!r} to be named after.{did_you_mean(str(name), PLACE)}",
                    field=self.field,
                    next_step=f"Write {', '.join(f'{{{known}}}' for known in PLACE)}, or a name without braces.",
                )

    @property
    def fixed(self) -> bool:
        """Whether it is the same for every event."""
        return "{" not in self.text

    def of(self, event: Event) -> str:
        """Return the name as the name of a folder: what is unsafe there becomes a hyphen."""
        told = self.text.format_map({name: event[name] for name in PLACE})
        return _UNSAFE.sub("-", told).strip("-._")[:LONGEST]
