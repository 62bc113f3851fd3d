"""Any store, of which only what is allowed can be reached, looked at whenever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kedge.domain.entry import Entry
    from kedge.ports import ObjectStore


@dataclass(frozen=True)
class Bounded:
    """A store over another one. A link that was changed since somebody looked leads nowhere.

    Parameters
    ----------
    holds
        Whether a path or URL leads to a place that is allowed.
    """

    store: ObjectStore
    holds: Callable[[str], bool]

    def folders(self, url: str) -> list[str]:
        """Return the names right below a URL that have objects below them."""
        return self.store.folders(self._held(url))

    def list(self, url: str) -> list[Entry]:
        """Return what is at or below a URL, without what leads elsewhere."""
        return [entry for entry in self.store.list(self._held(url)) if self.holds(entry.url)]

    def read(self, url: str) -> bytes:
        """Return the content of one object."""
        return self.store.read(self._held(url))

    def head(self, url: str, size: int) -> bytes:
        """Return the first bytes of one object."""
        return self.store.head(self._held(url), size)

    def stage(self, entry: Entry, folder: Path) -> Path:
        """Return a local file with the content of an object; of a local one, where its links lead now."""
        self._held(entry.url)
        staged = self.store.stage(entry, folder).resolve()
        if not staged.is_relative_to(folder.resolve()):
            self._held(str(staged))
        return staged

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files below a URL."""
        for name in files:
            self._held(f"{url.rstrip('/')}/{name}")
        self.store.write(url, files)

    def delete(self, url: str) -> None:
        """Delete one object."""
        self.store.delete(self._held(url))

    def _held(self, url: str) -> str:
        if not self.holds(url):
            raise NotAllowed(
                "The server may not reach this place.",
                file=url,
                next_step="Name another one, or have the operator allow it: allowed_places.",
            )
        return url
