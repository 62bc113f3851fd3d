"""Object stores behind ``s3://``, ``gs://`` and ``az://``, through obstore.

Credentials, region and endpoint come from the environment, or are a workspace's own, under the names that each
cloud's own tools use (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, ``GOOGLE_SERVICE_ACCOUNT``,
``AZURE_STORAGE_ACCOUNT_NAME`` …).
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from kedge.adapters.stores.credentials import options
from kedge.domain.secret import masked
from kedge.errors import InputError, MissingDependency, SettingError
from kedge.ports import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES = ("s3", "gs", "az")
MISSING = ("NoSuchBucket", "ContainerNotFound")
LARGEST_PUT = 64 << 20  # in one request, of which a kill leaves nothing; parts that were begun stay, and cost
_SAID = re.compile(r"<(Code|Message)>([^<]+)<")  # an error of a cloud holds its answer, which is XML


class Remote:
    """An object store over the buckets of a cloud.

    Parameters
    ----------
    own
        The variables that are used in the place of the environment's; None are those.
    """

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self._own = own

    def folders(self, url: str) -> list[str]:
        """Return the names right below ``url`` that have objects below them."""
        bucket, key = _split(url)
        with _explained(url):
            found = _obstore().list_with_delimiter(self._store(bucket), prefix=key or None)
        return sorted(prefix.rstrip("/").rpartition("/")[2] for prefix in found["common_prefixes"])

    def list(self, url: str) -> list[Entry]:
        """Return the object at ``url``, or all objects below it, by name."""
        bucket, key = _split(url)
        store = self._store(bucket)
        obstore = _obstore()
        with _explained(url):
            below = [meta for page in obstore.list(store, prefix=key or None) for meta in page]
            if not below and key:  # a listing is by whole path parts, so a single object is asked for by name
                below = _head(obstore, store, key)
        return sorted((Entry(f"{bucket}/{m['path']}", m["size"]) for m in below), key=lambda e: e.url)

    def read(self, url: str) -> bytes:
        """Return the content of an object."""
        bucket, key = _split(url)
        with _explained(url):
            return bytes(_obstore().get(self._store(bucket), key).bytes())

    def head(self, url: str, size: int) -> bytes:
        """Return the first bytes of an object."""
        bucket, key = _split(url)
        with _explained(url):
            return bytes(_obstore().get_range(self._store(bucket), key, start=0, length=size))

    def stage(self, entry: Entry, folder: Path) -> Path:
        """Download an object below ``folder``, in pieces, under its own path."""
        bucket, key = _split(entry.url)
        target = folder / bucket.partition("://")[2] / PurePosixPath(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _explained(entry.url), target.open("wb") as file:
            for piece in _obstore().get(self._store(bucket), key).stream(min_chunk_size=8 << 20):
                file.write(piece)
        return target

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Put each file as one object below ``url``, in order, the last of several being deleted first."""
        bucket, key = _split(url)
        *others, last = files
        if others:
            self.delete(f"{url.rstrip('/')}/{last}")
        with _explained(url):
            for name, content in files.items():
                parts = len(content) > LARGEST_PUT
                _obstore().put(self._store(bucket), f"{key}/{name}" if key else name, content, use_multipart=parts)

    def delete(self, url: str) -> None:
        """Delete an object, if it is there."""
        bucket, key = _split(url)
        with _explained(url):
            _obstore().delete(self._store(bucket), key)

    def _store(self, bucket: str) -> Any:
        _obstore()
        from obstore.store import from_url

        if self._own is None:
            endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
            told: dict[str, Any] = {"endpoint": endpoint} if bucket.startswith("s3:") and endpoint else {}
        else:
            told = options(bucket.partition(":")[0], self._own)
        return from_url(bucket, client_options={"allow_http": told.get("endpoint", "").startswith("http:")}, **told)


def _split(url: str) -> tuple[str, str]:
    scheme, _, place = url.partition("://")  # a key may hold ? and #, unlike the path of a web page
    bucket, _, key = place.partition("/")
    if not bucket:
        raise SettingError("The URL names no bucket.", file=url, next_step=f"Give one: {scheme}://bucket/folder.")
    return f"{scheme}://{bucket}", key.strip("/")


def _obstore() -> Any:
    try:
        import obstore
    except ImportError:
        raise MissingDependency("obstore", "An s3://, gs:// or az:// URL", "remote") from None
    return obstore


def _head(obstore: Any, store: Any, key: str) -> list[Any]:
    try:
        return [obstore.head(store, key)]
    except FileNotFoundError:
        return []


class _explained:  # noqa: N801 - reads as a word in a with statement
    """Turn what the cloud answers into one sentence that names the URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        said = dict(_SAID.findall(str(error)))
        if said.get("Code") in MISSING:
            raise InputError("There is no such bucket.", file=self.url, next_step="Check the URL.") from None
        if isinstance(error, FileNotFoundError):
            raise InputError("There is no such object.", file=self.url, next_step="Check the URL.") from None
        if isinstance(error, Exception) and type(error).__module__.startswith("obstore"):
            told = masked(said.get("Message", str(error).splitlines()[0]).rstrip("."))
            raise InputError(
                f"The store did not answer as expected: {told}.",
                file=self.url,
                next_step="Check the URL, the credentials and the region in the environment.",
            ) from None
