"""Workspaces: what each team has of its own, declared once for the whole database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.access import DEFAULT, WorkspaceSettings
from kedge.domain.catalog import KINDS
from kedge.domain.record import Query
from kedge.errors import InUse, SettingError
from kedge.service.access.tokens import Tokens
from kedge.service.catalog import rules
from kedge.service.catalog.kept import Kept, there_is

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.ports import Clock, Rooms

LONGEST_DESCRIPTION, MOST_PLACES, MOST_CREDENTIALS = 1024, 100, 100
# What would change how executions run, and is no credential.
RESERVED: Final = ("KEDGE_", "PYTHON", "LD_", "DYLD_", "PATH", "TMPDIR")


@dataclass(frozen=True)
class Workspaces(Kept[WorkspaceSettings]):
    """The workspaces of a database; the default one is there without being declared.

    Whoever may declare one names files and variables of the server, so that is the hub's: role ``admin`` in ``*``.
    """

    records: Rooms
    clock: Clock

    cls = WorkspaceSettings

    def find(self, name: str) -> WorkspaceSettings | None:
        """Return one, or None where there is none."""
        return super().find(name) or (WorkspaceSettings(name=DEFAULT) if name == DEFAULT else None)

    def get(self, name: str) -> WorkspaceSettings:
        """Return one.

        Raises
        ------
        NotFound
            There is none of this name; the nearest is told.
        """
        return self.find(name) or super().get(name)

    def list(self, **asked: Any) -> list[WorkspaceSettings]:
        """Return those that a query asks for; where nothing is asked all, the default one too, by name."""
        found = {one.name: one for one in super().list(**asked)}
        if not asked:
            found.setdefault(DEFAULT, WorkspaceSettings(name=DEFAULT))
        return [found[name] for name in sorted(found)] if not asked else [*found.values()]

    def is_declared(self, name: str) -> bool:
        """Return whether one was declared; the default one is there all the same."""
        return super().find(name) is not None

    def create(self, settings: WorkspaceSettings) -> WorkspaceSettings:
        """Keep a new one.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        _check(settings)
        if self.is_declared(settings.name):
            raise there_is(self, settings.name)
        return self.make(settings)

    def declare(self, settings: WorkspaceSettings, expected: WorkspaceSettings | None = None) -> WorkspaceSettings:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was."""
        _check(settings)
        if not self.is_declared(settings.name) and expected in (None, self.find(settings.name)):
            return self.make(settings)  # the default one is there, and may never have been declared
        return self.change(settings.name, lambda _: settings, expected)

    def delete(self, name: str, *, force: bool = False) -> None:
        """Delete one that is empty, or with all that the database has of it; its tokens let nobody in from then on.

        Reports, profiles and captures stay where they are.

        Raises
        ------
        InUse
            It is not empty, or is the default one.
        """
        if name == DEFAULT:
            raise InUse("The default workspace stays.", field="workspace", next_step="Delete what is in it instead.")
        super().get(name)
        room = self.records.of(name)
        kind = next((kind for kind in KINDS if room.list(Query(kind, limit=1))), None)
        if kind and not force:
            raise InUse(
                f"The workspace {name!r} is not empty: it has at least one {kind}.",
                field="workspace",
                next_step="Delete what is in it, or all at once: --force.",
            )
        tokens = Tokens(self.records, self.clock, self.by)
        for token in tokens.list(name):
            tokens.revoke(token.id)
        self.remove(name)
        room.clear()


def resolved(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the values of credentials, which stand in files or in variables of this process.

    Raises
    ------
    SettingError
        There is no such file or variable.
    """
    return {name: _value(name, reference) for name, reference in credentials.items()}


def _value(name: str, reference: str) -> str:
    kind, _, place = reference.partition(":")
    try:
        return Path(place).read_text("utf-8").rstrip("\r\n") if kind == "file" else os.environ[place]
    except (KeyError, OSError, UnicodeDecodeError):
        raise SettingError(
            f"{'The file' if kind == 'file' else 'The variable'} {place!r}, which has its value, cannot be read.",
            field=f"credentials.{name}",
            next_step="Put it where the server can read it, or say where it is.",
        ) from None


def _check(settings: WorkspaceSettings) -> None:
    rules.named(settings.name)
    rules.at_most(settings.description, LONGEST_DESCRIPTION, "description")
    rules.at_most(settings.output or "", rules.LONGEST_URL, "output")
    rules.at_most(settings.places, MOST_PLACES, "places")
    rules.at_most(settings.credentials, MOST_CREDENTIALS, "credentials")
    for place in settings.places:
        rules.at_most(place, rules.LONGEST_URL, "places")
    for name, reference in settings.credentials.items():
        _check_credential(name, reference)
    if settings.capture_key and not _is_reference(settings.capture_key, "file"):
        raise SettingError("This is no place of a key.", field="capture_key", next_step="Write file:PATH.")


def _check_credential(name: str, reference: str) -> None:
    """Refuse what is no variable, and what is no reference; what that is instead may be a secret, and is not told."""
    if not rules.VARIABLE.fullmatch(name) or name.upper().startswith(RESERVED):
        raise SettingError(
            f"{name[:80]!r} is no variable for a credential.",
            field="credentials",
            next_step="Name one such as AWS_ACCESS_KEY_ID.",
        )
    if not _is_reference(reference, "file", "env"):
        raise SettingError(
            "This is no place of a value.",
            field=f"credentials.{name}",
            next_step="Write file:PATH, a whole path, or env:NAME; never the value itself.",
        )


def _is_reference(text: str, *kinds: str) -> bool:
    kind, _, place = text.partition(":")
    fits = Path(place).is_absolute() if kind == "file" else rules.VARIABLE.fullmatch(place)
    return kind in kinds and bool(fits) and "\0" not in text
