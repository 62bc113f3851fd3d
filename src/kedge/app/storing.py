"""Where everything is read and written: every store behind one, chosen by the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.adapters.stores.bounded import Bounded
from kedge.adapters.stores.local import Local
from kedge.adapters.stores.remote import SCHEMES, Remote
from kedge.adapters.stores.unsealed import Unsealed
from kedge.domain.access import DEFAULT
from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.access import WorkspaceSettings
    from kedge.domain.entry import Entry
    from kedge.ports import ObjectStore
    from kedge.service.access.places import Places
    from kedge.settings import Settings


def store() -> ObjectStore:
    """Return where reports go."""
    return Stores()


def stores(settings: Settings, workspace: WorkspaceSettings) -> Stores:
    """Return what a workspace reads and writes: with its own credentials; the default one may have the server's."""
    from kedge.service.terms import capture_key_of

    servers = workspace.name == DEFAULT and not workspace.credentials
    return Stores(capture_key_of(settings, workspace), None if servers else workspace.credentials)


def save(url: str, suffix: str, content: bytes) -> None:
    """Write a single file."""
    from kedge.service.shelf import place

    folder, name = place(url, suffix)
    Stores().write(folder, {name: content})


@dataclass(frozen=True)
class Files(Mapping[str, bytes]):
    """Files of a folder, each read when it is asked for."""

    folder: Path
    names: tuple[str, ...]

    def __getitem__(self, name: str) -> bytes:
        return Path(self.folder, name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Stores:
    """Every store at once: the URL's scheme chooses. Captures that were sealed are read with the key at ``key``.

    Parameters
    ----------
    credentials
        Where the variables are that a workspace has in the place of the environment's; None has those.
    places
        What is reached of all that there is; None is all.
    """

    key: str | None = None
    credentials: Mapping[str, str] | None = None
    places: Places | None = None

    def folders(self, url: str) -> list[str]:
        """Return the names of what lies right below a URL and holds more."""
        return self._at(url).folders(url)

    def list(self, url: str) -> list[Entry]:
        """Return what is at or below a URL."""
        return self._at(url).list(url)

    def read(self, url: str) -> bytes:
        """Return the content of one object."""
        return self._at(url).read(url)

    def head(self, url: str, size: int) -> bytes:
        """Return the first bytes of one object."""
        return self._at(url).head(url, size)

    def stage(self, entry: Entry, folder: Path) -> Path:
        """Return a local file with the content of an object."""
        return self._at(entry.url).stage(entry, folder)

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files below a URL."""
        self._at(url).write(url, files)

    def delete(self, url: str) -> None:
        """Delete one object."""
        self._at(url).delete(url)

    def _at(self, url: str) -> ObjectStore:
        store = _store(url, self.credentials)
        bounded = self.places and not self.places.everywhere
        return Unsealed(Bounded(store, self.places.holds) if self.places and bounded else store, self.key)


def _store(url: str, credentials: Mapping[str, str] | None) -> ObjectStore:
    scheme, mark, _ = url.partition("://")
    if not mark or scheme == "file":
        return Local()
    if scheme in SCHEMES:
        return Remote(_own(credentials) if credentials is not None else None)
    known = ("file", *SCHEMES)
    raise SettingError(
        f"No store is known for {scheme}://.{did_you_mean(scheme, known)}",
        file=url,
        next_step=f"Use a path, or one of {', '.join(f'{name}://' for name in known)}.",
    )


def _own(credentials: Mapping[str, str]) -> dict[str, str]:
    from kedge.service.access.workspaces import resolved

    return resolved(credentials)
