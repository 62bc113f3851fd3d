"""Tokens: issued once, shown with every request, never kept.

A token is ``kedge_<id>_<secret>``. Its secret is 256 bits of the system's own randomness, and what is kept is its
SHA-256. A slow hash, as for passwords, is there to make guessing dear: here there is nothing to guess, as no machine
tries 2**256 secrets, and a slow hash would only cost every request.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.access import DEFAULT, EVERY, ROLES, SCOPES, Role, Token
from kedge.domain.documents import from_document, to_document
from kedge.domain.record import Query, Record
from kedge.domain.window import format_time
from kedge.errors import Conflict, NotFound, SettingError
from kedge.service.catalog import rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.domain.access import Caller
    from kedge.ports import Clock, Rooms
    from kedge.service.access.workspaces import Workspaces

PREFIX: Final = "kedge"
ID_BYTES, SECRET_BYTES, LONGEST_NAME = 8, 32, 128
LONGEST: Final = 256  # of what is shown: more is no token, and is not hashed
USE_NOTED: Final = timedelta(minutes=1)  # a use within it of the one before is not written down
TRIES: Final = 10
UNKNOWN: Final = "0" * 64  # what is compared where there is no such token, so that it takes as long


@dataclass(frozen=True)
class Tokens:
    """The tokens of all workspaces.

    Parameters
    ----------
    records
        Where they are kept: the hub's, the workspace ``default``.
    clock
        Tells when they expire.
    by
        Who issues and revokes them.
    """

    records: Rooms
    clock: Clock
    by: str

    def issue(
        self,
        name: str,
        role: Role,
        workspace: str | None = None,
        scopes: Sequence[str] = (),
        expires: datetime | None = None,
    ) -> tuple[Token, str]:
        """Return a new token, and what its holder shows: it is told here, once, and nowhere else.

        Whether ``by`` may issue it is asked before: :meth:`kedge.domain.access.Caller.may_give`.

        Parameters
        ----------
        workspace
            Where it is good: in one, the default one unless it is said, or ``*``, all of them.

        Raises
        ------
        NotFound
            There is no such workspace.
        """
        workspace = workspace or DEFAULT
        self._check(name, role, workspace, scopes, expires)
        token = Token(
            id=token_hex(ID_BYTES),
            name=name,
            role=role,
            workspace=workspace,
            scopes=tuple(scopes),
            created=self.clock.now(),
            created_by=self.by,
            expires=expires,
        )
        secret = token_urlsafe(SECRET_BYTES)
        self.records.put(_record(token, Record(Token.kind, token.id), _digest(secret)), self.by)
        return token, f"{PREFIX}_{token.id}_{secret}"

    def verify(self, shown: str) -> Caller | None:
        """Return who shows a token; None where it is none, is expired or revoked."""
        id_, secret = _parted(shown)
        record = self.records.get(Token.kind, id_) if id_ else None
        known = record.document["sha256"] if record else UNKNOWN
        if not compare_digest(known, _digest(secret)) or record is None:
            return None
        token, now = _token(record), self.clock.now()
        if not token.is_good(now):
            return None
        self._note_use(token, record, now)
        return token.caller

    def get(self, id: str) -> Token:
        """Return one.

        Raises
        ------
        NotFound
            There is none.
        """
        return _token(self._known(id))

    def list(self, workspace: str | None = None) -> list[Token]:
        """Return them, of one workspace or of all, the oldest first."""
        return [_token(record) for record in self.records.list(Query(Token.kind, parent=workspace, order="created"))]

    def revoke(self, id: str) -> Token:
        """Take one back: it lets nobody in from now on; twice is once."""
        for left in reversed(range(TRIES)):
            record = self._known(id)
            token = _token(record)
            if token.revoked:
                return token
            token = replace(token, revoked=self.clock.now(), revoked_by=self.by)
            try:
                self.records.put(_record(token, record, record.document["sha256"]), self.by)
            except Conflict:  # it was used at the same moment
                if not left:
                    raise
            else:
                return token
        raise AssertionError("unreachable")

    def _note_use(self, token: Token, record: Record, now: datetime) -> None:
        if token.last_used is None or now - token.last_used >= USE_NOTED:
            with suppress(Conflict):  # somebody noted it, or revoked it
                self.records.put(_record(replace(token, last_used=now), record, record.document["sha256"]), "")

    @property
    def _workspaces(self) -> Workspaces:
        from kedge.service.access.workspaces import Workspaces  # who deletes one revokes its tokens

        return Workspaces(self.records, self.by, self.clock)

    def _known(self, id: str) -> Record:
        record = self.records.get(Token.kind, id)
        if record is None:
            raise NotFound(f"There is no token {id!r}.", field="token", next_step="kedge token list shows them.")
        return record

    def _check(self, name: str, role: str, workspace: str, scopes: Sequence[str], expires: datetime | None) -> None:
        if not name.strip() or not name.isprintable():
            raise SettingError("A token has a name.", field="name", next_step="Say who will have it.")
        rules.at_most(name, LONGEST_NAME, "name")
        rules.one_of(role, ROLES, "role")
        if workspace != EVERY:
            rules.named(workspace, "workspace")
            self._workspaces.get(workspace)
        for scope in scopes:
            rules.one_of(scope, SCOPES, "scopes")
        if expires is not None and expires <= self.clock.now():
            raise SettingError(
                f"{format_time(expires)} is past.", field="expires", next_step="Give a time that is to come."
            )


def _parted(shown: str) -> tuple[str, str]:
    """Return id and secret of what is shown, empty where it is no token."""
    prefix, _, rest = shown.partition("_")
    id_, _, secret = rest.partition("_")
    return (id_, secret) if prefix == PREFIX and len(shown) <= LONGEST and id_.isalnum() else ("", "")


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _record(token: Token, known: Record, digest: str) -> Record:
    document: dict[str, Any] = to_document(token) | {"sha256": digest}
    status = "Revoked" if token.revoked else "Active"
    return replace(known, document=document, parent=token.workspace, status=status, time=token.expires)


def _token(record: Record) -> Token:
    return from_document(Token, record.document)
