"""Who may do what: workspaces, tokens and their roles, and who asks."""

from __future__ import annotations

from collections.abc import Mapping  # fields of these types are told by their annotations
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Collection

Role = Literal["viewer", "operator", "admin"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)  # each may do what the one before it may
DEFAULT: Final = "default"  # the workspace of who names none
EVERY: Final = "*"  # all workspaces: those who have it keep the hub
# The first word of a route behind /v1, which is what a token may be limited to.
SCOPES: Final = (
    "endpoints",
    "datasets",
    "baselines",
    "definitions",
    "schedules",
    "executions",
    "apply",
    "query",
    "metrics",
    "alarms",
    "channels",
    "actions",
    "subscriptions",
    "notifications",
    "deliveries",
    "profiles",
    "export",
    "events",
    "ground-truth",
    "captures",
    "tokens",
    "workspaces",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Parameters
    ----------
    name
        What changes are told with.
    role, workspace
        What they may do, and where; ``*`` is everywhere.
    scopes
        The groups of routes that they are limited to; none means no limit.
    """

    name: str
    role: Role
    workspace: str = DEFAULT
    scopes: tuple[str, ...] = ()

    def may(self, role: Role, workspace: str, scope: str) -> bool:
        """Return whether they may do what needs a role in a workspace; what concerns all of them is that of ``*``.

        >>> Caller("ci", "operator", "fraud", ("ground-truth",)).may("operator", "fraud", "ground-truth")
        True
        >>> Caller("ann", "admin", "fraud").may("viewer", "credit", "executions")
        False
        """
        everywhere = self.workspace in (EVERY, workspace)
        return everywhere and ROLES.index(self.role) >= ROLES.index(role) and (not self.scopes or scope in self.scopes)

    def may_give(self, role: Role, workspace: str, scopes: Collection[str]) -> bool:
        """Return whether they may issue a token: never one that may do more than they themselves.

        >>> Caller("ann", "admin", "fraud", ("tokens",)).may_give("viewer", "fraud", ())
        False
        """
        within = not self.scopes or (bool(scopes) and set(scopes) <= set(self.scopes))
        return within and ROLES.index(role) <= ROLES.index(self.role) and self.may("admin", workspace, "tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a program shows to be let in, but for its secret, which nobody keeps.

    Parameters
    ----------
    id
        By which it is found, listed and revoked.
    name
        Who has it.
    role, workspace, scopes
        Those of a :class:`Caller`.
    created, created_by
        When it was issued, and by whom.
    expires
        From when on it is good for nothing; None is never.
    revoked, revoked_by
        When it was taken back, and by whom.
    last_used
        When it was shown last, to the minute.
    """

    kind: ClassVar[str] = "token"

    id: str
    name: str
    role: Role
    workspace: str
    scopes: tuple[str, ...] = ()
    created: datetime | None = None
    created_by: str = ""
    expires: datetime | None = None
    revoked: datetime | None = None
    revoked_by: str | None = None
    last_used: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who asks with it: changes are told with its id, as two may have the same name."""
        return Caller(f"{self.name} (token {self.id})", self.role, self.workspace, self.scopes)

    def is_good(self, now: datetime) -> bool:
        """Return whether it lets anybody in."""
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """What a team has of its own.

    Parameters
    ----------
    name
        Its name.
    description
        Whose it is, for people.
    output
        The folder or URL for its reports; None is one in the server's folder.
    places
        The folders and URLs below which its data and scripts may lie; none means no limit of its own.
    credentials
        Names of variables, and for each where its value is: ``file:PATH`` or ``env:NAME``, never the value.
    capture_key
        Where the key is that opens its sealed captures: ``file:PATH``.
    """

    kind: ClassVar[str] = "workspace"

    name: str
    description: str = ""
    output: str | None = None
    places: tuple[str, ...] = ()
    credentials: Mapping[str, str] = field(default_factory=dict)
    capture_key: str | None = None

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name}
