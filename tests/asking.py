"""A real server of the REST interface in a thread, and one who asks it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from kedge.app import hub
from kedge.domain.access import EVERY, Caller
from kedge.interfaces.api.server import Serving
from kedge.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ANN = Caller("ann", "admin", EVERY)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Asker:
    """Asks one server, each time through a connection of its own."""

    def __init__(self, serving: Serving, token: str | None = None) -> None:
        self.serving, self.token, self.place = serving, token, urlsplit(serving.url).netloc

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            told.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, bytes):
            body, told = json.dumps(body).encode(), {"Content-Type": "application/json", **told}
        connection = HTTPConnection(self.place, timeout=30)
        try:
            connection.request(method, f"/v1{path}", body, told)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def as_(self, token: str | None) -> Asker:
        """Return the same who shows a token."""
        return Asker(self.serving, token)


@contextmanager
def asked(url: str, listen: str = "127.0.0.1:0") -> Iterator[Asker]:
    """Serve a database, and give one who asks."""
    with hub(Settings(database=url)) as found:
        serving = Serving(found, listen, ANN)
        serving.start()
        try:
            yield Asker(serving)
        finally:
            serving.stop()
            serving.join()
