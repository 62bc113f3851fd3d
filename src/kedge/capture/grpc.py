"""Capture beside a gRPC server: of calls with one request and one answer; streams pass by.

Messages of protobuf are kept as JSON, others as their bytes. They are written on the call's own thread, as a handler
may change its request: only for what the sample takes.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from kedge.capture.content import TooLong
from kedge.capture.recorder import recorder
from kedge.capture.talk import Talk, defect, looked_at
from kedge.domain import wire
from kedge.errors import MissingDependency

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kedge.capture.config import CaptureConfig
    from kedge.capture.recorder import Capture

JSON, BYTES = "application/json", "application/grpc"
OK, FAILED = 200, 500  # of a protocol that has no such numbers


class Calls:
    """What both interceptors do with a call."""

    def __init__(self, config: Capture | CaptureConfig) -> None:
        self._grpc = _grpc()
        self.capture = recorder(config)
        self._looked_at = looked_at(self.capture.config)
        self._method = next(iter(self.capture.config.methods), "")  # every call is a POST: only its path counts

    def wrapped(self, handler: Any, details: Any) -> Any:
        """Return the handler with its calls captured, or as it is where it streams or is not looked at."""
        if handler is None or handler.request_streaming or handler.response_streaming:
            return handler
        if not self._looked_at(self._method, details.method):
            return handler
        around = _around_coroutine if iscoroutinefunction(handler.unary_unary) else _around
        behaviour = around(handler, self, dict(details.invocation_metadata or ()))
        serializers = handler.request_deserializer, handler.response_serializer
        return self._grpc.unary_unary_rpc_method_handler(behaviour, *serializers)

    def begins(self, metadata: dict[str, Any], request: Any) -> Talk | None:
        """Return what is kept of a call, or None where it is not captured."""
        try:
            id = _first(metadata, wire.INFERENCE_ID_HEADERS)
            if not self.capture.wants(id):
                return None
        except Exception:
            defect(self.capture)
            return None
        talk = Talk(self.capture)
        talk.inference_id = id
        talk.custom_attributes = _first(metadata, wire.CUSTOM_ATTRIBUTES_HEADERS)
        _safely(talk, _asked, request)
        return talk

    def ends(self, talk: Talk, answer: Any, context: Any, serializer: Callable[[Any], bytes] | None) -> None:
        """Take the answer of a handler."""
        _safely(talk, _answered, answer, context, serializer)

    def fails(self, talk: Talk, context: Any) -> None:
        """Take the error of a handler: a status that it chose is an error answer, anything else breaks off."""
        _safely(talk, _aborted, context)
        talk.leaves()


class Interceptor:
    """Captures the calls that a server answers.

    Parameters
    ----------
    config
        What is captured and where it is kept, or a recorder that others use, too.

    Raises
    ------
    MissingDependency
        grpc is not installed.
    """

    def __init__(self, config: Capture | CaptureConfig) -> None:
        self._calls = Calls(config)
        self._kind(_grpc()).register(type(self))

    @staticmethod
    def _kind(grpc: Any) -> Any:
        """Return what its server takes for an interceptor."""
        return grpc.ServerInterceptor


class CaptureInterceptor(Interceptor):
    """Captures the calls that a server of ``grpc.server`` answers."""

    def intercept_service(self, continuation: Callable[[Any], Any], details: Any) -> Any:
        """Return what answers a call, captured."""
        return self._calls.wrapped(continuation(details), details)


class AioCaptureInterceptor(Interceptor):
    """Captures the calls that a server of ``grpc.aio.server`` answers."""

    @staticmethod
    def _kind(grpc: Any) -> Any:
        return grpc.aio.ServerInterceptor

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], details: Any) -> Any:
        """Return what answers a call, captured."""
        return self._calls.wrapped(await continuation(details), details)


def _around(handler: Any, calls: Calls, metadata: dict[str, Any]) -> Callable[[Any, Any], Any]:
    def behaviour(request: Any, context: Any) -> Any:
        if (talk := calls.begins(metadata, request)) is None:
            return handler.unary_unary(request, context)
        try:
            answer = handler.unary_unary(request, context)
        except BaseException:
            calls.fails(talk, context)
            raise
        calls.ends(talk, answer, context, handler.response_serializer)
        return answer

    return behaviour


def _around_coroutine(handler: Any, calls: Calls, metadata: dict[str, Any]) -> Callable[[Any, Any], Any]:
    async def behaviour(request: Any, context: Any) -> Any:
        if (talk := calls.begins(metadata, request)) is None:
            return await handler.unary_unary(request, context)
        try:
            answer = await handler.unary_unary(request, context)
        except BaseException:
            calls.fails(talk, context)
            raise
        calls.ends(talk, answer, context, handler.response_serializer)
        return answer

    return behaviour


def _safely(talk: Talk, step: Callable[..., None], *more: Any) -> None:
    """Take a step that must not harm the caller."""
    if talk.over:
        return
    try:
        step(talk, *more)
    except TooLong:
        talk.ends("body_too_large")
    except Exception:
        talk.ends("not_serializable")


def _asked(talk: Talk, request: Any) -> None:
    body, talk.request_type = _body(request, None, talk.most)
    talk.asked(body)


def _answered(talk: Talk, answer: Any, context: Any, serializer: Callable[[Any], bytes] | None) -> None:
    body, talk.response_type = _body(answer, serializer, talk.most)
    talk.begins(FAILED if _failed(context) else OK)
    if not talk.over:
        talk.answers(body)
    if not talk.over:
        talk.completes()


def _aborted(talk: Talk, context: Any) -> None:
    if _failed(context):
        talk.begins(FAILED)
        if not talk.over:
            talk.completes()


def _failed(context: Any) -> bool:
    """Return whether a handler set a status other than OK; a plain function of an asynchronous server cannot tell."""
    code = context.code() if hasattr(context, "code") else None
    return code is not None and getattr(code, "name", "") != "OK" and code != 0


def _body(message: Any, serializer: Callable[[Any], bytes] | None, most: int) -> tuple[bytes, str]:
    """Return a message as bytes, and their content type."""
    if isinstance(message, bytes):
        return message, BYTES
    if not hasattr(message, "DESCRIPTOR"):
        if serializer is None:
            raise TypeError
        return serializer(message), BYTES
    if message.ByteSize() > most:
        raise TooLong
    from google.protobuf.json_format import MessageToJson

    text = MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=None
    )
    return text.encode(), JSON


def _first(metadata: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(metadata[name]) for name in names if name in metadata), None)


def _grpc() -> Any:
    try:
        import grpc
        import grpc.aio
    except ImportError:
        raise MissingDependency("grpcio", "Capture of gRPC", "grpc") from None
    return grpc
