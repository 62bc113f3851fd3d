"""The one error tree: every error says what was found, where, and what to do next.

::

    KedgeError
    ├── InputError          data that cannot be read, or that holds nothing to judge
    │   └── NoData          there is none: no file, or no row, in what was given or in its window
    ├── DocumentError       a statistics, constraints, profile or report file that is not one
    ├── SettingError        a setting, flag or argument with an unusable value
    ├── HookError           a script of the user that failed
    ├── PluginError         code of a plugin that fails, or that is no item
    ├── Conflict            somebody else changed it first
    ├── NotFound            a name that the catalog does not have
    ├── InUse               what is to be deleted is needed by something else
    ├── NotAllowed          who asks may not have it, or is not known
    ├── ServerError         no server answers, or none of kedge's
    ├── Unavailable         the database, or a sink, does not answer now
    └── MissingDependency   something optional is asked for and not installed
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class KedgeError(Exception):
    """An error with its place and the next step.

    Parameters
    ----------
    message
        What was expected and what was found, one sentence.
    file, line, field
        Where, as far as it is known; ``line`` counts from 1.
    next_step
        What the reader can do about it, one sentence.
    """

    def __init__(
        self,
        message: str,
        *,
        file: object = None,
        line: int | None = None,
        field: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.message, self.file, self.line, self.field, self.next_step = message, file, line, field, next_step
        super().__init__(self.__str__())

    def __str__(self) -> str:
        where = "" if self.file is None else f"{self.file}: "
        if self.line is not None:
            where = f"{self.file}:{self.line}: " if where else f"line {self.line}: "
        if self.field:
            where += f"{self.field}: "
        return f"{where}{self.message}" + (f" {self.next_step}" if self.next_step else "")


class InputError(KedgeError):
    """Data that cannot be read, or that holds nothing to judge."""


class NoData(InputError):
    """There is no data: no file, or no row, in what was given or in its window."""


class DocumentError(KedgeError):
    """A statistics, constraints, profile or report file that is not one."""


class SettingError(KedgeError):
    """A setting, flag or argument with an unusable value."""


class HookError(KedgeError):
    """A script of the user that failed.

    Parameters
    ----------
    code
        The line of the script, as it stands there.
    record
        The record that broke it: where it is, and how it begins.
    output
        The end of what the script printed.
    """

    def __init__(
        self,
        message: str,
        *,
        file: object,
        line: int | None = None,
        code: str = "",
        record: str = "",
        output: str = "",
        next_step: str | None = None,
    ) -> None:
        self.code, self.record, self.output = code, record, output
        super().__init__(message, file=file, line=line, next_step=next_step)

    def __str__(self) -> str:
        parts = {"Line": self.code, "Record": self.record, "Printed": self.output}
        return "\n".join([super().__str__(), *(f"{name}: {_indented(text)}" for name, text in parts.items() if text)])


class PluginError(KedgeError):
    """Code of a plugin that fails, or that is no item."""


class Conflict(KedgeError):
    """What is to be changed is not what it was when it was read: somebody else changed it first."""


class NotFound(KedgeError):
    """A name that the catalog does not have."""


class InUse(KedgeError):
    """What is to be deleted is needed by something else."""


class NotAllowed(KedgeError):
    """Who asks may not have it, or is not known."""


class ServerError(KedgeError):
    """A server that does not answer, or that answers as none of kedge's does."""


class Unavailable(KedgeError):
    """What everything is kept in, or a sink of metrics, does not answer now; it may in a moment."""


class MissingDependency(KedgeError):
    """Something optional is asked for and is not installed."""

    def __init__(self, package: str, needed_for: str, extra: str) -> None:
        super().__init__(
            f"{needed_for} needs the package {package}, which is not installed.",
            next_step=f"Run: pip install 'kedge[{extra}]'",
        )


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known name, or the empty string."""
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
