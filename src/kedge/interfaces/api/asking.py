"""Who asks, and what for: no route has a workspace but by naming the role that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPBearer

from kedge.domain.access import DEFAULT, EVERY, Caller
from kedge.errors import NotAllowed
from kedge.interfaces.api.models import Text
from kedge.interfaces.api.problems import Unknown

if TYPE_CHECKING:
    from kedge.app import Hub
    from kedge.domain.access import Role
    from kedge.interfaces.api.oidc import Login
    from kedge.service.workspace import Workspace

BEARER = HTTPBearer(auto_error=False, description="A token: kedge token create.")


@dataclass(frozen=True)
class Door:
    """Lets people and programs in.

    Parameters
    ----------
    hub
        The workspaces.
    anyone
        Who everybody is that shows nothing; None lets none of them in.
    login
        How people log in, and are known again by what their browser keeps; None lets only programs in.
    """

    hub: Hub
    anyone: Caller | None = None
    login: Login | None = None

    def caller(self, request: Request) -> Caller:
        """Return who asks.

        Raises
        ------
        Unknown
            Nobody knows them.
        """
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme:
            found = self.hub.caller(shown.strip()) if scheme.lower() == "bearer" else None
        else:
            found = (self.login.caller(request.cookies) if self.login else None) or self.anyone
        if found is None:
            raise Unknown(
                "This token is not good." if scheme else "Nobody knows who asks.",
                next_step="Show a token: Authorization: Bearer kedge_…, or KEDGE_TOKEN for kedge's own. "
                "An admin makes one by kedge token create.",
            )
        return found


@dataclass(frozen=True)
class Asking:
    """A request, as far as it tells who may have what."""

    request: Request
    named: str | None

    @property
    def door(self) -> Door:
        """What lets people in."""
        door: Door = self.request.app.state.door
        return door

    @property
    def hub(self) -> Hub:
        """The workspaces."""
        return self.door.hub

    @cached_property
    def caller(self) -> Caller:
        """Who asks: they were let in before anything of the request was read."""
        found: Caller = self.request.state.caller
        return found

    @property
    def name(self) -> str:
        """The workspace that is asked for: that which is named, else the caller's own."""
        return self.named or (DEFAULT if self.caller.workspace == EVERY else self.caller.workspace)

    def workspace(self, role: Role, scope: str | None = None) -> Workspace:
        """Return the workspace, if the caller has the role in it."""
        self.check(role, self.name, scope)
        return self.hub.workspace(self.caller.name, self.name, self.folder, admin=self.caller.role == "admin")

    def check(self, role: Role, workspace: str, scope: str | None = None) -> None:
        """Refuse a caller who has not the role in a workspace, or is limited to other routes.

        Raises
        ------
        NotAllowed
            The sentence tells what it would take.
        """
        scope = scope or self.request.scope["path"].split("/")[2]  # its URL is made of the header Host, too
        if self.caller.may(role, workspace, scope):
            return
        has = f"{self.caller.name} is {self.caller.role} of {self.caller.workspace}"
        limit = f", for {', '.join(self.caller.scopes)} alone" if self.caller.scopes else ""
        raise NotAllowed(
            f"This takes the role {role} in the workspace {workspace!r}, and {has}{limit}.",
            next_step="Ask an admin for a token that may.",
        )

    @property
    def folder(self) -> Path | None:
        """Where paths in files of monitors are seen from: of who is on this machine that of the file, else ours."""
        return None if self.caller is self.door.anyone else Path(self.hub.settings.data).absolute()

    def sees(self, workspace: str) -> bool:
        """Return whether a workspace is the caller's to see."""
        return self.caller.workspace in (EVERY, workspace)


async def _asking(
    request: Request,
    workspace: Annotated[Text | None, Query(description="The workspace; else that of the token.")] = None,
    _: Annotated[object, Depends(BEARER)] = None,
) -> Asking:
    return Asking(request, workspace)


Asked = Annotated[Asking, Depends(_asking)]
