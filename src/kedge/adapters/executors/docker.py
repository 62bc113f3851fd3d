"""Executions as containers: an image runs under docker, or under a program that takes the same arguments.

What it sees is what is mounted and the variables that it is given; it has no network unless one is named, and none of
the rights that a container has to change its host.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from kedge.domain.task import Ended, Limits, Task
    from kedge.ports import Executor

KILLED: Final = 137  # the code of a container that was killed, as it is when it wants more memory
PROCESSES: Final = 1024
CLIENT: Final = ("HOME", "DOCKER_", "CONTAINER_HOST", "XDG_RUNTIME_DIR")  # so variables start that tell of the daemon


@dataclass(frozen=True)
class Docker:
    """Runs tasks that have an image in a container, and hands all others on.

    Parameters
    ----------
    executor
        What runs the client, and tasks without an image.
    program
        The client.
    network
        As ``--network`` names it.
    cpus
        How many processors a container may use; None means all.
    """

    executor: Executor
    program: str = "docker"
    network: str = "none"
    cpus: int | None = None

    def run(self, task: Task, limits: Limits, stop: Event) -> Ended:
        """Run a task to its end, or to that of a limit; its container goes with it."""
        if task.image is None:
            return self.executor.run(task, limits, stop)
        name = f"kedge-{uuid4().hex}"
        # The client's own variables are not the container's; values never stand in a command line that others see.
        client = {key: value for key, value in os.environ.items() if key.startswith(CLIENT)}
        program = shutil.which(self.program) or self.program
        ended = self.executor.run(
            replace(
                task,
                command=(program, *self.arguments(task, limits, name)),
                environment={**client, **task.environment},
                after=(program, "rm", "--force", name),
            ),
            limits,
            stop,
        )
        return replace(ended, how="memory") if (ended.how, ended.code) == ("exited", KILLED) else ended

    def arguments(self, task: Task, limits: Limits, name: str) -> tuple[str, ...]:
        """Return the arguments of the client."""
        entrypoint, *words = task.command or ("",)
        return (
            *("run", "--rm", "--init", "--name", name, "--log-driver", "none"),
            *("--network", self.network, "--pids-limit", str(PROCESSES)),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--user", f"{os.getuid()}:{os.getgid()}"),  # what it writes is ours to read and to remove
            *("--memory", str(limits.memory_bytes), "--memory-swap", str(limits.memory_bytes)),
            *(("--cpus", str(self.cpus)) if self.cpus else ()),
            *(word for mount in task.mounts for word in ("--mount", _mount(*mount))),
            *(word for variable in task.environment for word in ("--env", variable)),
            *(("--entrypoint", entrypoint) if entrypoint else ()),
            str(task.image),
            *words,
        )


def _mount(source: Path, target: str, writes: bool) -> str:
    """Return a mount as the client reads it: fields of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        ["type=bind", f"source={source}", f"target={target}", *(() if writes else ("readonly",))]
    )
    return line.getvalue()
