"""Files in hour folders, ``yyyy/mm/dd/hh/``: those of a time are found without a look at others.

A bucket of years holds millions of files, and an hour of it a few.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from kedge.domain.window import HOUR, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kedge.domain.entry import Entry
    from kedge.ports import ObjectStore

    Folders = Callable[[str], list[str]]
    Parts = tuple[str, ...]

FORMATS: Final = ("%Y", "%m", "%d", "%H")
DEEPEST: Final = 2  # {endpoint}/{variant} stand before the year at most
YEAR: Final = re.compile(r"\d{4}", re.ASCII)
BELOW_YEARS: Final = re.compile(r"/\d{4}(/\d\d)*/?$", re.ASCII)
HIDDEN: Final = (".", "_")
DAY: Final = timedelta(days=1)


def within(store: ObjectStore, url: str, span: Window) -> list[Entry]:
    """Return the files of the hour folders at or below a URL that touch a span; a day that lies in it is listed whole.

    There are none where hour folders stand deeper than those of an endpoint's variants.
    """
    folders = cache(store.folders)
    places = [place for root in _roots(folders, url) for place in _within(folders, root, (), span)]
    return [entry for place in places for entry in store.list(place)]


def reach(store: ObjectStore, url: str) -> tuple[datetime, datetime] | None:
    """Return the first and the last hour that there is a folder of."""
    folders = cache(store.folders)
    places = _roots(folders, url)
    first, last = ([at for root in places if (at := _end(folders, root, end))] for end in (0, -1))
    return (min(first), max(last)) if first and last else None


def _roots(folders: Folders, url: str) -> list[str]:
    """Return the folders whose folders are years; none unless they are alike."""
    found = [url.rstrip("/")]
    for _ in range(0 if BELOW_YEARS.search(url) else DEEPEST + 1):
        if _has_years(folders, found[0]):
            return found if all(_has_years(folders, root) for root in found) else []
        found = [f"{root}/{name}" for root in found for name in folders(root) if not name.startswith(HIDDEN)]
        if not found:
            break
    return []


def _has_years(folders: Folders, root: str) -> bool:
    """Return whether folders are years: a variant may be called like one, but has no months in it."""
    year = next((name for name in folders(root) if YEAR.fullmatch(name)), None)
    return year is not None and any(_window((year, name)) for name in folders(f"{root}/{year}"))


def _within(folders: Folders, url: str, parts: Parts, span: Window) -> Iterator[str]:
    for name in folders(url):
        window = _window((*parts, name))
        if window is None or window.end <= span.start or window.start >= span.end:
            continue
        if len(parts) == len(FORMATS) - 1 or (span.start <= window.start and window.end <= span.end):
            yield f"{url}/{name}"
        else:
            yield from _within(folders, f"{url}/{name}", (*parts, name), span)


def _end(folders: Folders, root: str, end: int) -> datetime | None:
    parts: Parts = ()
    while len(parts) < len(FORMATS):
        names = [name for name in folders("/".join((root, *parts))) if _window((*parts, name))]
        if not names:
            return None
        parts = (*parts, names[end])
    window = _window(parts)
    return window.start if window else None


def _window(parts: Parts) -> Window | None:
    """Return the time that a folder stands for: a year, a month of it, a day, an hour."""
    if any(len(part) != 2 for part in parts[1:]):
        return None
    try:
        start = datetime.strptime("/".join(parts), "/".join(FORMATS[: len(parts)])).replace(tzinfo=UTC)
        ends = (
            (start + 366 * DAY).replace(month=1, day=1),
            (start + 31 * DAY).replace(day=1),
            start + DAY,
            start + HOUR,
        )
    except (ValueError, OverflowError):
        return None
    return Window(start, ends[len(parts) - 1])
