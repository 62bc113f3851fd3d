"""A model behind a URL."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

import numpy as np

from kedge.adapters.net.pinned import ANYWHERE, Pinned
from kedge.analysis.attribution.request import MOST_BYTES, Request
from kedge.analysis.attribution.response import scores
from kedge.errors import InputError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPConnection, HTTPResponse

    from numpy.typing import NDArray

    from kedge.analysis.attribution.config import PredictorConfig
    from kedge.analysis.attribution.table import Table

_BUSY: Final = (429, 502, 503, 504)
_PAUSES: Final = (0.2, 1.0, 5.0)  # seconds before another attempt
_MOST_ANSWER: Final = 64 << 20
_SHOWN: Final = 200


def http(model: object, config: PredictorConfig) -> Http:
    """Return the predictor behind a URL."""
    return Http(str(model), config)


@dataclass(frozen=True)
class Http:
    """Asks a URL, in one connection that stays open.

    A body has at most ``most_bytes``. Where the server is busy (429, 502, 503, 504) or hangs up, it is asked again,
    three times at most; where nobody listens or nothing comes in time, it is not. User and password of the URL are sent
    as they are for, and shown nowhere.

    Raises
    ------
    SettingError
        The URL is none, or a template cannot be used.
    """

    url: str
    config: PredictorConfig
    timeout_seconds: float = 60.0
    most_bytes: int = MOST_BYTES
    sleep: Callable[[float], None] = time.sleep
    pinned: Pinned = ANYWHERE
    request: Request = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "request", Request.of(self.config))
        _refuse(self.url)

    @property
    def name(self) -> str:
        """The URL without what may be secret: user, password and query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def __call__(self, rows: Table) -> NDArray[np.float64]:
        """Return its answers, ``(rows, outputs)``."""
        connection = self._connection()
        try:
            found = [self._answered(connection, *body) for body in self.request.bodies(rows, self.most_bytes)]
        finally:
            connection.close()
        if len({part.shape[1] for part in found}) > 1:
            raise self._refused("It answers with different numbers of scores.", "Let it answer every row alike.")
        return np.concatenate(found)

    def _answered(self, connection: HTTPConnection, rows: int, body: bytes) -> NDArray[np.float64]:
        text, kind = self._asked(connection, body)
        try:
            found = scores(text, self.config.accept_type or kind or self.request.content_type, self.config.probability)
        except InputError as error:
            raise InputError(error.message, file=self.name, field=error.field, next_step=error.next_step) from None
        if len(found) != rows:
            raise self._refused(
                f"It was asked about {rows:,} rows, and answered {len(found):,}.", "Let it answer every row."
            )
        return found

    def _asked(self, connection: HTTPConnection, body: bytes) -> tuple[str, str]:
        """Return the text of a response and its type, after more than one attempt where it takes them."""
        problem = self._refused("It was not asked.", "Ask again.")
        for pause in (*_PAUSES, None):
            try:
                response = self._sent(connection, body)
                answer = response.read(_MOST_ANSWER + 1)
                if response.status == 200:
                    return self._decoded(answer), response.headers.get_content_type()
                problem = self._failed(response.status, answer)
                if response.status not in _BUSY:
                    raise problem
            except TimeoutError:
                connection.close()
                raise self._refused(
                    f"It did not answer {len(body):,} bytes within {self.timeout_seconds:g} s.",
                    "Look at the server, or explain fewer rows.",
                ) from None
            except (OSError, HTTPException) as error:
                connection.close()  # and the next request opens it again
                said = str(error) or type(error).__name__
                problem = self._refused(f"It cannot be reached: {said}.", "Check the URL, and that it runs.")
                if not isinstance(error, ConnectionResetError | BrokenPipeError):
                    raise problem from None
            if pause is not None:
                self.sleep(pause)
        raise problem

    def _sent(self, connection: HTTPConnection, body: bytes) -> HTTPResponse:
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(self._headers(parts)))
        return connection.getresponse()

    def _headers(self, parts: SplitResult) -> Iterator[tuple[str, str]]:
        yield "Content-Type", self.request.content_type
        yield "Accept", self.config.accept_type or self.request.content_type
        if parts.username is not None:
            known = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            yield "Authorization", f"Basic {b64encode(known.encode()).decode()}"

    def _connection(self) -> HTTPConnection:
        self.pinned.addresses.check(self.url, "predictor") if not self.pinned.addresses.every else None
        return self.pinned.connection(self.url, self.timeout_seconds)

    def _decoded(self, answer: bytes) -> str:
        if len(answer) > _MOST_ANSWER:
            told = f"It answers with more than {_MOST_ANSWER:,} bytes."
            raise self._refused(told, "Let it answer with scores alone.")
        return answer.decode("utf-8", "replace")

    def _failed(self, status: int, answer: bytes) -> InputError:
        said = " ".join(answer[:_SHOWN].decode("utf-8", "replace").split())
        return self._refused(f"It answers with status {status}: {said or 'nothing'}.", "Look at the server.")

    def _refused(self, message: str, next_step: str) -> InputError:
        return InputError(message, file=self.name, field="predictor", next_step=next_step)


def _refuse(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingError(
            "This is no URL of a server.", field="--predictor", next_step="Give one: http://host:8080/path."
        )
