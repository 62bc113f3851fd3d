"""The newest captures of an endpoint, and those that come: from a journal, or from where it is shipped to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from kedge.capture.journal import FILES, OPEN, SEALED_SUFFIX, SUFFIX
from kedge.domain.tailed import Tailed
from kedge.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from kedge.domain.entry import Entry
    from kedge.ports import Clock, ObjectStore

HOUR_DEPTH = 4  # yyyy/mm/dd/hh
WATCHED_HOURS = 2  # the present one, and the one before, whose last files come late
RECORD = b'{"captureData"'  # how each starts
FORGET_VARIANTS = 30  # polls, after which it is asked again which variants there are


class Tail(Protocol):
    """Follows what is captured."""

    def last(self, most: int) -> list[Tailed]:
        """Return the newest few, oldest first; to be asked first."""
        ...

    def more(self) -> list[Tailed]:
        """Return what has come since."""
        ...

    def close(self) -> None:
        """Let go of what it follows."""
        ...


def tail(store: ObjectStore, clock: Clock, place: str, endpoint: str, variant: str | None) -> Tail:
    """Return what follows an endpoint's captures at a journal, a folder or a URL.

    Raises
    ------
    InputError
        There is no such endpoint or variant.
    """
    if "://" not in place and Path(place, endpoint, FILES).is_dir():
        return JournalTail(Path(place, endpoint, FILES), variant)
    root = place.rstrip("/")
    _known(endpoint, store.folders(root), root, "endpoint")
    if variant is not None:
        _known(variant, store.folders(f"{root}/{endpoint}"), f"{root}/{endpoint}", "variant")
    return StoreTail(store, clock, f"{root}/{endpoint}", variant)


def _known(name: str, known: list[str], where: str, what: str) -> None:
    if name not in known:
        raise InputError(
            f"There are no captures of this {what}: {name}.{did_you_mean(name, known)}",
            file=where,
            next_step=f"There are: {', '.join(known) or 'none'}.",
        )


@dataclass
class StoreTail:
    """Follows an object store: it lists the newest hours only, and reads each file once."""

    store: ObjectStore
    clock: Clock
    root: str
    variant: str | None = None
    _variants: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _polls: int = 0

    def last(self, most: int) -> list[Tailed]:
        """Return the newest few."""
        self._seen = {entry.url for entry in self._watched()}
        found: list[Tailed] = []
        for variant in self._variants:
            found += self._last(variant, most)
        return _newest(found, most)

    def more(self) -> list[Tailed]:
        """Return the lines of files that have come since."""
        entries = self._watched()
        new = [entry for entry in entries if entry.url not in self._seen]
        self._seen = {entry.url for entry in entries}
        return sorted((line for entry in new for line in self._lines(entry)), key=_time)

    def close(self) -> None:
        """Let go of nothing: no object is held."""

    def _watched(self) -> list[Entry]:
        if self._polls % FORGET_VARIANTS == 0:
            self._variants = [self.variant] if self.variant else self.store.folders(self.root)
        self._polls += 1
        now = self.clock.now()
        hours = [f"{now - timedelta(hours=back):%Y/%m/%d/%H}" for back in range(WATCHED_HOURS)]
        return [e for v in self._variants for hour in hours for e in self.store.list(f"{self.root}/{v}/{hour}")]

    def _last(self, variant: str, most: int) -> list[Tailed]:
        lines: list[Tailed] = []
        for hour in self._hours(f"{self.root}/{variant}", HOUR_DEPTH):
            for entry in reversed(self.store.list(hour)):
                if len(lines) >= most:
                    return lines
                lines[:0] = self._lines(entry)
        return lines

    def _hours(self, url: str, depth: int) -> Iterator[str]:
        """Yield the hour folders below a URL, newest first, asking for no more than is taken."""
        if not depth:
            yield url
            return
        for name in reversed(self.store.folders(url)):
            yield from self._hours(f"{url}/{name}", depth - 1)

    def _lines(self, entry: Entry) -> list[Tailed]:
        path = PurePosixPath(entry.url)
        if not path.name.endswith((SUFFIX, SEALED_SUFFIX)) or path.name.startswith("."):
            return []
        return _tailed(path.parts[-HOUR_DEPTH - 2], path.name, self.store.read(entry.url).splitlines())


@dataclass
class JournalTail:
    """Follows a journal, files that are being written among it.

    Those stay open here, so that nothing is missed of what is shipped, and deleted, between two looks.
    """

    folder: Path
    variant: str | None = None
    _files: dict[str, _Following] = field(default_factory=dict)

    def last(self, most: int) -> list[Tailed]:
        """Return the newest few."""
        lines: list[Tailed] = []
        for name, path in sorted(self._found().items(), key=lambda item: item[0].partition("/")[2], reverse=True):
            enough = len(lines) >= most
            self._files[name] = _Following(path, skip=enough)
            if not enough:
                lines[:0] = self._new(name, path)
        return _newest(lines, most)

    def more(self) -> list[Tailed]:
        """Return what was written since."""
        found = self._found()
        for name in found.keys() - self._files.keys():
            self._files[name] = _Following(found[name])
        lines = [line for name in self._files for line in self._new(name, found.get(name))]
        self._files = {name: file for name, file in self._files.items() if name in found}
        return sorted(lines, key=_time)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _found(self) -> dict[str, Path]:
        """Return the files by the name that they will have when they are closed."""
        root = self.folder / (self.variant or "")
        paths = [path for path in root.rglob("*") if path.name.removesuffix(OPEN).endswith((SUFFIX, SEALED_SUFFIX))]
        return {path.relative_to(self.folder).as_posix().removesuffix(OPEN): path for path in paths}

    def _new(self, name: str, path: Path | None) -> list[Tailed]:
        file = self._files[name]
        lines = file.lines()
        if path is None or path.suffix != OPEN:  # nothing more comes
            file.close()
        return _tailed(name.partition("/")[0], name.rpartition("/")[2], lines)


class _Following:
    """A file that grows, until it is closed."""

    def __init__(self, path: Path, *, skip: bool = False) -> None:
        self._file: BinaryIO | None = None
        self._rest = b""
        if skip and path.suffix != OPEN:  # nothing more comes
            return
        for at in (path, path.with_name(path.name.removesuffix(OPEN))):  # it may be closed this very moment
            with suppress(FileNotFoundError):
                self._file = at.open("rb")
                self._file.seek(0, 2 if skip else 0)
                return

    def lines(self) -> list[bytes]:
        """Return the lines that have come since."""
        if self._file is None:
            return []
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        return lines

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _tailed(variant: str, file: str, lines: Iterable[bytes]) -> list[Tailed]:
    """Return lines with where they are from; a sealed file that was opened on the way holds records."""
    some = [line for line in lines if line]
    sealed = file.endswith(SEALED_SUFFIX) and not all(line.startswith(RECORD) for line in some)
    return [Tailed(variant, None if sealed else line, file) for line in some if not sealed or line[:1] != b"{"]


def _newest(lines: list[Tailed], most: int) -> list[Tailed]:
    return sorted(lines, key=_time)[-most:] if most else []


def _time(tailed: Tailed) -> bytes:
    """Return what orders lines: the time of the inference as it stands near their end."""
    return (tailed.line or b"").rpartition(b'"inferenceTime":"')[2][:20]
