"""Files that may be packed: what they hold, and how they start."""

from __future__ import annotations

import gzip
import zlib
from codecs import BOM_UTF8
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

GZIP = b"\x1f\x8b"  # how such a file starts


@contextmanager
def unpacked(path: Path, url: str | None = None) -> Iterator[gzip.GzipFile | BufferedReader]:
    """Open a file, unpacked where its name says that it is a gzip file.

    Raises
    ------
    InputError
        It is not one, or was cut short.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"The file cannot be unpacked ({str(error).rstrip('.')}).",
            file=url or path,
            next_step="Fetch or write it anew: it may be cut off.",
        ) from None


def head(path: Path, size: int = 1 << 20) -> bytes:
    """Return the first bytes of a file, unpacked where it is a gzip file, without a byte order mark."""
    with unpacked(path) as file:
        return file.read(size).removeprefix(BOM_UTF8)
