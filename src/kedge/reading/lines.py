"""Lines of text files: how long they may be, where they are, and what they hold."""

from __future__ import annotations

import gzip
import json
import tempfile
import zlib
from codecs import BOM_UTF8
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from kedge.reading.files import File

LINE_LIMIT = 16 << 20  # bytes of one line; a longer one is a broken file, not a row


def bounded(file: File) -> None:
    """Refuse a file with a line longer than DuckDB's buffer, which would end the reading there.

    Only the first line break after every ``LINE_LIMIT`` bytes is looked for, so nearly nothing is read.

    Raises
    ------
    InputError
        There is none within the limit.
    """
    with unpacked(file.path, file.url) as content:
        place = 0
        while content.seek(place) == place and (piece := content.read(1 << 16)):
            seen = len(piece)
            while b"\n" not in piece and (piece := content.read(1 << 20)):
                seen += len(piece)
                if seen > LINE_LIMIT:
                    raise InputError(
                        f"A line is longer than {LINE_LIMIT >> 20} MB.",
                        file=file.url,
                        line=line_at(str(file.path), place),
                        next_step="Check that the file is what its name says, and that its quotes are closed.",
                    )
            place += LINE_LIMIT


def even(file: File, folder: Path) -> File:
    """Return the file, or a copy with one kind of line end where it mixes two: DuckDB would refuse all of it."""
    with unpacked(file.path, file.url) as content:
        if not _mixed(content):
            return file
    copy = Path(tempfile.mkdtemp(dir=folder)) / file.path.name.removesuffix(".gz")
    with unpacked(file.path, file.url) as content, copy.open("wb") as written:
        written.writelines(line.removesuffix(b"\r\n") + b"\n" if line.endswith(b"\r\n") else line for line in content)
    return replace(file, path=copy)


def _mixed(content: gzip.GzipFile | BufferedReader) -> bool:
    """Return whether some lines end with CR LF and some with LF alone."""
    windows = unix = False
    last = b""
    while piece := content.read(1 << 20):
        pairs = (last + piece).count(b"\r\n") if b"\r" in last + piece else 0
        windows = windows or pairs > 0
        unix = unix or (piece.count(b"\n") > pairs if pairs else b"\n" in piece)
        if windows and unix:
            return True
        last = piece[-1:]
    return False


def line_at(path: str, position: int | None) -> int | None:
    """Return the line at a byte of a file: DuckDB counts rows, and a quoted field may span lines."""
    if position is None or path.endswith(".gz"):
        return None
    with Path(path).open("rb") as file:
        line, left = 1, position
        while left > 0 and (piece := file.read(min(left, 1 << 20))):
            line, left = line + piece.count(b"\n"), left - len(piece)
    return line


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that hold anything, counted from 1."""
    with unpacked(path) as file:
        yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())


def offence(line: bytes, value: Any) -> str | None:
    """Return what DuckDB does not read in a line of JSON that Python does."""
    if line.startswith(BOM_UTF8):
        return "The line starts with a byte order mark; save the file as UTF-8 without one."
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "The text holds half a character (a lone surrogate)."
    return None


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
