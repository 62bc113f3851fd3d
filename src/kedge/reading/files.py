"""Which files a dataset is made of, what they are, and which endpoint variant they belong to."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from kedge.domain.window import HOUR, Window
from kedge.domain.wire import CAPTURE_DATA, MERGE_FOLDER
from kedge.errors import InputError, NoData, SettingError
from kedge.reading.hours import reach, within
from kedge.reading.packed import GZIP, head

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kedge.domain.dataset import Dataset, Format
    from kedge.domain.entry import Entry
    from kedge.ports import ObjectStore

Found = TypeVar("Found", "Entry", "File")

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
MANIFEST = re.compile(rb'\[\s*\{\s*"prefix"')
PACKED = (".zst", ".bz2", ".xz", ".zip", ".7z")  # of these only DuckDB knows some, and only in some formats
# {endpoint}/{variant}/yyyy/mm/dd/hh/ (data-capture.md, 1.4); batch manifests have input or output instead.
# Below the endpoint's own folder, the variant still stands before the year.
HOUR_FOLDER = re.compile(r"(?:(?:([^/]+)/)?([^/]+)/)?(\d{4})/(\d\d)/(\d\d)/(\d\d)/[^/]+$")
# The service's files may be closed, and so be named, after the hour that their records belong to.
LATE_FILES = HOUR
STAGED_AT_ONCE = 8  # downloads side by side


@dataclass(frozen=True, slots=True)
class File:
    """One file, local by now, and the URL that a person knows it by."""

    path: Path
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one endpoint variant; both are None for plain files."""

    format: Format | Literal["frame"]
    files: tuple[File, ...]
    endpoint: str | None = None
    variant: str | None = None

    @property
    def paths(self) -> list[str]:
        """The local paths, in order."""
        return [str(file.path) for file in self.files]

    def url(self, path: str) -> str:
        """Return the URL of a local path of the group."""
        return next((file.url for file in self.files if str(file.path) == path), path)


def chosen(dataset: Dataset, store: ObjectStore) -> list[Entry]:
    """Find the files of a dataset that are not empty and may belong to its window.

    Raises
    ------
    NoData
        Nothing is there, nothing is left by the window, or all files are empty.
    """
    known = _known(dataset, store)
    filled = [entry for entry in known if entry.size]
    if not filled:
        what = "The file is" if len(known) == 1 else f"All {len(known)} files are"
        raise NoData(f"{what} empty.", file=dataset.url, next_step="Give a file that holds rows.")
    return filled


def timed(store: ObjectStore, url: str) -> bool:
    """Return whether any file at or below a URL stands in an hour folder."""
    return reach(store, url) is not None or any(hour(entry.url) for entry in store.list(url))


def visible(store: ObjectStore, url: str) -> list[Entry]:
    """Return every file at or below a URL that is not hidden.

    Raises
    ------
    NoData
        Nothing is there.
    """
    entries = [entry for entry in store.list(url) if not _hidden(entry.url, url)]
    if not entries:
        raise NoData("There is no such file, and no folder with files.", file=url, next_step="Check the path or URL.")
    return entries


def timely(store: ObjectStore, url: str, span: Window) -> list[Entry] | None:
    """Return every file that is not hidden of the hour folders that touch a span; None where there are no such folders.

    No other folder is looked into.
    """
    found = [entry for entry in within(store, url, span) if not _hidden(entry.url, url)]
    return found if found or reach(store, url) else None


def staged(entries: Sequence[Entry], store: ObjectStore, folder: Path) -> list[File]:
    """Bring files here, several side by side."""
    with ThreadPoolExecutor(STAGED_AT_ONCE) as pool:
        paths = list(pool.map(lambda entry: store.stage(entry, folder), entries))
    files = [File(path, entry.url) for path, entry in zip(paths, entries, strict=True)]
    for file in files:
        _unpackable(file)
    return files


def groups(dataset: Dataset, store: ObjectStore, folder: Path) -> tuple[Group, ...]:
    """Find, choose and stage the files of a dataset.

    Raises
    ------
    InputError
        Nothing is there, nothing is left by the window, or the files are empty or of an unknown format.
    SettingError
        A window was given for files that know no time.
    """
    files = staged(chosen(dataset, store), store, folder)
    format = dataset.format or _infer(dataset.url, files)
    if format != "capture":
        files = _of_window(files, dataset, late=False)
    if dataset.window and format != "capture" and not all(hour(file.url) for file in files):
        raise SettingError(
            f"A window was given, but {format} files know no time.",
            file=dataset.url,
            next_step="Leave out --from and --to, or give capture records or hour folders (yyyy/mm/dd/hh).",
        )
    return _grouped(format, files)


def _grouped(format: Format, files: list[File]) -> tuple[Group, ...]:
    if format == "batch":  # input/ and output/ are no endpoint and variant
        return (Group(format, tuple(files)),)
    groups: dict[tuple[str | None, str | None], list[File]] = {}
    for file in files:
        groups.setdefault(variant(file.url), []).append(file)
    return tuple(Group(format, tuple(group), *variant) for variant, group in sorted(groups.items(), key=str))


