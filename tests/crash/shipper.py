"""A shipper that dies at a place, or that others kill. It is ``kedge capture ship`` without the rest of kedge."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from tests.crash.writer import die

from kedge.adapters.stores.local import Local
from kedge.adapters.stores.remote import Remote
from kedge.service.capture import ledger, past, recovery, shipping

if TYPE_CHECKING:
    pass

PLACES = {
    "any": (),
    "before a put": (shipping.Shipper, "_shipped"),
    "after a put": (ledger.Book, "begin"),
    "after a file is counted": (ledger.Book, "end"),
    "after a file is deleted": (shipping, "_prune"),
    "while counters are written": (json, "dump"),
    "before torn lines are set aside": (recovery, "_set_aside"),
    "before a file is mended": (recovery, "_replace"),
    "before a process is added up": (past, "replaced"),
    "before a file is deleted": (Path, "unlink"),
}


def arm(place: str, chance: random.Random) -> None:
    """Have the process die at a place: one of the first times that it comes by."""
    if place == "any":
        return
    owner, name = PLACES[place]
    call, left = getattr(owner, name), chance.randint(1, 4)

    def deadly(*args: object, **named: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            die()
        return call(*args, **named)

    setattr(owner, name, deadly)


def main(folder: str, destination: str, place: str, seed: str) -> None:
    """Ship until killed; the store is away now and then, so nobody waits for long."""
    chance = random.Random(seed)
    arm(place, chance)
    shipping.PASS_SECONDS, shipping.MOST_BACK_OFF_SECONDS = 0.1, 0.5
    turn = shipping.Turn(Path(folder))
    turn.take(Event(), 10)
    os.write(1, b"ready\n")
    store = Remote() if "://" in destination else Local()
    shipping.Shipper(Path(folder), destination, store).run(Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
