"""The WSGI middleware: what it keeps of a request, and what it leaves alone."""

from __future__ import annotations

import io
import sys
from collections import Counter
from wsgiref.handlers import SimpleHandler
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest

from kedge.capture import WSGICaptureMiddleware
from kedge.domain.capture_record import Payload

JSON = [("Content-Type", "application/json")]
ASKED = b'{"x":1}\n{"x":2}'
TOLD = b'{"y":2}'
POST = {
    "REQUEST_METHOD": "POST",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/predict",
    "QUERY_STRING": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "CONTENT_TYPE": "application/json",
}


def reads(*parts, read=lambda input: input.read(), headers=JSON, status="200 OK"):
    """Return an application that reads the request and then answers with these parts."""

    def app(environ, start_response):
        read(environ["wsgi.input"])
        start_response(status, headers)
        return iter(parts)

    return app


def asked(app, body=ASKED, **environ):
    """Ask an application as a server does, and return its answer as it goes over the wire."""
    out = io.BytesIO()
    length = {"CONTENT_LENGTH": str(len(body))}
    handler = SimpleHandler(io.BytesIO(body), out, sys.stderr, POST | length | environ, multithread=False)
    handler.run(app)
    return out.getvalue()


def test_a_request_and_its_answer_are_captured(capture, recorded):
    recorder = capture()
    app = reads(TOLD[:3], TOLD[3:])
    assert asked(WSGICaptureMiddleware(app, recorder)) == asked(app)
    (record,) = recorded(recorder)
    assert record.input == Payload(ASKED.decode(), "JSON", "application/json")
    assert record.output == Payload(TOLD.decode(), "JSON", "application/json")


READ = {
    "all": lambda input: input.read(),
    "in parts": lambda input: [*iter(lambda: input.read(4), b"")],
    "lines": lambda input: [input.readline(), input.readline(3), input.readline()],
    "all lines": lambda input: input.readlines(),
    "as an iterator": lambda input: [*input],
    "next": lambda input: [next(input), next(input)],
    "twice": lambda input: [input.read(5), input.seek(0), input.read(), input.seek(2), input.read(3)],
}


@pytest.mark.parametrize("read", READ.values(), ids=READ.keys())
def test_the_request_may_be_read_in_any_way(capture, recorded, read):
    recorder = capture()
    asked(WSGICaptureMiddleware(reads(TOLD, read=read), recorder))
    assert recorded(recorder)[0].input.data == ASKED.decode()
    assert recorder.counts().remarked == Counter()


