"""Actions that are a program of this machine, with the event on its standard input."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Final

from kedge.adapters.notifiers.calls import EVENT
from kedge.errors import InputError

if TYPE_CHECKING:
    from kedge.adapters.notifiers.calls import Calls
    from kedge.domain.action import Action
    from kedge.domain.notification import Notification, Outcome

# An executor gives no standard input. The shell sees the program's words as words, and reads none of them.
_WITH_INPUT: Final = ("/bin/sh", "-c", 'exec "$@" < "$0"')


def notifier(action: Action, calls: Calls) -> Command:
    """Return what runs the program of an action."""
    return Command(action, calls)


@dataclass(frozen=True)
class Command:
    """Runs a program, anew for each message."""

    action: Action
    calls: Calls

    def notify(self, notification: Notification) -> Outcome:
        """Run it once."""
        return self.calls.call(self.action, notification, self._command)

    def _command(self, folder: Path) -> tuple[str, ...]:
        # It works in a folder of its own, so what is a file from here is told by its whole path.
        program, *rest = (str(Path(word).absolute()) if Path(word).is_file() else word for word in self.action.command)
        if which(program, path=self.action.environment.get("PATH", os.environ.get("PATH", os.defpath))) is None:
            raise InputError(
                f"There is no program {program!r} that may be run.",
                field="command",
                next_step="Install it, or give its whole path.",
            )
        return (*_WITH_INPUT, str(folder / EVENT), program, *rest)