def _hidden(url: str, root: str) -> bool:
    """Return whether a name below the root says that it is not meant to be read."""
    folder = root.removeprefix("file://").rstrip("/") + "/"
    below = url.removeprefix(folder).split("/") if url.rstrip("/") + "/" != folder else []
    return any(part.startswith((".", "_")) for part in below)


def _known(dataset: Dataset, store: ObjectStore) -> list[Entry]:
    """Find what may belong to the window; where hours have their folders, without a look at the others."""
    late = dataset.format in (None, "capture")
    found = timely(store, dataset.url, _span(dataset.window, late=late)) if dataset.window else None
    if found is None:
        return _of_window(visible(store, dataset.url), dataset, late=late)
    if not found and (there := reach(store, dataset.url)):
        raise _outside(dataset, *there)
    return _of_window(found, dataset, late=late)


def _span(window: Window, *, late: bool) -> Window:
    start = window.start.replace(minute=0, second=0, microsecond=0)
    return Window(start, window.end + LATE_FILES) if late else window


def _of_window(entries: list[Found], dataset: Dataset, *, late: bool) -> list[Found]:
    """Choose what may belong to the window: folders that may hold ``late`` records of it, which their times tell
    apart afterwards, or else every folder whose hour starts in it, so that no row is of two windows.
    """
    if dataset.window is None:
        return entries
    span = _span(dataset.window, late=late)
    chosen = [entry for entry in entries if (known := hour(entry.url)) is None or known in span]
    if not chosen:
        there = sorted(time for entry in entries if (time := hour(entry.url)))
        raise _outside(dataset, there[0], there[-1])
    return chosen


def _outside(dataset: Dataset, first: datetime, last: datetime) -> NoData:
    return NoData(
        f"No hour folder lies in the window; the folders reach from {first:%Y-%m-%d %H:00} to"
        f" {last:%Y-%m-%d %H:00} UTC.",
        file=dataset.url,
        next_step="Choose --from and --to inside them.",
    )


def hour(url: str) -> datetime | None:
    """Return the hour that a file's folder names, if it names one."""
    match = HOUR_FOLDER.search(url)
    try:
        return datetime.strptime("/".join(match.groups()[2:]), "%Y/%m/%d/%H").replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def variant(url: str) -> tuple[str | None, str | None]:
    """Return the endpoint and the variant that a file's folders name, if they name them."""
    match = HOUR_FOLDER.search(url)
    endpoint, variant = match.groups()[:2] if match else (None, None)
    return (None if endpoint == MERGE_FOLDER else endpoint, variant)  # of a batch transform, merged


def _infer(url: str, files: list[File]) -> Format:
    """Tell the format by the names, and JSON's kind by the first and the last file."""
    by_name: dict[Format | None, list[File]] = {}
    for file in files:
        by_name.setdefault(_named_format(file), []).append(file)
    found: set[Format | None] = set(by_name) - {None, "jsonl"}
    unsure = [*by_name.get(None, ()), *by_name.get("jsonl", ())]
    found |= {_json_format(file) for file in (unsure[:1] + unsure[-1:])}
    if len(found) == 1 and (format := found.pop()):
        return format
    names = ", ".join(sorted(str(name) for name in found if name)) or "no known format"
    raise InputError(
        f"The format cannot be told from the files ({names}).",
        file=url,
        next_step="Say it: --format csv, jsonl, parquet, capture or batch.",
    )


def _unpackable(file: File) -> None:
    """Refuse a file that nothing here unpacks, or that the readers would not know to be packed."""
    if (suffix := file.path.suffix.lower()) in PACKED:
        raise InputError(f"{suffix} files cannot be read.", file=file.url, next_step="Unpack it, or pack it with gzip.")
    if file.path.suffix != ".gz" and head(file.path, len(GZIP)) == GZIP:
        raise InputError(
            "The file is packed with gzip, and its name does not say so.",
            file=file.url,
            next_step=f"Call it {file.path.name}.gz.",
        )


def _named_format(file: File) -> Format | None:
    suffixes = [suffix for suffix in file.path.suffixes if suffix not in (".gz", ".out")]
    return SUFFIXES.get(suffixes[-1].lower()) if suffixes else None


def _json_format(file: File) -> Format | None:
    """Tell capture records and batch manifests from other JSON by the first line."""
    start = head(file.path, 4096).lstrip()
    if start.startswith(b"{"):
        return "capture" if CAPTURE_DATA.encode() in start else "jsonl"
    if MANIFEST.match(start):
        return "batch"
    if start.startswith(b"["):
        raise InputError(
            "The file holds one JSON array.",
            file=file.url,
            line=1,
            next_step="Write one object a line, as jq -c '.[]' does.",
        )
    return None
