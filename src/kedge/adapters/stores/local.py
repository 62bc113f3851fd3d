"""Files of this machine: paths and ``file://`` URLs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from kedge.domain.entry import Entry
from kedge.errors import InputError, SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ASIDE = ".writing-"  # folders of what has no name yet; one whose writer was killed stays, and is nobody's


def path(url: str) -> Path:
    """Return the local path of a path or ``file://`` URL."""
    if not url.startswith("file://"):
        return Path(url)
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):  # file://folder/a.csv: what stands first is a machine
        raise SettingError("A file:// URL needs a whole path.", file=url, next_step=f"Give it, or the path: {url[7:]}.")
    return Path(unquote(parts.path))


class Local:
    """An object store over folders."""

    def folders(self, url: str) -> list[str]:
        """Return the names of the folders right below ``url``."""
        root = path(url)
        return sorted(p.name for p in root.iterdir() if p.is_dir()) if root.is_dir() else []

    def list(self, url: str) -> list[Entry]:
        """Return the file at ``url``, or all files below it, by name."""
        root = path(url)
        found = sorted(_below(root)) if root.is_dir() else [root]
        return [entry for p in found if (entry := _entry(p))]

    def read(self, url: str) -> bytes:
        """Return the content of a file."""
        try:
            return path(url).read_bytes()
        except OSError as error:
            raise InputError(f"The file cannot be read ({error.strerror}).", file=url) from None

    def head(self, url: str, size: int) -> bytes:
        """Return the first bytes of a file."""
        with path(url).open("rb") as file:
            return file.read(size)

    def stage(self, entry: Entry, folder: Path) -> Path:  # noqa: ARG002 - the port's name
        """Return the path itself: the file is here already."""
        return path(entry.url)

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files into the folder ``url``: all are on disk before the first takes its name, the last one last."""
        folder = path(url)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise InputError("The output is a file, not a folder.", file=url, next_step="Name a folder.") from None
        with tempfile.TemporaryDirectory(dir=folder, prefix=ASIDE) as aside:
            for name, content in files.items():
                _write(Path(aside, name), content)
            *others, last = files
            if others:
                (folder / last).unlink(missing_ok=True)
            for name in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                Path(aside, name).replace(folder / name)
                _sync((folder / name).parent)

    def delete(self, url: str) -> None:
        """Delete a file, if it is there."""
        path(url).unlink(missing_ok=True)


def _below(root: Path) -> Iterator[Path]:
    """Yield what is below a folder, but for what has no name yet; folders may go meanwhile."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(ASIDE)]
        yield from (Path(folder, name) for name in names)


def _entry(path: Path) -> Entry | None:
    try:
        status = path.stat()
    except OSError:  # it has gone, or leads nowhere
        return None
    return Entry(str(path), status.st_size) if S_ISREG(status.st_mode) else None


def _sync(folder: Path) -> None:
    """Have a new name survive a power loss: whoever is told that a file is written may delete its own."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
