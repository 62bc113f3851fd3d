"""Problems: errors as they travel over HTTP (RFC 9457), and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kedge import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "urn:kedge:problem:"
# By their names; of several that an error is, the first: what is more special stands before what it is a kind of.
PROBLEMS: Final[dict[str, type[errors.KedgeError]]] = {
    "no-data": errors.NoData,
    "input": errors.InputError,
    "document": errors.DocumentError,
    "setting": errors.SettingError,
    "script": errors.HookError,
    "plugin": errors.PluginError,
    "conflict": errors.Conflict,
    "not-found": errors.NotFound,
    "in-use": errors.InUse,
    "not-allowed": errors.NotAllowed,
    "server": errors.ServerError,
    "unavailable": errors.Unavailable,
    "missing-dependency": errors.MissingDependency,
    "other": errors.KedgeError,
}
PLACED: Final = ("file", "line", "field", "next_step")
SCRIPT: Final = ("code", "record", "output")


def named(error: errors.KedgeError) -> str:
    """Return the name of the problem that an error is.

    >>> named(errors.NoData("There is none."))
    'no-data'
    """
    return next(name for name, cls in PROBLEMS.items() if isinstance(error, cls))


def to_problem(error: errors.KedgeError, name: str, title: str, status: int) -> dict[str, Any]:
    """Return an error as a problem; of what it does not know nothing is said.

    >>> to_problem(errors.SettingError("It is empty.", field="url"), "setting", "Unusable", 422)["field"]
    'url'
    """
    told = {part: getattr(error, part, None) for part in (*PLACED, *SCRIPT)}
    known = {part: value if isinstance(value, int) else str(value) for part, value in told.items() if value}
    return {"type": f"{PREFIX}{name}", "title": title, "status": status, "detail": error.message, **known}


def from_problem(problem: Mapping[str, Any]) -> errors.KedgeError:
    """Return the error that a problem was.

    >>> from_problem({"type": "urn:kedge:problem:in-use", "detail": "It is.", "field": "url"})
    InUse('url: It is.')
    """
    cls = PROBLEMS.get(str(problem.get("type")).removeprefix(PREFIX), errors.KedgeError)
    error = cls.__new__(cls)  # each is made in its own way, and all hold the same
    for part in SCRIPT if cls is errors.HookError else ():
        setattr(error, part, problem.get(part, ""))
    errors.KedgeError.__init__(error, str(problem.get("detail", "")), **{part: problem.get(part) for part in PLACED})
    return error
