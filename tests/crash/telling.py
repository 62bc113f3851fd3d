"""A server for ``tests.crash.messages`` that has people told and evaluates nothing, killed at a certain place."""

from __future__ import annotations

import os
import random
import signal
import sys

from kedge import app
from kedge.interfaces.cli.serve import run
from kedge.service.alarms.alarming import Alarming
from kedge.service.messages.deciding import Deciding
from kedge.service.messages.sending import Sending
from kedge.settings import load

# any: whenever whoever started it likes; else before this is done
PLACES = {
    "made": (Deciding, "_made"),
    "let go": (Deciding, "_notification"),
    "claimed": (Sending, "send"),
    "sent": (Sending, "record"),
}
MOST = 60  # times that it comes by


def place(name: str, chance: random.Random) -> None:
    """Have this process die when it comes to a place for a certain time."""
    owner, method = PLACES[name]
    inner, left = getattr(owner, method), [chance.randint(1, MOST)]

    def call(*given, **named):
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return inner(*given, **named)

    setattr(owner, method, call)


def main(database: str, folder: str, at: str, seed: str, allowed: str) -> None:
    """Serve until somebody kills this."""
    if at != "any":
        place(at, random.Random(seed))
    Alarming.once = lambda *_: []
    settings, _ = load(database=database, data=folder, lease_seconds=1, allowed_addresses=allowed)
    run(app.server(settings, 0, schedules=True), 5)


if __name__ == "__main__":
    main(*sys.argv[1:])
