"""Secrets: what stands in the catalog in their place, and what is there."""

from __future__ import annotations

from collections.abc import Mapping  # fields of these types are told by their annotations
from dataclasses import dataclass, field

from kedge.domain.secret import REFERENCE, Secret
from kedge.errors import NotAllowed, did_you_mean
from kedge.service.access.places import Places


@dataclass(frozen=True)
class Secrets:
    """What somebody may name in the place of a secret: ``env:NAME``, a credential, or ``file:PATH``.

    Parameters
    ----------
    credentials
        Those of the workspace, and where their values are.
    places
        Where files may be.
    every
        Whether any variable of the server may be named: in the default workspace where nobody logs in. Who asks there
        could read them anyway.
    """

    credentials: Mapping[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=lambda: Places(everywhere=True))
    every: bool = True

    def check(self, reference: str, field: str) -> None:
        """Refuse a place of a secret that may not be named.

        Raises
        ------
        NotAllowed
            It may not.
        """
        kind, _, place = reference.partition(":")
        if kind == "file":
            self.places.check(place, field)
        elif not self.every and place not in self.credentials:
            raise NotAllowed(
                f"The workspace has no credential {place[:80]!r}.{did_you_mean(place, self.credentials)}",
                field=field,
                next_step="Have the operator give it one: kedge workspace create NAME --replace --credential.",
            )

    def reveal(self, text: str, field: str) -> str:
        """Return what a text says: the secret, where it names the place of one; it is read anew each time.

        Raises
        ------
        NotAllowed
            It may not be named.
        SettingError
            There is none.
        """
        if not REFERENCE.fullmatch(text):
            return text
        self.check(text, field)
        kind, _, place = text.partition(":")
        own = self.credentials.get(place) if kind == "env" else None
        return Secret(reference=own or text).reveal()
