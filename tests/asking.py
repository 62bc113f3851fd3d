"""A real server of the REST interface in a thread, and one who asks it."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from kedge.app import hub
from kedge.domain.access import EVERY, Caller
from kedge.interfaces.api.server import Serving
from kedge.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

ANN = Caller("ann", "admin", EVERY)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Asker:
    """Asks servers in turns, as a load balancer would, each time through a connection of its own."""

    def __init__(self, *servings: Serving, token: str | None = None) -> None:
        self.servings, self.token, self.serving = servings, token, servings[0]
        self._turns = cycle(urlsplit(serving.url).netloc for serving in servings)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        with self.opened(method, path, body, **headers) as answer:
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())

    def status(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        """Ask, and wait for no more than the status."""
        with self.opened(method, path, body, **headers) as answer:
            return answer.status

    @contextmanager
    def opened(self, method: str, path: str, body: Any = None, **headers: str) -> Iterator[HTTPResponse]:
        """Ask, and give the answer before it is read."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            told.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, bytes):
            body, told = json.dumps(body).encode(), {"Content-Type": "application/json", **told}
        connection = HTTPConnection(next(self._turns), timeout=30)
        try:
            connection.request(method, f"/v1{path}", body, told)
            yield connection.getresponse()
        finally:
            connection.close()

    def as_(self, token: str | None) -> Asker:
        """Return the same who shows a token."""
        return Asker(*self.servings, token=token)


@contextmanager
def asked(url: str, listen: str = "127.0.0.1:0", servers: int = 1) -> Iterator[Asker]:
    """Serve a database, and give one who asks."""
    with ExitStack() as stack:
        servings = [stack.enter_context(_serving(url, listen)) for _ in range(servers)]
        yield Asker(*servings)


@contextmanager
def _serving(url: str, listen: str) -> Iterator[Serving]:
    with hub(Settings(database=url, allowed_places="*")) as found:
        serving = Serving(found, listen, ANN)
        serving.start()
        try:
            yield serving
        finally:
            serving.stop()
            serving.join()
