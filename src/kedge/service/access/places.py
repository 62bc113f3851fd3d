"""Places: which folders and prefixes of stores requests may name, however they write them."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from kedge.domain.secret import masked
from kedge.errors import NotAllowed, SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYWHERE: Final = "*"
SCHEMES: Final = ("file", "s3", "gs", "az")
LONGEST: Final = 1024
_SCHEME: Final = re.compile(r"([^/:]*):")
# Encoded dots, slashes, backslashes, percent signs and control characters: whoever decodes them sees another path.
_ENCODED: Final = re.compile(r"%(2e|2f|5c|25|[01][0-9a-f]|7f)", re.IGNORECASE)
_SEPARATORS: Final = "/\\.:%"


@dataclass(frozen=True)
class Places:
    """Folders and prefixes; what lies at or below one of them may be named.

    Parameters
    ----------
    allowed
        Absolute folders of this machine, and prefixes such as ``s3://bucket/team``.
    everywhere
        Whether everything may be named.

    >>> places = Places(("s3://models/fraud",))
    >>> [places.holds(url) for url in ("s3://models/fraud/2026", "s3://models/fraud-2", "/etc")]
    [True, False, False]
    """

    allowed: tuple[str, ...] = ()
    everywhere: bool = False

    @classmethod
    def of(cls, allowed: str, *more: str) -> Places:
        """Return the places of a setting, with commas between them, and some more.

        Raises
        ------
        SettingError
            One of them is none.
        """
        entries = [entry.strip() for entry in allowed.split(",") if entry.strip()]
        if EVERYWHERE in entries:
            return cls(everywhere=True)
        for entry in entries:
            _refuse_form(entry, "allowed_places")
        return cls(tuple(_real(entry) for entry in (*entries, *more)))

    def narrowed(self, prefixes: Iterable[str]) -> Places:
        """Return the places that are also below one of some prefixes, such as those of a workspace; none narrow."""
        other = Places(tuple(_real(prefix) for prefix in prefixes))
        if not other.allowed:
            return self
        if self.everywhere:
            return other
        inner = [place for place in other.allowed if self.holds(place)]
        return Places((*inner, *(place for place in self.allowed if other.holds(place))))

    def check(self, url: str, field: str) -> None:
        """Refuse a path or URL that may not be named.

        Raises
        ------
        NotAllowed
            It leads elsewhere.
        SettingError
            It is written so that some would read it otherwise.
        """
        if self.everywhere:
            return
        _refuse_form(url, field)
        if not self.holds(url):
            below = ", ".join(self.allowed) or "nothing"
            raise NotAllowed(
                f"No request may name this place: {masked(url)[:200]!r}.",
                field=field,
                next_step=f"Name one below {below}, or have the operator allow it: allowed_places.",
            )

    def holds(self, url: str) -> bool:
        """Return whether a path or URL leads to a place that is allowed; links are followed as they are now."""
        if self.everywhere:
            return True
        place = _real(url)
        return any(place == root or place.startswith(f"{root.rstrip('/')}/") for root in self.allowed)


def _real(url: str) -> str:
    """Return where a path or URL leads: an absolute path without links, or a prefix without a slash at its end."""
    scheme, mark, rest = url.partition("://")
    if mark and scheme != "file":
        return f"{scheme}://{re.sub('/+', '/', rest).strip('/')}"
    return os.path.realpath(unquote(urlsplit(url).path) if mark else url)


def _refuse_form(url: str, field: str) -> None:
    """Refuse what is read otherwise by others than by us."""
    why = _wrong(url)
    if why:
        raise SettingError(
            f"{why} Found {masked(url)[:80]!r}.", field=field, next_step="Write the whole path, or the URL, plainly."
        )


def _wrong(url: str) -> str | None:
    if not url or len(url) > LONGEST:
        return "A place has 1 to 1,024 characters."
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in url) or url != url.strip():
        return "A place has no characters that cannot be seen."
    plain = unicodedata.normalize("NFKC", url)
    if any(plain.count(mark) != url.count(mark) for mark in _SEPARATORS):
        return "A place has no characters that look like others."
    if "\\" in url or _ENCODED.search(url):
        return "A place has no backslashes and no encoded dots or slashes."
    return _wrong_remote(url) if "://" in url else _wrong_path(url)


def _wrong_path(path: str) -> str | None:
    if path.startswith(("//", "~")) or _SCHEME.match(path):
        return "A path begins with a folder, and not with a machine, a drive, a user or a scheme."
    return "A path has no .. in it." if ".." in path.split("/") else None


def _wrong_remote(url: str) -> str | None:
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        return f"No store is known for {scheme[:20]}://.{did_you_mean(scheme.lower(), SCHEMES)}"
    first, _, key = rest.partition("/")
    if "@" in first or masked(url) != url:
        return "A URL holds no user, password or signature."
    if scheme == "file":
        whole = first in ("", "localhost") and not {"?", "#"} & set(key)  # behind these a URL's path has ended
        return _wrong_path(f"/{key}") if whole else "A file:// URL has a whole path and no machine."
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", first) or ".." in first:
        return "After the scheme comes the name of a bucket."
    parts = key.removesuffix("/").split("/") if key else []
    return "A key has no empty parts, no . and no .. in it." if {"", ".", ".."} & set(parts) else None


def exposed(places: Places, secret: Iterable[str | Path]) -> None:
    """Refuse places in which something of the server itself lies, such as its database or a key.

    Raises
    ------
    SettingError
        One of them does; nobody who may name data should read it.
    """
    for file in secret:
        if not places.everywhere and places.holds(str(file)):
            raise SettingError(
                f"What requests may read would hold the server's own: {file}.",
                field="allowed_places",
                next_step="Name a folder beside it.",
            )
