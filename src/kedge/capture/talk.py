"""One request and its answer while they go by: what every adapter gathers, and what becomes of it in the end."""

from __future__ import annotations

import re
from contextlib import suppress
from fnmatch import translate
from time import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.capture.config import CaptureConfig
    from kedge.capture.recorder import Capture

FIRST_ERROR = 400
PART_BYTES = 64  # of a part of a body in memory, beside itself


class Talk:
    """What is kept of a request and its answer until the answer is complete.

    It ends once: recorded, or with the reason why it is not, when it forgets what it gathered. An adapter asks ``over``
    before it tells it anything. Once it is ``whole`` it has what an ``Exchange`` has.
    """

    # Of the class, and so made only where they differ: every request pays for this.
    request = response = b""
    request_type = response_type = request_coding = response_coding = ""
    inference_id: str | None = None
    custom_attributes: str | None = None
    variant: str | None = None
    over = False
    time = 0.0
    size = 0  # of the bodies, until they are put together

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._settings = settings = capture.settings
        self.most = settings.max_body_bytes  # bytes of a body
        self._asked: list[bytes] = []
        self._answer: list[bytes] = []
        self.read = self._told = 0

    def asked(self, part: bytes) -> None:
        """Take a part of the request's body."""
        self.read += len(part)
        if "Input" in self._settings.sides:
            self._asked.append(bytes(part)) if self.read <= self.most else self.ends("body_too_large")

    def begins(self, status: int) -> None:
        """Take the answer's status; what else its head says may be told until it completes."""
        if status >= FIRST_ERROR and not self._settings.errors:
            self.ends("error_answer")

    def answers(self, part: bytes) -> None:
        """Take a part of the answer's body."""
        self._told += len(part)
        if "Output" in self._settings.sides:
            self._answer.append(bytes(part)) if self._told <= self.most else self.ends("body_too_large")

    def completes(self, *, unread: bool = False) -> None:
        """Record the exchange; ``unread`` says that there is more of the request than came by."""
        self.over, self.time = True, time()
        asked, answer = self._asked, self._answer
        self.size = (
            (self.read if asked else 0) + (self._told if answer else 0) + PART_BYTES * (len(asked) + len(answer))
        )
        if unread and "Input" in self._settings.sides:
            self._capture.count("unread")
        self._capture.record(self)

    def whole(self) -> None:
        """Put the bodies together: the thread does, so that no request waits for it."""
        self.request, self.response = b"".join(self._asked), b"".join(self._answer)

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
