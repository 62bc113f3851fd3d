"""The interceptors, over real servers of gRPC."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from kedge.capture import AioCaptureInterceptor, CaptureInterceptor

grpc = pytest.importorskip("grpc", reason="grpcio is not installed")
from google.protobuf.api_pb2 import Mixin  # noqa: E402
from google.protobuf.struct_pb2 import Struct  # noqa: E402
from google.protobuf.wrappers_pb2 import DoubleValue  # noqa: E402

ASKED = Struct()
ASKED.update({"age": 41, "colour": "blue"})
PREDICT, STREAM, BYTES, FAIL, ABORT = (f"/models.Fraud/{name}" for name in ("Predict", "Stream", "Bytes", "Fail", "No"))


def predict(request, context):
    return DoubleValue(value=request["age"] / 100)


def stream(request, context):
    yield from [request] * 3


def fail(request, context):
    raise LookupError("no such model")


def abort(request, context):
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such feature")


async def predict_later(request, context):
    return predict(request, context)


async def abort_later(request, context):
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such feature")


def _handlers(predict, abort):
    typed = {"request_deserializer": Struct.FromString, "response_serializer": lambda m: m.SerializeToString()}
    unary = {"Predict": predict, "Fail": fail, "No": abort}
    methods = {name: grpc.unary_unary_rpc_method_handler(function, **typed) for name, function in unary.items()}
    methods["Stream"] = grpc.unary_stream_rpc_method_handler(stream, **typed)
    methods["Bytes"] = grpc.unary_unary_rpc_method_handler(lambda request, _: request[::-1])
    return (grpc.method_handlers_generic_handler("models.Fraud", methods),)


@pytest.fixture
def server():
    """Serve with an interceptor, and return how to call a method."""
    served = []

    def of(interceptor):
        made = grpc.server(ThreadPoolExecutor(2), _handlers(predict, abort), [interceptor])
        address = f"localhost:{made.add_insecure_port('localhost:0')}"
        made.start()
        channel = grpc.insecure_channel(address)
        served.extend([channel.close, lambda: made.stop(None).wait()])
        return lambda path, **more: channel.unary_unary(path, lambda m: m.SerializeToString())(ASKED, **more)

    yield of
    for end in served:
        end()


def test_messages_of_protobuf_are_kept_as_json(capture, recorded, server):
    recorder = capture()
    metadata = (("x-amzn-sagemaker-inference-id", "order-17"), ("custom-attributes", "shop=3"))
    answer = server(CaptureInterceptor(recorder))(PREDICT, metadata=metadata)
    assert DoubleValue.FromString(answer).value == 0.41
    (record,) = recorded(recorder)
    assert (json.loads(record.input.data), record.output.data) == ({"age": 41, "colour": "blue"}, "0.41")
    assert (record.inference_id, record.custom_attributes) == ("order-17", ("shop=3",))


def test_other_messages_are_kept_as_their_bytes(capture, recorded, server):
    recorder = capture()
    told = server(CaptureInterceptor(recorder))(BYTES)
    assert told == ASKED.SerializeToString()[::-1]
    (record,) = recorded(recorder)
    assert (record.output.encoding, record.output.content_type) == ("BASE64", "application/grpc")


def test_streams_pass_by(capture, server):
    recorder = capture()
    call = server(CaptureInterceptor(recorder))
    channel = call.__closure__[0].cell_contents
    assert len([*channel.unary_stream(STREAM, lambda m: m.SerializeToString())(ASKED)]) == 3
    assert recorder.counts().seen == 0


@pytest.mark.parametrize(("path", "reason"), [(FAIL, "broken_off"), (ABORT, "error_answer")])
def test_an_error_goes_on_and_is_counted(capture, server, path, reason):
    recorder = capture()
    with pytest.raises(grpc.RpcError, match="no such"):
        server(CaptureInterceptor(recorder))(path)
    assert recorder.counts().skipped == Counter({reason: 1})


def test_only_methods_that_match_a_pattern_are_looked_at(capture, server):
    recorder = capture(paths=["/models.Fraud/P*"])
    call = server(CaptureInterceptor(recorder))
    call(PREDICT)
    call(BYTES)
    assert recorder.counts().seen == 1


def test_a_message_above_the_cap_is_counted_and_goes_on(capture, server):
    recorder = capture(max_body_bytes=10)
    assert server(CaptureInterceptor(recorder))(PREDICT)
    assert recorder.counts().dropped == Counter(body_too_large=1)


def _asked_later(interceptor, path):
    """Ask an asynchronous server."""

    async def run():
        server = grpc.aio.server(interceptors=[interceptor])
        server.add_generic_rpc_handlers(_handlers(predict_later, abort_later))
        address = f"localhost:{server.add_insecure_port('localhost:0')}"
        await server.start()
        try:
            async with grpc.aio.insecure_channel(address) as channel:
                return await channel.unary_unary(path, lambda m: m.SerializeToString())(ASKED)
        finally:
            await server.stop(None)

    return asyncio.run(run())


@pytest.mark.parametrize("path", [PREDICT, BYTES], ids=["coroutine", "function"])
def test_an_asynchronous_server_is_captured(capture, recorded, path):
    recorder = capture()
    assert _asked_later(AioCaptureInterceptor(recorder), path)
    assert len(recorded(recorder)) == 1


@pytest.mark.parametrize(("path", "reason"), [(FAIL, "broken_off"), (ABORT, "error_answer")])
def test_an_error_of_an_asynchronous_server_is_counted(capture, path, reason):
    recorder = capture()
    with pytest.raises(grpc.RpcError, match="no such"):
        _asked_later(AioCaptureInterceptor(recorder), path)
    assert recorder.counts().skipped == Counter({reason: 1})


def test_fields_that_hold_nothing_are_told(capture, recorded):
    recorder = capture()
    handler = grpc.unary_unary_rpc_method_handler(lambda *_: Mixin(name="churn"))
    details = type("Details", (), {"method": PREDICT, "invocation_metadata": ()})
    context = type("Context", (), {"code": lambda _: None})()
    CaptureInterceptor(recorder).intercept_service(lambda _: handler, details).unary_unary(ASKED, context)
    assert json.loads(recorded(recorder)[0].output.data) == {"name": "churn", "root": ""}
