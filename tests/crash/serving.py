"""``kedge serve`` or ``kedge worker`` for ``tests.crash.server``: with another child, killed at a certain place."""

from __future__ import annotations

import os
import random
import signal
import sys
from dataclasses import replace
from pathlib import Path
from threading import local

from kedge import app
from kedge.interfaces.cli.serve import run
from kedge.service import worker
from kedge.service.scheduler import Scheduler
from kedge.settings import load

CHILD = Path(__file__).with_name("child.py")
# any: whenever whoever started it likes
PLACES = {
    "serve": ("any", "slot made", "taken", "published"),
    "worker": ("any", "taken", "not published", "half published", "published", "put down"),
}
_here = local()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def place(name: str, chance: random.Random) -> None:
    """Have this process die when it comes to a place for the second, third or fourth time."""
    left = [chance.randint(1, 4)]

    def passed() -> None:
        left[0] -= 1
        if left[0] <= 0:
            die()

    def after(owner: object, method: str) -> None:
        inner = getattr(owner, method)

        def call(*given, **named):
            result = inner(*given, **named)
            passed()
            return result

        setattr(owner, method, call)

    def publish(*given) -> None:
        _here.publishing = True
        if name == "not published":
            passed()
        published(*given)
        _here.publishing = False
        if name == "published":
            passed()

    def moved(path: Path, target: Path) -> Path:
        if getattr(_here, "publishing", False) and chance.random() < 0.3:
            passed()
        return move(path, target)

    published, move = worker.publish, Path.replace
    if name == "slot made":
        after(Scheduler, "_made")
    elif name == "taken":
        after(worker.Worker, "_take")
    elif name == "put down":
        after(worker.Worker, "_put")
    elif name != "any":
        worker.publish = publish
        if name == "half published":
            Path.replace = moved


def main(kind: str, database: str, folder: str, at: str, seed: str) -> None:
    chance = random.Random(seed)
    place(at, chance)
    settings, _ = load(database=database, data=folder, lease_seconds=2)
    served = app.server(settings, 2, schedules=kind == "serve")
    command = (sys.executable, "-I", "-S", str(CHILD))
    for rota in served.workers:
        rota.each.make = _with(command, rota.each.make)
    run(served, 30)


def _with(command: tuple[str, ...], make):
    """Return what makes workers whose executions are this command."""

    def made(own):
        one = make(own)
        return replace(one, terms=replace(one.terms, command=command, attempts=1000))

    return made


if __name__ == "__main__":
    main(*sys.argv[1:])
