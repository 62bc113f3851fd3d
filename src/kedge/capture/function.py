"""Capture of a plain function: its arguments are the request, what it returns is the answer.

Both are written as JSON on the caller's own thread, as they may be changed later: only for what the sample takes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from functools import wraps
from inspect import Parameter, isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, signature
from typing import TYPE_CHECKING, Any, TypeVar, cast

from kedge.capture.content import TooLong
from kedge.capture.recorder import recorder
from kedge.capture.talk import Talk, defect
from kedge.capture.values import as_json
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.capture.config import CaptureConfig
    from kedge.capture.recorder import Capture

Function = TypeVar("Function", bound="Callable[..., Any]")
JSON, LINES = "application/json", "application/jsonlines"
ITSELF = ("self", "cls")


def captured(
    config: Capture | CaptureConfig,
    *,
    request: Callable[..., Any] | None = None,
    response: Callable[[Any], Any] | None = None,
    inference_id: str | None = None,
    content_type: str = JSON,
) -> Callable[[Function], Function]:
    """Capture the calls of a function, a method, a coroutine function or a generator.

    A single argument is the request as it is, several are an object of their names. Arrays become lists, frames lists
    of rows. What a generator yields becomes lines.

    Parameters
    ----------
    config
        What is captured and where it is kept, or a recorder that others use, too.
    request
        Called with the function's arguments; returns what is kept of them.
    response
        Called with what the function returns or yields; returns what is kept of it.
    inference_id
        Which parameter holds the id of a call; it is not part of the request.
    content_type
        Of text and bytes that ``request`` and ``response`` return: these are kept as they are.

    Raises
    ------
    SettingError
        The journal cannot be written, or the function has no such parameter.
    """
    capture = recorder(config)

    def decorate(function: Function) -> Function:
        calls = Calls(capture, function, request, response, inference_id, content_type)
        return cast("Function", wraps(function)(_around(function, calls)))

    return decorate


class Calls:
    """The calls of one function."""

    def __init__(
        self,
        capture: Capture,
        function: Callable[..., Any],
        request: Callable[..., Any] | None,
        response: Callable[[Any], Any] | None,
        inference_id: str | None,
        content_type: str,
    ) -> None:
        self._capture, self._request, self._response = capture, request, response
        self._signature, self._id, self._type = signature(function), inference_id, content_type
        known = self._signature.parameters
        self._rest = next((name for name, one in known.items() if one.kind is Parameter.VAR_KEYWORD), "")
        if inference_id is not None and inference_id not in known:
            raise SettingError(
                f"The function has no parameter {inference_id!r}.",
                field="inference_id",
                next_step=f"Name one of {', '.join(known)}.",
            )

    def begins(self, args: tuple[Any, ...], named: dict[str, Any]) -> Talk | None:
        """Return what is kept of a call, or None where it is not captured."""
        try:
            values = dict(self._signature.bind(*args, **named).arguments)
        except TypeError:  # the function says so itself
            return None
        try:
            given = values.pop(self._id, None) if self._id else None
            id = None if given is None else str(given)
            if not self._capture.wants(id):
                return None
        except Exception:
            defect(self._capture)
            return None
        talk = Talk(self._capture)
        talk.inference_id = id
        self._safely(talk, self._asked, values, args, named)
        return talk

    def answers(self, talk: Talk, value: Any) -> None:
        """Take what the function returns."""
        self._safely(talk, self._answered, value)
        self.ends(talk)

    def yields(self, talk: Talk, value: Any) -> None:
        """Take one of the values that the function yields."""
        self._safely(talk, self._line, value)

    def ends(self, talk: Talk) -> None:
        """Take note that there is no further value."""
        if not talk.over:
            try:
                talk.completes()
            except Exception:
                talk.fails()

    def _safely(self, talk: Talk, step: Callable[..., None], *more: Any) -> None:
        """Take a step that must not harm the caller."""
        try:
            if not talk.over:
                step(talk, *more)
        except TooLong:
            talk.ends("body_too_large")
        except Exception:
            talk.ends("not_serializable")

    def _asked(self, talk: Talk, values: dict[str, Any], args: tuple[Any, ...], named: dict[str, Any]) -> None:
        asked = self._request(*args, **named) if self._request else self._object(values)
        body, talk.request_type = self._body(talk, asked, self._request)
        talk.asked(body)

    def _answered(self, talk: Talk, value: Any) -> None:
        answer = self._response(value) if self._response else value
        body, talk.response_type = self._body(talk, answer, self._response)
        talk.answers(body)

    def _line(self, talk: Talk, value: Any) -> None:
        talk.response_type = LINES
        talk.answers(as_json(self._response(value) if self._response else value, talk.most) + b"\n")

    def _object(self, values: dict[str, Any]) -> Any:
        """Return a single argument as it is, several by their names."""
        if values and next(iter(values)) in ITSELF:
            del values[next(iter(values))]
        if len(values) == 1:
            return next(iter(values.values()))
        return values | values.pop(self._rest, {})

    def _body(self, talk: Talk, value: Any, made: object) -> tuple[bytes, str]:
        if made and isinstance(value, (str, bytes)):
            return value.encode() if isinstance(value, str) else value, self._type
        return as_json(value, talk.most), JSON


def _around(function: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    """Return the function with its calls captured, of the kind that it is."""
    if iscoroutinefunction(function):
        return _coroutine(function, calls)
    if isgeneratorfunction(function):
        return _generator(function, calls, Yielded)
    if isasyncgenfunction(function):
        return _generator(function, calls, AsyncYielded)
    return _plain(function, calls)


def _plain(function: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        if (talk := calls.begins(args, named)) is None:
            return function(*args, **named)
        try:
            value = function(*args, **named)
        except BaseException:
            talk.leaves()
            raise
        calls.answers(talk, value)
        return value

    return call


def _coroutine(function: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    async def call(*args: Any, **named: Any) -> Any:
        if (talk := calls.begins(args, named)) is None:
            return await function(*args, **named)
        try:
            value = await function(*args, **named)
        except BaseException:
            talk.leaves()
            raise
        calls.answers(talk, value)
        return value

    return call


def _generator(
    function: Callable[..., Any], calls: Calls, kind: type[Yielded] | type[AsyncYielded]
) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        values = function(*args, **named)
        talk = calls.begins(args, named)
        return values if talk is None else kind(values, calls, talk)

    return call


class Yielded(Generator[Any, Any, Any]):
    """A generator whose values are remembered when the caller takes them."""

    def __init__(self, values: Generator[Any, Any, Any], calls: Calls, talk: Talk) -> None:
        self._values, self._calls, self._talk = values, calls, talk

    def send(self, value: Any, /) -> Any:
        """Hand on a value to the generator, and its next to the caller."""
        return self._taken(self._values.send, value)

    def throw(self, *error: Any) -> Any:
        """Hand on an error to the generator, and its next value to the caller."""
        return self._taken(self._values.throw, *error)

    def _taken(self, step: Callable[..., Any], *given: Any) -> Any:
        try:
            value = step(*given)
        except StopIteration:
            self._calls.ends(self._talk)
            raise
        except BaseException:
            self._talk.leaves()
            raise
        self._calls.yields(self._talk, value)
        return value


class AsyncYielded(AsyncGenerator[Any, Any]):
    """The same of an asynchronous generator."""

    def __init__(self, values: AsyncGenerator[Any, Any], calls: Calls, talk: Talk) -> None:
        self._values, self._calls, self._talk = values, calls, talk

    async def asend(self, value: Any, /) -> Any:
        """Hand on a value to the generator, and its next to the caller."""
        return await self._taken(self._values.asend, value)

    async def athrow(self, *error: Any) -> Any:
        """Hand on an error to the generator, and its next value to the caller."""
        return await self._taken(self._values.athrow, *error)

    async def _taken(self, step: Callable[..., Any], *given: Any) -> Any:
        try:
            value = await step(*given)
        except StopAsyncIteration:
            self._calls.ends(self._talk)
            raise
        except BaseException:
            self._talk.leaves()
            raise
        self._calls.yields(self._talk, value)
        return value
