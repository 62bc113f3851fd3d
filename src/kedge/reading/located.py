"""Paths of ``monitors.yaml``: seen from the file, and kept as they are seen from everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kedge.domain.secret import REFERENCE


def located(url: str | None, folder: Path) -> str | None:
    """Return a path that is seen from the file as one that is seen from everywhere; a URL is as it is."""
    return url if url is None or "://" in url else str(folder / url)


def located_word(word: str, folder: Path) -> str:
    """Return a word of a command, whole where it names a file."""
    return str(located(word, folder)) if is_file(word, folder) else word


def located_secret(text: str | None, folder: Path) -> str | None:
    """Return the place of a secret as one that is seen from everywhere; what is none is as it is."""
    found = REFERENCE.fullmatch(text or "")
    return f"file:{folder / found[2]}" if found and found[1] == "file" else text


def is_there(path: str | None, folder: Path) -> bool:
    """Return whether a predictor is a file; who asks is told so of none that they may not name."""
    if path is None or "://" in path:
        return False
    return ":" not in path or _is(Path.exists, folder / path)


def is_file(word: str, folder: Path) -> bool:
    """Return whether a word names a file beside the one that it stands in."""
    return "://" not in word and _is(Path.is_file, folder / word)


def _is(look: Callable[[Path], bool], path: Path) -> bool:
    try:
        return look(path)
    except OSError:  # it is too long, or nobody lets us look
        return False
