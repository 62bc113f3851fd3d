"""What runs in the process that sends one message through apprise: it is told on standard input, and answers on output.

A process of its own ends in time whatever a library does, and calls only what may be called, in every thread of it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
from typing import Any, Final

from kedge.adapters.net.guarded import Guard
from kedge.domain.addresses import Addresses

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 20.0
LONGEST: Final = 200
MOST: Final = 3  # of what apprise says
CAUSE: Final = "Socket Exception:"  # what it tells only those who look for faults, and everybody wants to know
_ERRNO: Final = re.compile(r"\[Errno -?\d+\] ([^\"')]+)")
# What it shows of itself: neither its name nor pictures from its own place.
LOOKS: Final[dict[str, Any]] = {
    "app_id": "kedge",
    "app_desc": "kedge",
    "app_url": "",
    "image_url_mask": "",
    "image_url_logo": "",
}


class Heard(logging.Handler):
    """What apprise logs of what went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what tells why."""
        text = " ".join(record.getMessage().split())
        if record.levelno >= logging.WARNING:
            self.said.append(text[:LONGEST])
        elif text.startswith(CAUSE):
            cause = _ERRNO.search(text)
            self.said.append((cause[1] if cause else text.removeprefix(CAUSE).strip())[:LONGEST])


def main() -> None:
    """Send what standard input says, and say what became of it."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a library may print what it likes
    given = json.load(sys.stdin)
    signal.alarm(int(given["seconds"]) + 1)  # it does not outlive who waits for it
    heard, guard = Heard(), Guard(Addresses.of(given["allowed"]))
    log = logging.getLogger("apprise")
    log.addHandler(heard)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    sent = _sent(given, guard)
    json.dump({"sent": sent, "said": heard.said[-MOST:], "refused": guard.refused[:1]}, answers)
    answers.flush()
    os._exit(0)  # threads of libraries wait for nothing


def _sent(given: dict[str, Any], guard: Guard) -> bool:
    from apprise import Apprise, AppriseAsset, OverflowMode

    guard.stand()
    asset = AppriseAsset(async_mode=False, **LOOKS)
    service = Apprise.instantiate(given["url"], asset=asset)
    if service is None:
        return False
    service.socket_connect_timeout, service.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    service.optional = False  # or a failure would count for none
    if "overflow=" not in given["url"].lower():
        service.overflow_mode = OverflowMode.SPLIT  # what is too long for a service it would refuse
    kind = _format(service)
    every = Apprise(asset=asset)
    every.add(service)
    return bool(every.notify(given["bodies"][kind], given["title"], given["kind"], body_format=kind))


def _format(service: Any) -> str:
    """Return the format that a service likes best: it may know more than one."""
    known = service.notify_format
    best = known[0] if isinstance(known, tuple | list) else known
    text = str(getattr(best, "value", best))
    return text if text in ("html", "markdown") else "text"


if __name__ == "__main__":
    main()
