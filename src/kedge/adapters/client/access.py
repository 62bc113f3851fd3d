"""Who may do what on a server: its tokens and its workspaces, as :mod:`kedge.service.access` has them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedge.adapters.client.calls import document, listed
from kedge.adapters.client.resources import ANYTHING, NOTHING, Resources, expecting
from kedge.domain.access import Token, WorkspaceSettings
from kedge.domain.documents import from_document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.adapters.client.calls import Calls
    from kedge.domain.access import Role


@dataclass(frozen=True)
class Tokens:
    """What lets programs in."""

    calls: Calls

    def issue(
        self,
        name: str,
        role: Role,
        workspace: str | None = None,
        scopes: Sequence[str] = (),
        expires: datetime | None = None,
    ) -> tuple[Token, str]:
        """Return a new token, and what its holder shows: it is told here, once, and nowhere else.

        Parameters
        ----------
        workspace
            Where it is good: in one, that of the client unless it is said, or ``*``, all of them.

        Raises
        ------
        NotAllowed
            It would let do more than who asks may.
        """
        asked = {
            "name": name,
            "role": role,
            "workspace": workspace,
            "scopes": list(scopes),
            "expires": expires.isoformat() if expires else None,
        }
        made = document(self.calls.send("POST", "tokens", json=asked))
        return from_document(Token, made["token"]), str(made["secret"])

    def get(self, id: str) -> Token:
        """Return one.

        Raises
        ------
        NotFound
            There is none.
        """
        return from_document(Token, document(self.calls.get("tokens", id)))

    def list(self, workspace: str | None = None) -> list[Token]:
        """Return them, of one workspace or of all that who asks may see, the oldest first."""
        return [from_document(Token, item) for item in listed(self.calls.get("tokens", workspace=workspace))]

    def revoke(self, id: str) -> Token:
        """Take one back: it lets nobody in from now on; twice is once."""
        return from_document(Token, document(self.calls.send("DELETE", "tokens", id, headers=ANYTHING)))


@dataclass(frozen=True)
class Workspaces(Resources[WorkspaceSettings]):
    """What each team has of its own."""

    cls = WorkspaceSettings

    def list(self, **asked: Any) -> list[WorkspaceSettings]:
        """Return those that who asks may see, by name."""
        return [from_document(WorkspaceSettings, item) for item in listed(self.calls.get("workspaces", **asked))]

    def is_declared(self, name: str) -> bool:
        """Return whether one was declared; the default one is there all the same."""
        return bool(self.find(name)) and bool(self.history(name))

    def create(self, settings: WorkspaceSettings) -> WorkspaceSettings:
        """Keep a new one.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        return self._put(settings, NOTHING)

    def declare(self, settings: WorkspaceSettings, expected: WorkspaceSettings | None = None) -> WorkspaceSettings:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was."""
        return self._put(settings, expecting(expected))

    def delete(self, name: str, *, force: bool = False) -> None:
        """Delete one that is empty, or with all that the database has of it; its tokens let nobody in from then on.

        Raises
        ------
        InUse
            It is not empty, or is the default one.
        """
        asked = {"force": True} if force else {}
        self.calls.send("DELETE", self._kind, name, headers=ANYTHING, asked=asked)
