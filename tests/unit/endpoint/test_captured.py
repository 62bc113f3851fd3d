"""What goes through the proxy and what the journal holds of it."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from kedge.capture import Capture, CaptureConfig, CaptureMiddleware
from kedge.domain.capture_record import CaptureRecord
from kedge.endpoint.proxy import Proxy
from kedge.endpoint.upstream import Upstream

POST = b"POST /invocations HTTP/1.1\r\nHost: shop\r\nContent-Type: text/csv\r\nContent-Length: 3\r\n\r\n1,2"


@pytest.fixture
def captured(raw, run, talk):
    """Put a capturing proxy before an upstream that answers every connection once."""

    def make(*pieces, **settings):
        def upstream(connection):
            connection.recv(65536)
            for piece in pieces:
                connection.sendall(piece)

        capture = Capture(CaptureConfig(endpoint="fraud", journal="journal", **settings))
        proxy = Proxy(Upstream(f"http://127.0.0.1:{raw(upstream)}"))
        return capture, talk(run(CaptureMiddleware(proxy, capture)))

    return make


def records(capture):
    capture.close()
    files = sorted(Path("journal").glob("fraud/files/**/*.jsonl"))
    return [CaptureRecord.from_json(line) for file in files for line in file.read_text().splitlines()]


def head(more, status=b"200 OK"):
    return b"HTTP/1.1 %s\r\nContent-Type: text/csv\r\n%s\r\n" % (status, more)


def test_a_packed_answer_is_passed_on_packed_and_captured_unpacked(captured):
    packed = gzip.compress(b"0.87")
    capture, client = captured(head(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(packed)) + packed)
    client.send(POST)
    assert client.answer()[2] == packed
    [record] = records(capture)
    assert (record.input.data, record.output.data, record.output.encoding) == ("1,2", "0.87", "CSV")


def test_an_answer_in_chunks_is_captured_whole(captured):
    capture, client = captured(head(b"Transfer-Encoding: chunked\r\n"), b"2\r\n0.\r\n", b"2\r\n87\r\n0\r\n\r\n")
    client.send(POST)
    client.answer()
    assert [record.output.data for record in records(capture)] == ["0.87"]


def test_an_answer_that_breaks_off_is_counted(captured):
    capture, client = captured(head(b"Content-Length: 10\r\n") + b"0.8")
    client.send(POST)
    client.rest()
    assert (records(capture), capture.counts().skipped) == ([], {"broken_off": 1})


@pytest.mark.parametrize(("errors", "kept"), [(False, 0), (True, 1)])
def test_an_error_is_captured_where_that_is_asked_for(captured, errors, kept):
    capture, client = captured(head(b"Content-Length: 2\r\n", b"422 No") + b"no", errors=errors)
    client.send(POST)
    assert client.answer()[0] == 422
    assert (len(records(capture)), sum(capture.counts().skipped.values())) == (kept, 1 - kept)


def test_a_client_that_leaves_is_counted(captured):
    capture, client = captured(head(b"Content-Length: 10\r\n") + b"0.8")
    client.send(POST[:-1])
    client.close()
    end = time.monotonic() + 5
    while not capture.counts().skipped and time.monotonic() < end:
        time.sleep(0.01)
    assert capture.counts().skipped == {"broken_off": 1}
