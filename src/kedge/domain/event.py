"""Events: what became of executions, and what was found."""

from __future__ import annotations

from collections.abc import Mapping  # fields of these types are told by their annotations
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Parameters
    ----------
    id
        Which it is, and where to go on after it.
    kind
        An ``execution`` was made, begun or ended; a ``violation`` was found.
    document
        The execution as it is then, or the violation with the names of execution, schedule and source.
    """

    id: str
    kind: Literal["execution", "violation"]
    document: Mapping[str, Any]
