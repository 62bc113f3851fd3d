"""A post ends in time whatever the other side does, and goes only where it may."""

from __future__ import annotations

import socket
import time
from contextlib import closing, suppress
from ssl import SSLCertVerificationError
from threading import Thread

import pytest

from kedge.adapters.net.pinned import Pinned
from kedge.adapters.net.posting import Posting, outcome_of
from kedge.domain.addresses import Addresses
from kedge.domain.notification import Outcome

from ... import receivers

ALLOWED = Pinned(Addresses.of(receivers.LOOPBACK))


def post(url, seconds=5.0, pinned=ALLOWED):
    return Posting(pinned, seconds=seconds).outcome(url, b"{}", {})


@pytest.fixture
def slow():
    """A server that sends a byte every 50 ms, for ever."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            connection, _ = listener.accept()
            with closing(connection):
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    connection.sendall(b"a")
                    time.sleep(0.05)

    thread = Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()
    thread.join(5)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_is_never_done_is_left_in_time(slow, scheme):
    began = time.monotonic()
    found = post(f"{scheme}://127.0.0.1:{slow}/", seconds=0.5)
    assert (found.how, time.monotonic() - began < 2) == ("retry", True)


def test_a_server_that_does_not_answer_is_left_in_time():
    with receivers.webhook() as received:
        received.hold.clear()
        assert post(received.url, seconds=0.3).reason == "There was no answer within 0.3 s."


def test_a_redirect_is_followed_with_the_body():
    with receivers.webhook() as first, receivers.webhook("/there") as second:
        first.answers, first.location = [308], second.url
        assert (post(first.url).how, second.found[0].body) == ("sent", b"{}")


def test_a_redirect_leads_only_where_one_may_go():
    with receivers.webhook(answers=[307], location="http://169.254.169.254/latest") as received:
        found = post(received.url)
    assert (found.how, "link-local" in found.reason) == ("refused", True)


def test_a_redirect_to_what_is_no_url_is_not_tried_again():
    with receivers.webhook(answers=[307], location="http://[::1") as received:
        assert post(received.url).reason == "The server leads to what is no URL. Look at the server."


def test_a_certificate_that_is_wrong_may_be_mended():
    def call():
        raise SSLCertVerificationError(1, "certificate verify failed")

    assert outcome_of(call) == Outcome("retry", "The server cannot be reached: certificate verify failed.")


def test_redirects_that_never_end_are_followed_three_times():
    with receivers.webhook(answers=[302], location="/again") as received:
        found = post(received.url)
    assert (found.how, len(received.found), "3 times" in found.reason) == ("refused", 4, True)


@pytest.mark.parametrize(
    ("url", "how", "said"),
    [
        ("http://127.0.0.1:1/", "retry", "refused"),
        ("http://models.example.invalid/", "retry", "cannot be reached"),
        ("ftp://127.0.0.1/", "refused", "no URL of a server"),
        ("http://ann:s3cr3t@127.0.0.1/", "refused", "user or a password"),
    ],
)
def test_what_cannot_be_posted_says_why(url, how, said):
    found = post(url)
    assert (found.how, said in found.reason, "s3cr3t" in found.reason) == (how, True, False)


def test_the_environments_proxy_is_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with receivers.webhook() as received:
        assert post(received.url).how == "sent"


def test_letters_that_stand_in_no_url_are_encoded():
    with receivers.webhook("/hök?a=ü&b=%20") as received:
        assert (post(received.url).how, received.found[0].path) == ("sent", "/h%C3%B6k?a=%C3%BC&b=%20")
