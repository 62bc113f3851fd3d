"""A model as it was given, an archive, a folder or one file, to a folder of the host."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from pathlib import Path
from typing import Final

from kedge.errors import InputError

MOST_BYTES: Final = 16 << 30  # unpacked
MOST_FILES: Final = 50_000
_ARCHIVES: Final = (".tar.gz", ".tgz", ".tar")


def unpacked(source: Path, folder: Path) -> None:
    """Put a model into a new folder.

    Raises
    ------
    InputError
        There is no such file, or it is an archive that is broken, too large, or leads out of its folder.
    """
    if not source.exists():
        raise InputError("There is no such model.", file=source, next_step="Give an archive, a folder or a file.")
    if folder.resolve().is_relative_to(source.resolve()):
        raise InputError("The models of the host are in this folder.", file=source, next_step="Give a folder without.")
    folder.mkdir(parents=True)
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
    elif source.name.endswith(_ARCHIVES):
        _extract(source, folder)
    else:
        shutil.copy2(source, folder)
    _inside(source, folder)


def digest(source: Path) -> str:
    """Return what tells a model from others: a hash of its bytes, in a folder also of the names.

    Raises
    ------
    InputError
        It cannot be read.
    """
    told = hashlib.sha256()
    files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    try:
        for path in files:
            told.update(f"{path.relative_to(source)}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    told.update(chunk)
    except OSError as error:
        raise InputError(
            f"The model cannot be read ({error.strerror}).",
            file=source,
            next_step="Give an archive, a folder or a file.",
        ) from None
    return told.hexdigest()


def _extract(source: Path, folder: Path) -> None:
    try:
        with tarfile.open(source) as archive:
            size = 0
            for count, member in enumerate(archive, 1):
                size += member.size
                if size > MOST_BYTES or count > MOST_FILES:
                    raise _refused(source, f"It holds more than {MOST_FILES:,} files or {MOST_BYTES >> 30} GiB")
                _place(archive, member, source, folder)
    except (tarfile.TarError, EOFError, OSError) as error:  # of gzip, too
        raise _refused(source, f"It cannot be unpacked: {error}") from None


def _place(archive: tarfile.TarFile, member: tarfile.TarInfo, source: Path, folder: Path) -> None:
    """Put a folder or a file of an archive in its place; a model needs nothing else, and only they are safe."""
    target = folder / member.name.lstrip("/")
    if not target.resolve().is_relative_to(folder.resolve()):
        raise _refused(source, f"{member.name} leads out of its folder")
    content = archive.extractfile(member) if member.isfile() else None
    if content is None and not member.isdir():
        raise _refused(source, f"{member.name} is neither a file nor a folder")
    if content is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)


def _inside(source: Path, folder: Path) -> None:
    """Look again at what lies there now: a model is not to read what is the host's."""
    root = folder.resolve()
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            raise _refused(source, f"{path.relative_to(folder)} is a link that leads out of the model")


def _refused(source: Path, why: str) -> InputError:
    return InputError(f"{why}.", file=source, next_step="Pack it anew: tar -czf model.tar.gz -C folder .")
