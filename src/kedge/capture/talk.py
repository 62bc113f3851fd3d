"""One request and its answer while they go by: what every adapter gathers, and what becomes of it in the end."""

from __future__ import annotations

import re
from contextlib import suppress
from fnmatch import translate
from time import time
from typing import TYPE_CHECKING

from kedge.capture.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.capture.config import CaptureConfig
    from kedge.capture.recorder import Capture

FIRST_ERROR = 400


class Talk:
    """What is kept of a request and its answer until the answer is complete.

    It ends once, with an exchange or with the reason why there is none, and forgets what it gathered. An adapter asks
    ``over`` before it tells it anything.
    """

    # Of the class, and so made only where they differ: every request pays for this.
    type = coding = response_type = response_coding = ""
    attributes: str | None = None
    variant: str | None = None
    over = False

    def __init__(self, capture: Capture, id: str | None) -> None:
        self._capture, self._settings, self.id = capture, capture.settings, id
        self._asked: list[bytes] = []
        self._answer: list[bytes] = []
        self._asked_room = self._answer_room = self._settings.max_body_bytes

    def asked(self, part: bytes) -> None:
        """Take a part of the request's body."""
        self._asked_room -= len(part)
        if "Input" in self._settings.sides:
            self._asked.append(bytes(part)) if self._asked_room >= 0 else self.ends("body_too_large")

    def begins(self, status: int) -> None:
        """Take the answer's status; what else its head says may be told until it completes."""
        if status >= FIRST_ERROR and not self._settings.errors:
            self.ends("error_answer")

    def answers(self, part: bytes) -> None:
        """Take a part of the answer's body."""
        self._answer_room -= len(part)
        if "Output" in self._settings.sides:
            self._answer.append(bytes(part)) if self._answer_room >= 0 else self.ends("body_too_large")

    @property
    def most(self) -> int:
        """The bytes that a body may have."""
        return self._settings.max_body_bytes

    def read(self) -> int:
        """Return how many bytes of the request's body came by."""
        return self._settings.max_body_bytes - self._asked_room

    def completes(self, *, unread: bool = False) -> None:
        """Record the exchange; ``unread`` says that there is more of the request than came by."""
        self.over = True
        if unread and "Input" in self._settings.sides:
            self._capture.count("unread")
        self._capture.record(
            Exchange(
                b"".join(self._asked),
                b"".join(self._answer),
                self.type,
                self.response_type,
                self.coding,
                self.response_coding,
                self.id,
                self.attributes,
                self.variant,
                time(),
            )
        )

    def ends(self, reason: str) -> None:
        """Count why there is no exchange."""
        self.over = True
        self._asked, self._answer = [], []
        self._capture.count(reason)

    def leaves(self) -> None:
        """Take note that nothing more will come: an answer that is not complete by now has broken off."""
        if not self.over:
            with suppress(Exception):
                self.ends("broken_off")

    def fails(self) -> None:
        """Give up because kedge itself failed."""
        self.over = True
        self._asked, self._answer = [], []
        defect(self._capture)


def defect(capture: Capture) -> None:
    """Count a failure of kedge itself; whatever else fails, the server goes on."""
    with suppress(Exception):
        capture.defect()


def looked_at(config: CaptureConfig) -> Callable[[str, str], bool]:
    """Return a function of method and path that says whether a request is looked at."""
    methods = frozenset(config.methods)
    if not config.paths:
        return lambda method, _: method in methods
    paths = re.compile("|".join(translate(pattern) for pattern in config.paths)).match
    return lambda method, path: method in methods and paths(path) is not None
