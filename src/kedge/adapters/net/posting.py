"""Posts to URLs that somebody named: bounded in time whatever the other side does, and told in a sentence."""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException, HTTPResponse
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote, urlsplit

from kedge.adapters.net.pinned import Pinned
from kedge.domain.notification import Outcome
from kedge.domain.secret import MASK, masked
from kedge.errors import InputError, KedgeError
from kedge.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONNECT_SECONDS: Final = 10.0
SECONDS: Final = 30.0  # for all of it, redirects among it
MOST_REDIRECTS: Final = 3
MOST_ANSWER: Final = 1 << 20
REDIRECTS: Final = (301, 302, 307, 308)  # after which it is posted again; 303 asks for something else
LATER: Final = (408, 425, 429)  # of what is refused: what may be taken later
_SHOWN: Final = 200
_PLAIN: Final = "%/?:@!$&'()*+,;=~-._[]"  # what stands in a URL as it is; whatever else came with one is encoded


@dataclass(frozen=True)
class Answer:
    """What a server answered: its status, its first bytes, when it wants to be asked again, and where it leads."""

    status: int
    body: bytes = b""
    retry_after: str = ""
    location: str = ""

    def said(self, url: str = "") -> str:
        """Return what it said, in a sentence; of the URL only its host: servers repeat what they are asked for."""
        text = " ".join(_without(self.body[: 4 * _SHOWN].decode("utf-8", "replace"), url).split())[:_SHOWN]
        wait = f" It wants to be asked again after: {self.retry_after[:40]}." if self.retry_after else ""
        return f"The server answers with status {self.status}" + (f": {text}." if text else ".") + wait

    def outcome(self, url: str = "") -> Outcome:
        """Return what became of what was posted to a URL."""
        if 200 <= self.status < 300:
            return Outcome("sent")
        later = self.status in LATER or self.status >= 500
        return Outcome("retry" if later else "refused", self.said(url))


@dataclass(frozen=True)
class Posting:
    """Posts to hosts that may be called, within so many seconds.

    Redirects are followed to where may be called, too, three at most. Proxies of the environment are not used: nobody
    can look at where they lead.
    """

    pinned: Pinned
    connect_seconds: float = CONNECT_SECONDS
    seconds: float = SECONDS

    def outcome(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post, and return what became of it; it raises nothing, and shows nothing of the URL but its host."""
        return outcome_of(lambda: self.post(url, body, headers).outcome(url), self.seconds)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post, and return the answer, which may be a refusal.

        Raises
        ------
        KedgeError
            It may not be called.
        OSError, HTTPException
            It cannot be reached, or does not answer in time.
        """
        with Deadline(self.seconds) as deadline:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._once(url, body, headers, deadline)
                if answer.status not in REDIRECTS:
                    return answer
                url = self.pinned.redirected(url, answer.location)
        raise InputError(
            f"The server leads elsewhere more than {MOST_REDIRECTS} times.", next_step="Look at the server."
        )

    def _once(self, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        self.pinned.addresses.check(url)
        parts, pinned = urlsplit(url), _Watched(self.pinned.addresses, self.pinned.resolve, deadline)
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_PLAIN)
        own = {"User-Agent": f"kedge/{__version__}", "Connection": "close"}
        try:
            with closing(pinned.connection(url, self.connect_seconds)) as connection:
                connection.request("POST", target, body, {**own, **headers})
                answer = _read(connection.getresponse())
        except (OSError, HTTPException):
            deadline.check()
            raise
        deadline.check()  # what was cut off may look like the end of an answer
        return answer


def outcome_of(call: Callable[[], Outcome], seconds: float = SECONDS) -> Outcome:
    """Return what became of a try, whatever it raises."""
    try:
        return call()
    except KedgeError as error:
        return Outcome("refused", masked(" ".join(part for part in (error.message, error.next_step) if part)))
    except TimeoutError:
        return Outcome("retry", f"There was no answer within {seconds:g} s.")
    except OSError as error:
        return Outcome("retry", f"The server cannot be reached: {_reason(error)}.")
    except ValueError:  # what leads elsewhere is not looked at by urljoin; a certificate that is wrong is both
        return Outcome("refused", "The server leads to what is no URL. Look at the server.")
    except HTTPException as error:
        return Outcome("retry", f"The server does not answer as one of HTTP does: {type(error).__name__}.")


@dataclass
class Deadline:
    """Ends connections when the time is over: a server that sends a byte now and then would never be done."""

    seconds: float
    until: float = field(init=False)
    timers: list[tuple[Timer, socket.socket]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.until = monotonic() + self.seconds
        return self

    def __exit__(self, *_: object) -> None:
        for timer, held in self.timers:
            timer.cancel()
            held.close()

    @property
    def left(self) -> float:
        """How many seconds there are left, and a little at least."""
        return max(0.001, self.until - monotonic())

    def check(self) -> None:
        """Refuse to go on when there are none."""
        if monotonic() >= self.until:
            raise TimeoutError from None

    def watch(self, made: socket.socket) -> None:
        """Have a connection end in time; TLS takes its socket away from us, but not the copy."""
        held = made.dup()
        timer = Timer(self.left, partial(_end, held))
        timer.daemon = True
        timer.start()
        self.timers.append((timer, held))


@dataclass(frozen=True)
class _Watched(Pinned):
    """Connections that end in time."""

    deadline: Deadline = field(default_factory=lambda: Deadline(SECONDS))

    def connect(self, host: str, port: int, timeout_seconds: float, field: str = "url") -> socket.socket:
        """Return a connection, as :class:`Pinned` does."""
        made = super().connect(host, port, min(timeout_seconds, self.deadline.left), field)
        made.settimeout(self.deadline.left)
        self.deadline.watch(made)
        return made


def _end(held: socket.socket) -> None:
    with suppress(OSError):
        held.shutdown(socket.SHUT_RDWR)


def _read(response: HTTPResponse) -> Answer:
    names = ("Retry-After", "Location")
    return Answer(response.status, response.read(MOST_ANSWER), *(response.headers.get(name, "") for name in names))


def _reason(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(said).split())[:_SHOWN].rstrip(".")


def _without(text: str, url: str) -> str:
    """Return a text in which nothing is of a URL but its host: its path may be the secret, and servers repeat it."""
    parts = urlsplit(url)
    for part in sorted((parts.path, parts.path.strip("/"), parts.query), key=len, reverse=True):
        text = text.replace(part, MASK) if len(part) > 3 else text
    return masked(text)
