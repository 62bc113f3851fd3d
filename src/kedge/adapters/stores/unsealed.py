"""Any store, whose sealed captures are opened on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.capture.journal import SEALED_SUFFIX, SUFFIX
from kedge.capture.sealing import opened
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kedge.domain.entry import Entry
    from kedge.ports import ObjectStore


@dataclass(frozen=True)
class Unsealed:
    """A store over another one: what was sealed is read as if it had not been, all else as it is.

    Parameters
    ----------
    key
        Where the key is, as of ``capture.sealing.sealer``; without one, a sealed file cannot be read.
    """

    store: ObjectStore
    key: str | None

    def folders(self, url: str) -> list[str]:
        """Return the names right below a URL that have objects below them."""
        return self.store.folders(url)

    def list(self, url: str) -> list[Entry]:
        """Return what is at or below a URL, under the names and with the sizes that it has there."""
        return self.store.list(url)

    def read(self, url: str) -> bytes:
        """Return the content of one object, opened."""
        content = self.store.read(url)
        return self._opened(content, url) if url.endswith(SEALED_SUFFIX) else content

    def head(self, url: str, size: int) -> bytes:
        """Return the first bytes of one object, opened."""
        return self.read(url)[:size] if url.endswith(SEALED_SUFFIX) else self.store.head(url, size)

    def stage(self, entry: Entry, folder: Path) -> Path:
        """Return a local file with the content of an object, opened below ``folder``."""
        if not entry.url.endswith(SEALED_SUFFIX):
            return self.store.stage(entry, folder)
        name = entry.url.rpartition("/")[2].removesuffix(SEALED_SUFFIX) + SUFFIX
        target = folder / "unsealed" / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.write_bytes(self.read(entry.url))
        return target

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files below a URL, as they are."""
        self.store.write(url, files)

    def delete(self, url: str) -> None:
        """Delete one object."""
        self.store.delete(url)

    def _opened(self, content: bytes, url: str) -> bytes:
        if self.key is None:
            raise InputError(
                "The file is sealed.", file=url, next_step="Say where its key is: KEDGE_CAPTURE_KEY=file:PATH."
            )
        return opened(content, self.key, url)
