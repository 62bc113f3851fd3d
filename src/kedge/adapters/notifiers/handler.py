"""Actions that are a function of a file, called as the service calls its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kedge.adapters.notifiers import child
from kedge.adapters.notifiers.calls import EVENT, PUBLISHED
from kedge.adapters.notifiers.topic import function_arn
from kedge.errors import InputError

if TYPE_CHECKING:
    from kedge.adapters.notifiers.calls import Calls
    from kedge.domain.action import Action
    from kedge.domain.notification import Notification, Outcome

GIVEN: Final = "given.json"


def notifier(action: Action, calls: Calls) -> Handler:
    """Return what calls the function of an action."""
    return Handler(action, calls)


@dataclass(frozen=True)
class Handler:
    """Calls a function in a process of its own, anew for each message."""

    action: Action
    calls: Calls

    def notify(self, notification: Notification) -> Outcome:
        """Call it once."""
        return self.calls.call(self.action, notification, lambda folder: self._command(notification, folder))

    def _command(self, notification: Notification, folder: Path) -> tuple[str, ...]:
        limits, given = self.calls.limits(self.action), folder / GIVEN
        told = {
            "event": json.loads((folder / EVENT).read_text("utf-8")),
            "name": self.action.name,
            "function_arn": function_arn(self.action),
            "notification": notification.name,
            "seconds": limits.seconds,
            "memory_in_mb": limits.memory_bytes // 1_000_000,
            "publish": str(folder / PUBLISHED),
        }
        given.write_text(json.dumps(told), "utf-8")
        return (sys.executable, "-P", str(child.__file__), self._script(folder), str(given))

    def _script(self, folder: Path) -> str:
        named, store = str(self.action.handler), self.calls.store
        found = store.list(named)
        if len(found) != 1:
            raise InputError("There is no such file.", file=named, next_step="Put it there, or name another one.")
        return str(store.stage(found[0], folder / "staged").absolute())
