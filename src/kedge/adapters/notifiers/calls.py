"""Calls of programs: what actions that run something have in common."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from platform import node
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from kedge.adapters.notifiers.left import left
from kedge.adapters.notifiers.publications import publications
from kedge.adapters.notifiers.telling import answer, failure, hidden
from kedge.adapters.notifiers.topic import event
from kedge.domain.notification import Outcome
from kedge.domain.secret import masked
from kedge.domain.task import Limits, Task
from kedge.errors import KedgeError, NotAllowed
from kedge.settings import size_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kedge.domain.action import Action
    from kedge.domain.notification import Notification
    from kedge.ports import Executor, ObjectStore

    Command = Callable[[Path], tuple[str, ...]]

EVENT: Final = "event.json"
OUTCOME: Final = "outcome.json"
PUBLISHED: Final = "published.jsonl"
LOG: Final = "log.txt"
LOG_BYTES: Final = 1 << 20
OUTCOME_BYTES: Final = 1 << 20
_ODD: Final = re.compile(r"[^\w.-]")


@dataclass(frozen=True)
class Calls:
    """Runs what actions name: one process a call, with limits, and what it printed is kept.

    Parameters
    ----------
    executor
        What runs it.
    store
        Where functions are, and where logs go.
    logs
        The folder or URL of the logs.
    work
        The folder whose folders calls work in.
    environment
        The variables of every call.
    credentials
        Returns those of the workspace, which are read anew for each.
    memory
        What a call may use, such as ``2GB``, where its action says nothing.
    stop
        When set, calls are ended, to be made again.
    """

    executor: Executor
    store: ObjectStore
    logs: str
    work: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    credentials: Callable[[], Mapping[str, str]] = dict
    memory: str = "4GB"
    stop: Event = field(default_factory=Event)

    def call(self, action: Action, notification: Notification, command: Command) -> Outcome:
        """Run the command that is made for a folder in which the event stands, and return what came of it."""
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            own = f"{node()}-{os.getpid()}-action-"  # a server that starts removes those of processes that died
            with TemporaryDirectory(dir=self.work, prefix=own, ignore_cleanup_errors=True) as at:
                return self._called(action, notification, command, Path(at).absolute())
        except NotAllowed as error:
            return Outcome("refused", masked(str(error)))
        except (KedgeError, OSError) as error:
            return Outcome("retry", masked(str(error)))

    def limits(self, action: Action) -> Limits:
        """Return what a call of an action may take."""
        return Limits(action.timeout_seconds, size_bytes(action.memory_limit or self.memory), LOG_BYTES)

    def _called(self, action: Action, notification: Notification, command: Command, folder: Path) -> Outcome:
        secrets, limits = self.credentials(), self.limits(action)
        (folder / EVENT).write_text(json.dumps(event(action, notification)), "utf-8")
        own = _variables(notification, folder)
        environment = {"HOME": str(folder), **self.environment, **secrets, **action.environment, **own}
        task = Task(command(folder), folder, folder / LOG, environment)
        ended = self.executor.run(task, limits, self.stop)
        log = self._logged(action, notification, folder / LOG, secrets)
        if ended.how == "stopped":
            return Outcome("retry", "The server ended while it ran.", log=log)
        # Before anything is cut: of half a secret nobody would know that it is one.
        ended = replace(ended, tail=hidden(ended.tail, secrets))
        told = {name: hidden(str(value), secrets) for name, value in _read(folder / OUTCOME).items()}
        if why := failure(ended, limits, told, returns=bool(action.handler)):
            return Outcome("retry", why, log=log)
        published, wrong = publications(folder / PUBLISHED)
        return Outcome("sent", f"{answer(told)} {wrong}".strip(), published, log)

    def _logged(self, action: Action, notification: Notification, log: Path, secrets: Mapping[str, str]) -> str:
        """Keep what a call printed, and return where."""
        url = f"{self.logs}/_actions/{action.name}"
        again = f"-{notification.resent:%Y%m%dT%H%M%SZ}" if notification.resent else ""
        name = f"{_ODD.sub('-', notification.name)}{again}-{notification.attempts}.log"
        printed = left(log, 2 * LOG_BYTES).decode("utf-8", "replace")
        try:
            self.store.write(url, {name: hidden(printed, secrets).encode()})
        except (KedgeError, OSError):  # a store that is away is told of by others
            return ""
        return f"{url}/{name}"


def _variables(notification: Notification, folder: Path) -> dict[str, str]:
    told = notification.incidents[0] if notification.incidents else None
    return {
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",  # so that what it printed stands in its order
        "KEDGE_ALARM": told.alarm.name if told else "",
        "KEDGE_STATE": told.state if told else "",
        "KEDGE_NOTIFICATION": notification.name,
        "KEDGE_PUBLISH": str(folder / PUBLISHED),
    }


def _read(path: Path) -> dict[str, Any]:
    """Return what a function said, if there is one that came to its end."""
    with suppress(ValueError, RecursionError):
        told = json.loads(left(path, OUTCOME_BYTES))
        return told if isinstance(told, dict) else {}
    return {}