@pytest.mark.parametrize("length", [True, False], ids=["by length", "in chunks"])
def test_an_answer_before_the_whole_request_is_read_is_remarked(capture, recorded, length):
    recorder = capture()
    environ = {} if length else {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    asked(WSGICaptureMiddleware(reads(TOLD, read=lambda input: input.read(4)), recorder), **environ)
    assert recorded(recorder)[0].input.data == ASKED[:4].decode()
    assert recorder.counts().remarked["unread"] == 1


@pytest.mark.parametrize("by", ["read", "readline"])
def test_a_request_in_chunks_ends_with_what_was_read_last(capture, recorded, by):
    recorder = capture()
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    app = reads(TOLD, read=lambda input: [*iter(lambda: getattr(input, by)(5), b"")])
    asked(WSGICaptureMiddleware(app, recorder), **chunked)
    assert recorder.counts().remarked == Counter()


@pytest.mark.parametrize("name", ["X_AMZN_SAGEMAKER_INFERENCE_ID", "INFERENCE_ID", "X_INFERENCE_ID"])
def test_the_inference_id_comes_by_any_of_its_names(capture, recorded, name):
    recorder = capture()
    asked(WSGICaptureMiddleware(reads(TOLD), recorder), **{f"HTTP_{name}": "order-17"})
    assert recorded(recorder)[0].inference_id == "order-17"


def test_what_is_written_comes_before_what_is_returned(capture, recorded):
    recorder = capture()

    def app(environ, start_response):
        start_response("200 OK", JSON)(b"[1,")
        return [b"2]"]

    assert asked(WSGICaptureMiddleware(app, recorder)) == asked(app)
    assert recorded(recorder)[0].output.data == "[1,2]"


def test_an_answer_that_is_begun_again_after_an_error_is_an_error(capture):
    recorder = capture()

    def app(environ, start_response):
        start_response("200 OK", JSON)
        try:
            raise LookupError
        except LookupError:
            start_response("500 Sorry", JSON, sys.exc_info())
        return [TOLD]

    assert asked(WSGICaptureMiddleware(app, recorder)) == asked(app)
    assert recorder.counts().skipped == Counter(error_answer=1)


def test_a_list_is_handed_on_as_it_is_so_that_the_server_can_tell_its_length(capture, recorded):
    recorder, told = capture(), [TOLD]

    def app(environ, start_response):
        start_response("200 OK", JSON)
        return told

    middleware = WSGICaptureMiddleware(app, recorder)
    assert middleware(POST | {"wsgi.input": io.BytesIO()}, lambda *_: None) is told
    assert len(recorded(recorder)) == 1


def test_an_answer_of_a_known_length_keeps_it(capture):
    class Parts:
        def __iter__(self):
            return iter([TOLD])

        def __len__(self):
            return 1

    def app(environ, start_response):
        start_response("200 OK", JSON)
        return Parts()

    assert b"Content-Length: 7" in asked(WSGICaptureMiddleware(app, capture()))


def test_a_generator_is_closed_and_what_it_did_not_complete_breaks_off(capture):
    recorder, closed = capture(), []

    def app(environ, start_response):
        start_response("200 OK", JSON)
        try:
            yield TOLD
            yield TOLD
        finally:
            closed.append(True)

    parts = WSGICaptureMiddleware(app, recorder)(POST | {"wsgi.input": io.BytesIO()}, lambda *_: None)
    assert next(parts) == TOLD
    parts.close()
    assert (closed, recorder.counts().skipped) == ([True], Counter(broken_off=1))


def _fails(environ, start_response):
    raise LookupError("no such model")


def _fails_late(environ, start_response):
    start_response("200 OK", JSON)
    yield TOLD
    raise LookupError("no such model")


@pytest.mark.parametrize("app", [_fails, _fails_late], ids=["at once", "within its answer"])
def test_an_application_that_fails_is_counted_and_its_error_goes_on(capture, app):
    recorder = capture()

    with pytest.raises(LookupError, match="no such model"):
        [*WSGICaptureMiddleware(app, recorder)(POST | {"wsgi.input": io.BytesIO()}, lambda *_: None)]
    assert recorder.counts().skipped == Counter(broken_off=1)


def test_a_body_above_the_cap_is_counted_and_goes_on(capture):
    recorder, app = capture(max_body_bytes=10), reads(TOLD, TOLD, TOLD)
    assert asked(WSGICaptureMiddleware(app, recorder)) == asked(app)
    assert recorder.counts().dropped == Counter(body_too_large=1)


def test_a_file_that_the_server_may_send_itself_stays_its_own(capture):
    recorder, wrapped = capture(), []

    def app(environ, start_response):
        start_response("200 OK", JSON)
        wrapped.append(environ["wsgi.file_wrapper"](io.BytesIO(TOLD)))
        return wrapped[0]

    environ = POST | {"wsgi.input": io.BytesIO(), "wsgi.file_wrapper": FileWrapper}
    assert WSGICaptureMiddleware(app, recorder)(environ, lambda *_: None) is wrapped[0]
    assert recorder.counts().skipped == Counter(unseen=1)


def test_what_is_not_looked_at_passes_by_with_what_the_server_gave(capture):
    recorder, input = capture(paths=["/predict"]), io.BytesIO()
    app = WSGICaptureMiddleware(lambda environ, start: [environ["wsgi.input"], start], recorder)
    for other in ({"REQUEST_METHOD": "GET"}, {"PATH_INFO": "/ping"}):
        assert app(POST | {"wsgi.input": input} | other, asked) == [input, asked]
    assert recorder.counts().seen == 0


@pytest.mark.parametrize("status", ["200 OK", "500 Sorry"])
@pytest.mark.parametrize("broken", ["wants", "record", "count"])
def test_a_recorder_that_fails_changes_no_answer(capture, monkeypatch, broken, status):
    recorder, app = capture(), reads(TOLD, status=status)

    def fails(*_):
        raise RuntimeError("this should not be")

    monkeypatch.setattr(recorder, broken, fails)
    assert asked(WSGICaptureMiddleware(app, recorder)) == asked(app)


def test_the_middleware_keeps_to_the_rules_of_wsgi(capture):
    def app(environ, start_response):
        environ["wsgi.input"].read(5)
        start_response("200 OK", JSON)
        return [TOLD]

    both = validator(WSGICaptureMiddleware(validator(app), capture()))
    assert asked(both).endswith(TOLD)
