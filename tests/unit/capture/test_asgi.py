"""The ASGI middleware: what it keeps of a request, and what it leaves alone."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter

import pytest

from kedge.capture import CaptureConfig, CaptureMiddleware, sampled
from kedge.domain.capture_record import Payload

POST = {"type": "http", "method": "POST", "path": "/predict", "headers": []}
JSON = (b"content-type", b"application/json")
ASKED = [{"type": "http.request", "body": b'{"x":1}'}]
HEAD = {"type": "http.response.start", "status": 200, "headers": [JSON]}
BODY = {"type": "http.response.body", "body": b'{"y":2}'}


def reads(*answer):
    """Return an application that reads the whole request and then sends these messages."""

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        for message in answer:
            await send(message)

    return app


def asked(app, messages=ASKED, **scope):
    """Ask an application, and return what it sends."""
    sent, ahead = [], iter(messages)

    async def receive():
        return next(ahead)

    async def send(message):
        sent.append(message)

    asyncio.run(app(POST | {"headers": [JSON, (b"content-length", b"7")]} | scope, receive, send))
    return sent


def test_a_request_and_its_answer_are_captured(capture, recorded):
    recorder = capture()
    assert asked(CaptureMiddleware(reads(HEAD, BODY), recorder)) == [HEAD, BODY]
    (record,) = recorded(recorder)
    assert record.input == Payload('{"x":1}', "JSON", "application/json")
    assert record.output == Payload('{"y":2}', "JSON", "application/json")


def test_parts_of_bodies_are_put_together(capture, recorded):
    recorder = capture()
    parts = [{"type": "http.request", "body": b"[1", "more_body": True}, {"type": "http.request", "body": b",2]"}]
    answer = [HEAD, {"type": "http.response.body", "body": bytearray(b"[3"), "more_body": True}]
    asked(CaptureMiddleware(reads(*answer, {"type": "http.response.body", "body": memoryview(b"]")}), recorder), parts)
    (record,) = recorded(recorder)
    assert (record.input.data, record.output.data) == ("[1,2]", "[3]")


def test_an_application_may_use_its_buffer_again(capture, recorded):
    recorder, buffer = capture(), bytearray(b'{"y":2}')

    async def app(scope, receive, send):
        await send(HEAD)
        await send(BODY | {"body": memoryview(buffer), "more_body": True})
        buffer[:] = b" " * 7
        await send(BODY | {"body": b""})

    asked(CaptureMiddleware(app, recorder))
    assert recorded(recorder)[0].output.data == '{"y":2}'


def test_every_message_is_handed_on_before_the_next_is_made(capture):
    order = []

    async def app(scope, receive, send):
        for part in (HEAD, BODY | {"more_body": True}, BODY):
            order.append("made")
            await send(part)

    async def send(message):
        order.append("sent")

    asyncio.run(CaptureMiddleware(app, capture())(POST, None, send))
    assert order == ["made", "sent"] * 3


@pytest.mark.parametrize(
    "name", [b"x-amzn-sagemaker-inference-id", b"inference-id", b"x-inference-id"], ids=bytes.decode
)
def test_the_inference_id_comes_by_any_of_its_names(capture, recorded, name):
    recorder = capture()
    asked(CaptureMiddleware(reads(HEAD, BODY), recorder), headers=[(name, b"order-17")])
    assert recorded(recorder)[0].inference_id == "order-17"


@pytest.mark.parametrize(
    "name", [b"x-amzn-sagemaker-custom-attributes", b"custom-attributes", b"x-custom-attributes"], ids=bytes.decode
)
def test_custom_attributes_come_by_any_of_their_names(capture, recorded, name):
    recorder = capture()
    asked(CaptureMiddleware(reads(HEAD, BODY), recorder), headers=[(name, b"shop=3")])
    assert recorded(recorder)[0].custom_attributes == ("shop=3",)


def test_the_variant_is_the_one_that_the_answer_names(capture, tmp_path):
    recorder = capture(variant="blue")
    head = HEAD | {"headers": [(b"x-amzn-invoked-production-variant", b"green")]}
    asked(CaptureMiddleware(reads(head, BODY), recorder))
    asked(CaptureMiddleware(reads(HEAD, BODY), recorder))
    recorder.close()
    assert {folder.name for folder in (tmp_path / "journal/fraud/files").iterdir()} == {"blue", "green"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_other_methods_pass_by(capture, method):
    recorder = capture()
    asked(CaptureMiddleware(reads(HEAD, BODY), recorder), method=method)
    assert recorder.counts().seen == 0


def test_only_paths_that_match_a_pattern_are_looked_at(capture):
    recorder = capture(paths=["/predict*", "/v?/score"])
    app = CaptureMiddleware(reads(HEAD, BODY), recorder)
    for path in ("/predict", "/predict/7", "/v1/score", "/ping", "/v1/scores", "/a/predict"):
        asked(app, path=path)
    assert recorder.counts().seen == 3


def test_websockets_pass_by_with_what_the_server_gave(capture):
    given = []

    async def app(scope, receive, send):
        given.extend([receive, send])

    asyncio.run(CaptureMiddleware(app, capture())({"type": "websocket"}, "receive", "send"))
    assert given == ["receive", "send"]


def test_what_the_sample_leaves_out_passes_by_with_what_the_server_gave(capture):
    given = []

    async def app(scope, receive, send):
        given.extend([receive, send])

    asyncio.run(CaptureMiddleware(app, capture(sampling_percentage=0))(POST, "receive", "send"))
    assert given == ["receive", "send"]


@pytest.mark.parametrize("errors", [True, False])
def test_error_answers_are_captured_only_when_asked_for(capture, recorded, errors):
    recorder = capture(errors=errors)
    asked(CaptureMiddleware(reads(HEAD | {"status": 422}, BODY), recorder))
    assert len(recorded(recorder)) == errors
    assert recorder.counts().skipped == Counter(error_answer=1 - errors)


@pytest.mark.parametrize("side", ["request", "response"])
def test_a_body_above_the_cap_is_counted_and_goes_on(capture, recorded, side):
    recorder = capture(max_body_bytes=10)
    part = {"body": b"123456", "more_body": True}
    parts = [{"type": "http.request"} | part] * 2 * (side == "request") + ASKED
    answer = [HEAD, *[{"type": "http.response.body"} | part] * 2 * (side == "response"), BODY]
    assert asked(CaptureMiddleware(reads(*answer), recorder), parts) == answer
    assert recorder.counts().accepted == 0
    assert (recorded(recorder), recorder.counts().dropped) == ([], Counter(body_too_large=1))


def test_a_side_that_is_not_kept_may_be_of_any_length(capture, recorded):
    recorder = capture(max_body_bytes=10, capture_options=["Output"])
    asked(CaptureMiddleware(reads(HEAD, BODY), recorder), [{"type": "http.request", "body": b"x" * 11}])
    (record,) = recorded(recorder)
    assert (record.input, record.output.data) == (None, '{"y":2}')


def test_an_application_that_fails_within_its_answer_is_counted_and_its_error_goes_on(capture, recorded):
    recorder = capture()

    async def app(scope, receive, send):
        await send(HEAD)
        await send(BODY | {"more_body": True})
        raise LookupError("no such model")

    with pytest.raises(LookupError, match="no such model"):
        asked(CaptureMiddleware(app, recorder))
    assert (recorded(recorder), recorder.counts().skipped) == ([], Counter(broken_off=1))


def test_a_client_that_leaves_breaks_off_what_the_application_gives_up(capture):
    recorder = capture()

    async def app(scope, receive, send):
        await send(HEAD)
        await send(BODY | {"more_body": True})
        assert (await receive())["type"] == "http.disconnect"

    asked(CaptureMiddleware(app, recorder), [{"type": "http.disconnect"}])
    assert recorder.counts().skipped == Counter(broken_off=1)


def test_an_answer_is_captured_though_its_client_has_left(capture, recorded):
    recorder = capture()

    async def gone(message):
        raise OSError("the client has left")

    with pytest.raises(OSError, match="has left"):
        asyncio.run(CaptureMiddleware(reads(BODY), recorder)(POST, lambda: asyncio.sleep(0, ASKED[0]), gone))
    assert len(recorded(recorder)) == 1


def test_an_answer_before_the_whole_request_is_read_is_remarked(capture, recorded):
    recorder = capture()

    async def app(scope, receive, send):
        await receive()
        await send(HEAD)
        await send(BODY)

    asked(CaptureMiddleware(app, recorder), [{"type": "http.request", "body": b"[1", "more_body": True}])
    assert recorded(recorder)[0].input.data == "[1"
    assert recorder.counts().remarked["unread"] == 1


def test_a_request_without_a_body_has_nothing_that_must_be_read(capture, recorded):
    recorder = capture()

    async def app(scope, receive, send):
        await send(HEAD)
        await send(BODY)

    asked(CaptureMiddleware(app, recorder), headers=[])
    assert recorded(recorder)[0].input.data == ""
    assert "unread" not in recorder.counts().remarked


def test_packed_bodies_are_unpacked_in_the_record_alone(capture, recorded):
    recorder = capture()
    packed = gzip.compress(b'{"y":2}')
    head = HEAD | {"headers": [JSON, (b"content-encoding", b"gzip")]}
    body = BODY | {"body": packed}
    asking = [{"type": "http.request", "body": gzip.compress(b'{"x":1}')}]
    sent = asked(CaptureMiddleware(reads(head, body), recorder), asking, headers=head["headers"])
    assert sent == [head, body]
    (record,) = recorded(recorder)
    assert (record.input.data, record.output.data) == ('{"x":1}', '{"y":2}')


def test_of_two_content_types_the_first_counts_and_none_is_base64(capture, recorded):
    recorder = capture()
    twice = [(b"content-type", b"text/csv"), (b"content-type", b"application/json")]
    asked(CaptureMiddleware(reads({"type": "http.response.start", "status": 200}, BODY), recorder), headers=twice)
    (record,) = recorded(recorder)
    assert (record.input.content_type, record.input.encoding) == ("text/csv", "CSV")
    assert (record.output.content_type, record.output.encoding) == ("", "BASE64")


def test_of_two_inference_ids_the_first_counts(capture, recorded):
    recorder = capture()
    asked(CaptureMiddleware(reads(HEAD, BODY), recorder), headers=[(b"x-inference-id", b"1"), (b"inference-id", b"2")])
    assert recorded(recorder)[0].inference_id == "1"


def test_by_an_id_the_middleware_takes_what_anybody_else_takes(capture, recorded):
    recorder = capture(sampling_percentage=20, sample_by="inference_id")
    app, ids = CaptureMiddleware(reads(HEAD, BODY), recorder), [f"order-{n}" for n in range(100)]
    for id in ids:
        asked(app, headers=[(b"inference-id", id.encode())])
    assert [record.inference_id for record in recorded(recorder)] == [id for id in ids if sampled(id, 20)]


def test_headers_that_say_nothing_of_the_exchange_stay_in_no_memory(capture, monkeypatch):
    recorder = capture()
    monkeypatch.setattr(recorder, "_start", lambda: None)
    head = HEAD | {"headers": [JSON, (b"set-cookie", b"x" * 9999)]}
    asked(CaptureMiddleware(reads(head, BODY), recorder), headers=[(b"cookie", b"x" * 9999), JSON])
    (talk,) = recorder._buffer.take(1)
    assert (talk.headers, talk.answer_headers) == ([JSON], [JSON])


def test_many_small_parts_count_as_what_they_take_in_memory(capture, monkeypatch):
    recorder = capture(buffer_bytes=12_000)
    monkeypatch.setattr(recorder, "_start", lambda: None)
    part = BODY | {"body": b"1", "more_body": True}
    asked(CaptureMiddleware(reads(HEAD, *[part] * 200, BODY), recorder))
    assert recorder.counts().dropped == Counter(buffer_full=1)


def test_an_answer_that_the_server_sends_from_a_file_is_counted(capture):
    recorder = capture()
    file = {"type": "http.response.pathsend", "path": "/model.bin"}
    assert asked(CaptureMiddleware(reads(HEAD, file), recorder)) == [HEAD, file]
    assert recorder.counts().skipped == Counter(unseen=1)


def test_the_end_of_the_server_closes_the_capture(capture, tmp_path):
    recorder = capture()
    app = CaptureMiddleware(reads(HEAD, BODY), recorder)
    asked(app)

    async def lifespan(scope, receive, send):
        await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    app.app = lifespan
    asked(app, type="lifespan")
    assert len([*tmp_path.rglob("*.jsonl")]) == 1


def test_a_configuration_makes_a_recorder():
    app = CaptureMiddleware(reads(HEAD, BODY), config=CaptureConfig(endpoint="fraud", journal="journal"))
    asked(app)
    app.capture.close()
    assert app.capture.counts().journalled == 1


@pytest.mark.parametrize("broken", ["wants", "record", "count"])
def test_a_recorder_that_fails_changes_no_answer(capture, monkeypatch, broken):
    recorder = capture()

    def fails(*_):
        raise RuntimeError("this should not be")

    monkeypatch.setattr(recorder, broken, fails)
    answer = [HEAD | {"status": 500}, BODY] if broken == "count" else [HEAD, BODY]
    assert asked(CaptureMiddleware(reads(*answer), recorder)) == answer
    assert recorder.counts().dropped == Counter(defect=1)


@pytest.mark.parametrize("headers", [None, [b"odd"], [("content-type", "text")]], ids=["none", "short", "text"])
def test_odd_messages_of_an_application_are_left_to_the_server(capture, headers):
    recorder = capture()
    odd = HEAD | {"headers": headers}
    assert asked(CaptureMiddleware(reads(odd, BODY), recorder)) == [odd, BODY]


def test_odd_messages_of_a_server_are_left_to_the_application(capture):
    odd, heard = {"type": "http.request", "body": 7}, []

    async def app(scope, receive, send):
        heard.append(await receive())

    asked(CaptureMiddleware(app, capture()), [odd])
    assert heard == [odd]
