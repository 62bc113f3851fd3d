"""Credentials of a workspace: they go out as they are, and nothing of the server's goes with them."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from kedge.adapters.stores.remote import Remote, options
from kedge.errors import KedgeError, SettingError

pytest.importorskip("obstore")
SERVERS = {
    "AWS_ACCESS_KEY_ID": "SERVERS-KEY",
    "AWS_SECRET_ACCESS_KEY": "servers-secret",
    "AWS_SESSION_TOKEN": "SERVERS-TOKEN",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_REGION": "eu-west-7",
}
FRAUDS = {"AWS_ACCESS_KEY_ID": "FRAUDS-KEY", "AWS_SECRET_ACCESS_KEY": "frauds-secret"}


@pytest.fixture
def cloud(monkeypatch):
    """A bucket's address, and the headers of what comes there; the server has credentials of its own."""
    for name, value in SERVERS.items():
        monkeypatch.setenv(name, value)
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def _sent(cloud, own: dict[str, str]) -> dict[str, str]:
    url, seen = cloud
    Remote({"AWS_ENDPOINT_URL": url, **own}).write("s3://bucket/folder", {"a.json": b"{}"})
    return seen[-1]


def test_a_request_is_signed_with_the_workspaces_own_key_alone(cloud):
    sent = _sent(cloud, FRAUDS)
    assert "Credential=FRAUDS-KEY/" in sent["authorization"]
    assert "SERVERS" not in repr(sent)
    assert "us-east-1" in sent["authorization"]


def test_a_session_token_of_the_workspace_goes_with_its_key(cloud):
    assert _sent(cloud, FRAUDS | {"AWS_SESSION_TOKEN": "FRAUDS-TOKEN"})["x-amz-security-token"] == "FRAUDS-TOKEN"


def test_a_workspace_without_credentials_asks_in_nobodys_name(cloud):
    sent = _sent(cloud, {})
    assert "authorization" not in sent
    assert "SERVERS" not in repr(sent)


def test_two_workspaces_in_one_process_keep_their_keys_apart(cloud):
    sent = [_sent(cloud, {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": "x"}) for name in ("ONE", "TWO", "ONE")]
    assert [headers["authorization"].partition("Credential=")[2][:3] for headers in sent] == ["ONE", "TWO", "ONE"]


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        ("s3", "AWS_SSE_CUSTOMER_KEY_BASE64"),
        ("gs", "GOOGLE_SERVICE_ACCOUNT"),
        ("az", "AZURE_STORAGE_ACCOUNT_KEY"),
    ],
)
def test_what_cannot_be_kept_from_a_workspace_is_refused_without_its_value(monkeypatch, scheme, name):
    monkeypatch.setenv(name, "servers-secret")
    with pytest.raises(SettingError, match=name) as error:
        Remote({}).write(f"{scheme}://bucket/folder", {"a.json": b"{}"})
    assert "servers-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("scheme", "own", "anonymous"),
    [
        ("gs", {}, True),
        ("gs", {"GOOGLE_SERVICE_ACCOUNT_KEY": "{}"}, False),
        ("az", {"AZURE_STORAGE_ACCOUNT_NAME": "a"}, True),
        ("az", {"AZURE_STORAGE_ACCOUNT_NAME": "a", "AZURE_STORAGE_ACCOUNT_KEY": "b"}, False),
        ("s3", {"AWS_REGION": "eu-west-1"}, True),
    ],
)
def test_a_machine_asks_in_its_own_name_for_no_workspace(scheme, own, anonymous):
    assert options(scheme, own).get("skip_signature", False) == anonymous


def test_an_error_tells_no_secret(cloud):
    url, _ = cloud
    with pytest.raises(KedgeError) as error:
        Remote({**FRAUDS, "AWS_ENDPOINT_URL": url}).read("s3://bucket/folder/a.json")
    assert "frauds-secret" not in str(error.value)
