"""Object stores behind ``s3://``, ``gs://`` and ``az://``, through obstore.

Credentials, region and endpoint come from the environment, or are a workspace's own, under the names that each
cloud's own tools use (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, ``GOOGLE_SERVICE_ACCOUNT``,
``AZURE_STORAGE_ACCOUNT_NAME`` …).

Obstore looks into the environment of the process for what it was not told: a workspace's own key would
go out with the server's session token. So keys are handed over by a provider, which takes the place of all that the
environment says, of the machine's own role too; and where that cannot be, what stands there is refused.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.entry import Entry
from kedge.domain.secret import masked
from kedge.errors import InputError, MissingDependency, SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES = ("s3", "gs", "az")
MISSING = ("NoSuchBucket", "ContainerNotFound")
LARGEST_PUT = 64 << 20  # in one request, of which a kill leaves nothing; parts that were begun stay, and cost
_SAID = re.compile(r"<(Code|Message)>([^<]+)<")  # an error of a cloud holds its answer, which is XML
# What obstore would read beside what it is told.
NOT_HIDDEN: Final = {"s3": "AWS_SSE_*", "gs": "GOOGLE_*", "az": "AZURE_*"}
TOLD: Final = {
    "s3": (
        "AWS_REQUEST_PAYER",
        "AWS_SERVER_SIDE_ENCRYPTION",
        "AWS_SSE_CUSTOMER_KEY_BASE64",
        "AWS_SSE_KMS_KEY_ID",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    ),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY"),
    "az": (
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ENDPOINT",
        "AZURE_STORAGE_SAS_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_TOKEN",
        "AZURE_TENANT_ID",
    ),
}

# Without any of these nobody is told who asks, or it would be the machine.
SECRETS: Final = frozenset((*TOLD["gs"], *(name for name in TOLD["az"] if name.endswith(("KEY", "TOKEN", "SECRET")))))


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


def options(scheme: str, own: Mapping[str, str]) -> dict[str, Any]:
    """Return how a store of a scheme is made with these variables alone; without any nobody is told who asks.

    Raises
    ------
    SettingError
        The environment of this process would be used, too.
    """
    _refuse_strays(scheme, own)
    told: dict[str, Any] = {name.lower(): own[name] for name in TOLD[scheme] if name in own}
    if scheme == "s3":
        return told | _place(own) | _keys(own)
    return told if SECRETS & own.keys() else told | {"skip_signature": True}


def _place(own: Mapping[str, str]) -> dict[str, str]:
    region = own.get("AWS_REGION") or own.get("AWS_DEFAULT_REGION") or "us-east-1"
    endpoint = own.get("AWS_ENDPOINT_URL_S3") or own.get("AWS_ENDPOINT_URL")
    return {"region": region, "endpoint": endpoint or f"https://s3.{region}.amazonaws.com"}


def _keys(own: Mapping[str, str]) -> dict[str, Any]:
    if "AWS_ACCESS_KEY_ID" not in own:
        return {"skip_signature": True}
    keys = {
        "access_key_id": own["AWS_ACCESS_KEY_ID"],
        "secret_access_key": own.get("AWS_SECRET_ACCESS_KEY", ""),
        "token": own.get("AWS_SESSION_TOKEN"),
        "expires_at": None,
    }
    return {"skip_signature": False, "credential_provider": lambda: keys}


def _refuse_strays(scheme: str, own: Mapping[str, str]) -> None:
    strays = [name for name in os.environ if fnmatchcase(name, NOT_HIDDEN[scheme]) and name not in own]
    if strays:
        raise SettingError(
            f"The server's own variable {min(strays)} would be used with a workspace's {scheme}:// URLs.",
            field="credentials",
            next_step="Start the server without it, and give it to the workspaces that are to have it.",
        )


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
