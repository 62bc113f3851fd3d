"""Records of the catalog: what is declared and what was run, by kind and name, each with its version."""

from __future__ import annotations

from collections.abc import Mapping  # fields of these types are told by their annotations
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Order = Literal["name", "created", "modified", "time", "status"]


@dataclass(frozen=True, slots=True)
class Record:
    """A document with what it is found by.

    Parameters
    ----------
    kind, name
        Which it is; there is one of a kind and name.
    document
        What it holds, as JSON would.
    parent
        What it belongs to, such as the schedule of an execution.
    status
        A word of its life cycle.
    time
        What puts those of one parent in order, such as the time at which an execution is due.
    version
        How often it was put; 0 is one that nobody has put yet.
    created, modified
        When it was put first and last.
    """

    kind: str
    name: str
    document: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    status: str = ""
    time: datetime | None = None
    version: int = 0
    created: datetime | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which records are asked for.

    Parameters
    ----------
    kind
        Of which kind they are.
    parent, status
        What they belong to, and where in life they stand; several words stand for any of them.
    newest_of
        Only those whose time is the latest of all that belong to the same one, for each of this kind.
    names
        Only those of these names; none are all.
    name_contains
        A part of the name.
    since, until
        From when up to, not including, when their time is.
    created_since, created_until, modified_since, modified_until
        The same of when they were put first and last.
    order, descending
        What they are ordered by; equal ones by name.
    limit
        How many at most.
    after
        Go on after this record, which was the last of the page before.
    """

    kind: str
    parent: str | None = None
    status: tuple[str, ...] = ()
    newest_of: str | None = None
    names: tuple[str, ...] = ()
    name_contains: str = ""
    since: datetime | None = None
    until: datetime | None = None
    created_since: datetime | None = None
    created_until: datetime | None = None
    modified_since: datetime | None = None
    modified_until: datetime | None = None
    order: Order = "name"
    descending: bool = False
    limit: int | None = None
    after: Record | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed a record, when, and from what to what; None is before it was there, or after."""

    kind: str
    name: str
    time: datetime
    by: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
