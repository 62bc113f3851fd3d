"""A server that captures as fast as the journal takes it, until it is killed. Standard library only: it starts fast."""

from __future__ import annotations

import os
import random
import signal
import sys

from kedge.capture import Capture, CaptureConfig, Exchange, journal

STEP = 100  # records between two acknowledgements
PLACES = ("any", "in a write", "before a file is open", "before a file is closed")


def die() -> None:
    """End as a machine does that loses its power."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(place: str, chance: random.Random) -> None:
    """Have the process die at a place: the first to twelfth time that it comes by."""
    left = chance.randint(1, 12)

    def due() -> bool:
        nonlocal left
        left -= 1
        return left == 0

    if place == "in a write":
        whole = journal._all

        def torn(fd: int, lines: list[bytes]) -> int:
            if due():
                data = b"".join(lines)
                os.write(fd, data[: chance.randrange(len(data))])
                die()
            return whole(fd, lines)

        journal._all = torn
    elif place == "before a file is open":
        lock = journal.fcntl.flock
        journal.fcntl.flock = lambda fd, how: die() if due() else lock(fd, how)
    elif place == "before a file is closed":
        sync = os.fsync
        os.fsync = lambda fd: die() if due() else sync(fd)


def main(folder: str, endpoint: str, variant: str, run: str, place: str, seed: str) -> None:
    """Record numbered requests, and acknowledge on standard output how many are in the journal."""
    chance = random.Random(seed)
    arm(place, chance)
    config = CaptureConfig(
        endpoint=endpoint,
        journal=folder,
        variant=variant,
        file_bytes=chance.choice((20_000, 200_000)),
        file_seconds=0.2,
        disk_share=1,
    )
    capture = Capture(config)
    number = 0
    while True:
        for _ in range(STEP):
            body = f'{{"run":"{run}","i":{number},"x":"{"x" * chance.randint(0, 600)}"}}'.encode()
            if capture.wants():
                capture.record(Exchange(body, b"0.5", "application/json", "text/csv"))
            number += 1
        capture.flush()
        os.write(1, f"{capture.counts().journalled}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
