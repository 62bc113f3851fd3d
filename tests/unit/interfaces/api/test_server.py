"""Where a server listens, and what guards it there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kedge.app import hub as found
from kedge.domain.access import Caller
from kedge.errors import SettingError
from kedge.interfaces.api.loopback import SameSite
from kedge.interfaces.api.server import Serving, address
from kedge.settings import Settings


@pytest.mark.parametrize("listen", ["", "8750", ":8750", "127.0.0.1", "127.0.0.1:", "h:-1", "h:65536", "h:a", "::1:8"])
def test_what_is_no_place_is_refused(listen):
    with pytest.raises(SettingError, match="is no place to listen"):
        address(listen)


@pytest.fixture
def hub():
    with found(Settings(database="sqlite://", admin_token="file:admin-token")) as hub:
        yield hub


def test_the_token_of_the_settings_may_do_everything(hub):
    Path("admin-token").write_text("a" * 32 + "\n")
    assert hub.caller("a" * 32) == Caller("admin_token", "admin", "*")
    assert [hub.caller(shown) for shown in ("a" * 31, "", "é")] == [None, None, None]


def test_a_server_with_a_token_in_its_settings_listens_to_the_network(hub):
    Path("admin-token").write_text("a" * 32)
    serving = Serving(hub, "0.0.0.0:0", Caller("ann", "admin", "*"))
    assert serving.url.startswith("http://0.0.0.0:")
    serving._socket.close()


def test_a_token_that_could_be_guessed_is_refused(hub):
    Path("admin-token").write_text("secret")
    with pytest.raises(SettingError, match="admin_token: It has fewer than 32 characters"):
        Serving(hub, "0.0.0.0:0", Caller("ann", "admin", "*"))


def _status(method: str, *, open: bool = True, **headers: str) -> int:
    """Return with which status a request with these headers is answered; 204 is that of the application."""
    sent: list[dict] = []

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 204})

    async def send(message):
        sent.append(message)

    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "headers": told}
    asyncio.run(SameSite(application, open)(scope, None, send))
    return sent[0]["status"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 204),
        ("LOCALHOST:8750", 204),
        ("127.0.0.1:8750", 204),
        ("127.8.9.1", 204),
        ("[::1]:8750", 204),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:8750", 403),
        ("localhost@evil.example", 403),
        ("[::1", 403),
        ("0.0.0.0", 403),
        ("192.168.1.2", 403),
        ("", 403),
    ],
)
def test_a_server_without_login_goes_by_the_names_of_its_machine(host, status):
    assert _status("GET", host=host) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"origin": "http://localhost:8750"}, 204),
        ({"sec_fetch_site": "same-origin"}, 204),
        ({"sec_fetch_site": "none"}, 204),
        ({"origin": "http://localhost:9"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "https://evil.example", "authorization": "Bearer kedge_1_2"}, 204),
    ],
)
def test_what_another_site_sends_changes_nothing(headers, status):
    assert _status("POST", host="localhost:8750", **headers) == status


def test_what_is_only_read_may_be_asked_for_from_anywhere():
    assert _status("GET", host="localhost", sec_fetch_site="cross-site") == 204


def test_a_server_with_login_goes_by_any_name():
    assert _status("GET", open=False, host="kedge.example.com") == 204
