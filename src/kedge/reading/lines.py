"""Lines of text files: how long they may be, where they are, and what they hold."""

from __future__ import annotations

import gzip
import json
import tempfile
from codecs import BOM_UTF8
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.errors import InputError
from kedge.reading.packed import unpacked

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
    """Return the file, or a copy with one kind of line end where it mixes two: DuckDB would refuse all of it.

    Raises
    ------
    InputError
        A carriage return alone stands in a line, outside of quotes: nobody can say whether it ends one.
    """
    with unpacked(file.path, file.url) as content:
        windows, unix, returns = _ends(content)
    if returns and (windows or unix):
        _refuse_bare_return(file)
    if not (windows and unix):
        return file
    copy = Path(tempfile.mkdtemp(dir=folder)) / file.path.name.removesuffix(".gz")
    with unpacked(file.path, file.url) as content, copy.open("wb") as written:
        written.writelines(line.removesuffix(b"\r\n") + b"\n" if line.endswith(b"\r\n") else line for line in content)
    return replace(file, path=copy)


def _ends(content: gzip.GzipFile | BufferedReader) -> tuple[int, int, int]:
    """Count CR LF, LF alone and CR alone."""
    pairs = feeds = returns = 0
    last = b""
    while piece := content.read(1 << 20):
        if found := piece.count(b"\r"):
            returns += found
            pairs += piece.count(b"\r\n")
        pairs += last == b"\r" and piece.startswith(b"\n")
        feeds += piece.count(b"\n")
        last = piece[-1:]
    return pairs, feeds - pairs, returns - pairs


def _refuse_bare_return(file: File) -> None:
    quoted = False
    with unpacked(file.path, file.url) as content:
        for number, line in enumerate(content, 1):
            parts = line.removesuffix(b"\n").removesuffix(b"\r").split(b'"')
            if any(b"\r" in part for part in parts[quoted::2]):
                raise InputError(
                    "A carriage return stands outside of quotes, in a line that ends otherwise.",
                    file=file.url,
                    line=number,
                    next_step="Put its field in quotes, or end all lines alike.",
                )
            quoted ^= len(parts) % 2 == 0


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
