"""The heads of a few files: a store that shows no more of a dataset than a look takes."""

from __future__ import annotations

import tempfile
import zlib
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from kedge.domain.window import format_time
from kedge.errors import InputError
from kedge.reading.files import hour, variant
from kedge.reading.lines import LINE_LIMIT
from kedge.reading.reader import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.domain.entry import Entry
    from kedge.ports import ObjectStore

FILES = 4  # files that are looked into, and one of every further variant
VARIANTS = 8
ROWS = 100  # of each
BYTES = 256 << 10  # of each, unless its first line is longer
PARQUET = (".parquet", ".pq")
PARQUET_BYTES = 64 << 20  # a Parquet file in a bucket has no head; a larger one is not fetched


class Heads:
    """An object store that holds the first rows of a few files of a dataset, and all else as it is.

    ``files`` are those looked into, ``lines`` what is seen of each; ``cut`` says that there is more.
    """

    def __init__(self, store: ObjectStore, url: str, entries: Sequence[Entry]) -> None:
        self._store, self._url = store, url
        self.files = _few([entry for entry in entries if _has_head(entry)])
        self.lines: dict[str, list[bytes]] = {}
        self.cut = len(self.files) < len(entries)

    def folders(self, url: str) -> list[str]:
        """Return the names right below a URL that have objects below them."""
        return self._store.folders(url)

    def list(self, url: str) -> list[Entry]:
        """Return the files looked into, for the dataset's URL."""
        return self.files if url == self._url else self._store.list(url)

    def read(self, url: str) -> bytes:
        """Return the whole content of one object."""
        return self._store.read(url)

    def head(self, url: str, size: int) -> bytes:
        """Return the first bytes of one object."""
        return self._store.head(url, size)

    def stage(self, entry: Entry, folder: Path) -> Path:
        """Return a local file with the first rows of an object."""
        name = Path(entry.url).name
        target = Path(tempfile.mkdtemp(dir=folder)) / name
        if Path(name.removesuffix(".out")).suffix.lower() in PARQUET:
            self.cut = True  # no line of it can be broken
            _cut(self._store.stage(entry, folder), target)
            return target
        content = self._rows(entry)
        self.lines[entry.url] = content.splitlines()
        target = target.with_name(name.removesuffix(".gz"))
        target.write_bytes(content)
        return target

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Refuse: a look changes nothing."""
        raise NotImplementedError(url)

    def delete(self, url: str) -> None:
        """Refuse: a look changes nothing."""
        raise NotImplementedError(url)

    def _rows(self, entry: Entry) -> bytes:
        """Return whole lines; a first line that is longer than the head is read to its end."""
        for size in (BYTES, LINE_LIMIT + BYTES):
            head = self._store.head(entry.url, size)
            content = _unpacked(entry.url, head, size)
            if entry.size <= size and len(content) < size and content.count(b"\n") <= ROWS:
                return content
            if b"\n" in content:
                self.cut = True
                return _rows(content)
        return content


def _unpacked(url: str, head: bytes, size: int) -> bytes:
    if not url.endswith(".gz"):
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, size)
    except zlib.error as error:
        raise InputError(f"The file cannot be unpacked ({error}).", file=url, next_step="Fetch it anew.") from None


def _rows(content: bytes) -> bytes:
    """Return the first rows; of CSV no part of one whose quoted field goes on in the next line."""
    lines = list(islice(content.splitlines(keepends=True), ROWS))
    if not lines[-1].endswith((b"\n", b"\r")):
        lines.pop()
    while len(lines) > 1 and content[:1] not in (b"{", b"[") and sum(line.count(b'"') for line in lines) % 2:
        lines.pop()
    return b"".join(lines)


def _cut(path: Path, target: Path) -> None:
    sql = f"SELECT * FROM read_parquet({quoted(str(path))}) LIMIT {ROWS}"
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": False}) as connection:
        connection.execute(f"COPY ({sql}) TO {quoted(str(target))} (FORMAT parquet)")


def _has_head(entry: Entry) -> bool:
    remote = "://" in entry.url and not entry.url.startswith("file://")
    return not (remote and entry.url.endswith(PARQUET) and entry.size > PARQUET_BYTES)


def _few(entries: Sequence[Entry]) -> list[Entry]:
    """Choose files evenly, the first and the last among them, and the first of every variant."""
    steps = {round(i * (len(entries) - 1) / (FILES - 1)) for i in range(FILES)} if entries else set()
    first = {variant(entry.url): i for i, entry in reversed(list(enumerate(entries)))}
    return [entries[i] for i in sorted(steps | set(islice(sorted(first.values()), VARIANTS)))]


def hours(entries: Sequence[Entry]) -> tuple[str, str] | None:
    """Return the first and the last hour that the files' folders name."""
    known = sorted(time for entry in entries if (time := hour(entry.url)))
    return (format_time(known[0]), format_time(known[-1])) if known else None


def names(entries: Sequence[Entry]) -> list[str]:
    """Return every endpoint variant that the files' folders name, as ``endpoint/variant``."""
    known = {variant(entry.url) for entry in entries}
    return sorted("/".join(part for part in pair if part) for pair in known if any(pair))
