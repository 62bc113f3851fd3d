"""``/v1/tokens``: what lets programs in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from kedge.domain.access import EVERY, Role, Token
from kedge.domain.documents import to_document
from kedge.domain.window import parse_time
from kedge.errors import NotAllowed
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import Body, Text, Time, model
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routing import routes

router = routes("tokens")


class TokenBody(Body):
    """Who will have it, what it lets them do and where, and until when."""

    name: Text
    role: Role
    workspace: Text | None = None
    scopes: list[Text] = Field(default_factory=list)
    expires: Time | None = None


class Issued(Body):
    """A new token, and what its holder shows: it is told here, once."""

    token: dict[str, object]
    secret: str


class Tokens(Body):
    """Tokens, the oldest first."""

    items: list[model(Token)]  # type: ignore[valid-type]  # made while it runs


Id = Annotated[Text, Path(description="Its id.")]
ISSUED: dict[int | str, dict[str, Any]] = {201: {"model": Issued, "description": "It."}, **answers(400)}
ONE: dict[int | str, dict[str, Any]] = {200: {"model": model(Token), "description": "It."}}


@router.get("/tokens", summary="List tokens", responses={200: {"model": Tokens}})
def list_tokens(asked: Asked) -> Response:
    """List the tokens of the caller's workspace, or of all; of none of them the secret, which nobody keeps."""
    asked.check("admin", asked.name)
    one = None if asked.caller.workspace == EVERY and not asked.named else asked.name
    return Document({"items": [to_document(token) for token in asked.hub.tokens(asked.caller.name).list(one)]})


@router.post("/tokens", summary="Issue a token", status_code=201, responses=ISSUED)
def issue_token(body: TokenBody, asked: Asked) -> Response:
    """Issue a token that lets do no more than the caller may."""
    workspace = body.workspace or asked.name
    asked.check("admin", workspace)
    if not asked.caller.may_give(body.role, workspace, body.scopes):
        raise NotAllowed("It would let do more than you may.", next_step="Give it fewer scopes, or a lower role.")
    expires = parse_time(body.expires) if body.expires else None
    tokens = asked.hub.tokens(asked.caller.name)
    token, secret = tokens.issue(body.name, body.role, workspace, tuple(body.scopes), expires)
    return Document({"token": to_document(token), "secret": secret}, 201, {"Cache-Control": "no-store"})


@router.get("/tokens/{id}", summary="Get a token", responses={**ONE, **answers(404)})
def get_token(id: Id, asked: Asked) -> Response:
    """Get one; its secret nobody keeps."""
    return Document(to_document(_known(id, asked)))


@router.delete("/tokens/{id}", summary="Revoke a token", responses={**ONE, **answers(404, 409)})
def revoke_token(id: Id, asked: Asked) -> Response:
    """Take a token back: it lets nobody in from now on; twice is once."""
    known = _known(id, asked)
    return Document(to_document(asked.hub.tokens(asked.caller.name).revoke(known.id)))


def _known(id: str, asked: Asked) -> Token:
    """Return a token whose workspace is the caller's to rule."""
    asked.check("admin", asked.name)
    token = asked.hub.tokens("").get(id)
    asked.check("admin", token.workspace)
    return token
