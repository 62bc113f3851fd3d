"""Calls of a server: what is safe to repeat is repeated, and whatever goes wrong is one of our errors."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from kedge.adapters.client.problems import no_kedge, refuse, silent
from kedge.domain.documents import to_document
from kedge.domain.paging import cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from kedge.domain.record import Query

BUSY: Final = (429, 502, 503, 504)
# No answer will come. One that is only late is not asked for again: the server works at it.
BROKEN: Final = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
TRIES: Final = 4
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0  # seconds before another try: ours at first, and the longest of a server's
NO_FILTERS: Final = ("kind", "limit", "after")  # of a query: they are asked for in another way
REPEATABLE: Final = frozenset(("If-Match", "If-None-Match", "Idempotency-Key"))
LONGEST_SECONDS: Final = 3600.0  # that an apply, which learns, or an export may take
PAGE: Final = 1000
SERVERS_OWN: Final = ("status", "next_time")  # of what is put: the server tells them


@dataclass(frozen=True)
class Calls:
    """Calls of one server, for one workspace.

    Parameters
    ----------
    http
        The connections.
    workspace
        Whose it is; None leaves it to the token.
    sleep
        Waits so many seconds.
    """

    http: httpx.Client
    workspace: str | None = None
    sleep: Callable[[float], None] = time.sleep

    def get(self, *path: str, **asked: Any) -> httpx.Response:
        """Ask for something."""
        return self.send("GET", *path, asked=asked)

    def save(self, into: BinaryIO, *path: str, timeout: float, **asked: Any) -> httpx.Response:
        """Ask for a file, and write it as it comes."""
        return self.send("GET", *path, asked=asked, timeout=timeout, into=into)

    def found(self, path: str, query: Query, **more: Any) -> Iterator[Any]:
        """Yield what a query finds."""
        asked = {name: value for name, value in to_document(query).items() if name not in NO_FILTERS}
        last = cursor(query.after, query) if query.after else None
        return self.items(path, limit=query.limit, goes_on=last, **asked, **more)

    def items(self, *path: str, limit: int | None = None, goes_on: str | None = None, **asked: Any) -> Iterator[Any]:
        """Yield what a list holds, page by page, ``limit`` of it at most."""
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(left, PAGE)
            answer = self.get(*path, limit=size, cursor=goes_on, **asked)
            found, goes_on = listed(answer), document(answer).get("next")
            yield from found[:size]
            left = None if left is None else left - len(found)
            if goes_on is None:
                return

    def send(
        self,
        method: str,
        *path: str,
        asked: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> httpx.Response:
        """Send a request and return its answer, which is no error.

        What only reads, or says what it expects to be there, is sent again where no answer came, or one that says that
        the server is busy.

        Raises
        ------
        KedgeError
            The server says so, or there is none.
        """
        given = headers or {}
        tries = TRIES if method == "GET" or given.keys() & REPEATABLE else 1
        params = self.asking(**(asked or {}))
        for left in reversed(range(tries)):
            answer = self._once(method, path, left, params=params, headers=given, **body)
            if answer is None or (answer.status_code in BUSY and left):
                self.sleep(pause(tries - left, answer))
            elif answer.is_success:
                return answer
            else:
                return self._was_done(answer, method, path, body) if left < tries - 1 else refuse(answer)
        raise AssertionError("unreachable")

    def asking(self, **asked: Any) -> dict[str, Any]:
        """Return what is asked for, of this workspace."""
        every = {"workspace": self.workspace, **asked}
        return {name: value for name, value in every.items() if value not in (None, "")}

    def _once(
        self, method: str, path: tuple[str, ...], left: int, into: BinaryIO | None = None, **given: Any
    ) -> httpx.Response | None:
        """Return an answer, or None where none came and there are tries left."""
        try:
            with self.http.stream(method, address(*path), **given) as answer:
                _read(answer, into)
            return answer
        except httpx.RequestError as error:
            if left and isinstance(error, BROKEN):
                return None
            raise silent(self.http.base_url, error) from None

    def _was_done(
        self, answer: httpx.Response, method: str, path: tuple[str, ...], body: Mapping[str, Any]
    ) -> httpx.Response:
        """Return what tells that a request which was sent twice was carried out the first time, or refuse."""
        if method == "DELETE" and answer.status_code == HTTPStatus.NOT_FOUND:
            return answer
        if method == "PUT" and answer.status_code == HTTPStatus.PRECONDITION_FAILED:
            present, sent = self.get(*path), body["json"]
            found = document(present)
            if all(found.get(name) == value for name, value in sent.items() if name not in SERVERS_OWN):
                return present
        return refuse(answer)


def _read(answer: httpx.Response, into: BinaryIO | None) -> None:
    """Read an answer whole, or what is no error into a file, from its start: what broke off is sent again."""
    if into is None or not answer.is_success:
        answer.read()
        return
    into.seek(0)
    into.truncate()
    for chunk in answer.iter_bytes():
        into.write(chunk)


def address(*path: str) -> str:
    """Return the path of a resource, whatever its parts are named.

    >>> address("baselines", "fraud:3", "history")
    'v1/baselines/fraud%3A3/history'
    """
    return "/".join(["v1", *(quote(part, safe="") for part in path)])


def document(answer: httpx.Response) -> dict[str, Any]:
    """Return the document that an answer holds."""
    try:
        found = answer.json() if "json" in answer.headers.get("content-type", "") else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise no_kedge(answer)
    return found


def listed(answer: httpx.Response, name: str = "items") -> list[Any]:
    """Return the list that an answer holds."""
    found = document(answer).get(name)
    if not isinstance(found, list):
        raise no_kedge(answer)
    return found


def pause(attempt: int, answer: httpx.Response | None) -> float:
    """Return how long to wait: what the server says, else twice as long each time, and no two of us alike."""
    said = answer.headers.get("retry-after", "") if answer is not None else ""
    longest = FIRST_PAUSE * 2 ** (attempt - 1)
    return min(float(said) if said.isdecimal() else random.uniform(longest / 2, longest), LONGEST_PAUSE)
