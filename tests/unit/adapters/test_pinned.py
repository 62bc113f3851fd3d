"""A connection goes to the address that was looked at, and to no other."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from kedge.adapters.net.pinned import Pinned
from kedge.domain.addresses import Addresses
from kedge.errors import KedgeError, NotAllowed, SettingError

LOOPBACK = Addresses.of("127.0.0.0/8")


def names(*addresses, port=0):
    """Resolve any name to these, one after the other at each question, and note how often it is asked."""
    asked = []

    def resolve(host, wanted, **_):
        asked.append(host)
        found = addresses if isinstance(addresses[0], str) else addresses[min(len(asked), len(addresses)) - 1]
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in a], socket.SOCK_STREAM, 6, "", (a, port or wanted)) for a in found]

    return resolve, asked


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers["Host"]).encode())

    def log_message(self, *_): ...


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Answer) as made:
        thread = Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.1"],
        ["::1"],
        ["fe80::1%eth0"],
        ["8.8.8.8", "127.0.0.1"],
        ["::ffff:7f00:1"],
    ],
)
def test_a_name_that_leads_to_an_address_that_may_not_be_called_is_refused(addresses):
    resolve, _ = names(*addresses)
    with pytest.raises((NotAllowed, SettingError), match="may not be called"):
        Pinned(Addresses(), resolve).connect("models.example.com", 80, 1)


def test_a_name_is_asked_once_so_it_cannot_change_its_mind(server):
    resolve, asked = names(["127.0.0.1"], ["169.254.169.254"], port=server.server_port)
    connection = Pinned(LOOPBACK, resolve).connection("http://models.example.com/", 5)
    connection.request("GET", "/")
    answer = connection.getresponse().read()
    connection.close()
    assert (answer, asked) == (b"models.example.com", ["models.example.com"])


def test_a_name_that_leads_elsewhere_at_the_second_connection_is_refused_then(server):
    resolve, _ = names(["127.0.0.1"], ["169.254.169.254"], port=server.server_port)
    pinned = Pinned(LOOPBACK, resolve)
    pinned.connect("models.example.com", 80, 5).close()
    with pytest.raises((NotAllowed, SettingError), match="link-local"):
        pinned.connect("models.example.com", 80, 5)


def test_a_host_that_is_allowed_by_name_may_be_anywhere(server):
    resolve, _ = names("127.0.0.1", port=server.server_port)
    Pinned(Addresses.of("models.example.com"), resolve).connect("models.example.com", 80, 5).close()


def test_what_cannot_be_reached_says_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        Pinned(LOOPBACK).connect("127.0.0.1", port, 1)


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/", "//127.0.0.1/", "http://[::1]/", "file:///etc/passwd", "http://models.example.com/"],
)
def test_a_redirect_is_looked_at_like_the_first_url(location):
    with pytest.raises(KedgeError):
        Pinned(Addresses()).redirected("https://models.example.com/a", location)


def test_a_redirect_to_a_public_place_is_followed():
    assert Pinned(Addresses()).redirected("https://a.example.com/b/c", "../d") == "https://a.example.com/d"
