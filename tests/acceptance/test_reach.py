"""A server that others reach: they log in, speak TLS, and name only what the operator allows."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from kedge.app import hub
from kedge.domain.access import Caller
from kedge.domain.secret import SecretUrl
from kedge.errors import SettingError
from kedge.interfaces.api.server import Serving
from kedge.settings import Settings

from ..asking import Asker
from ..unit.interfaces.guard.test_tls import made

NOBODY = Caller("nobody", "admin", "*")
MONITORS = """
datasets:
  orders:
    url: {place}
"""


def served(**settings):
    """Give what asks a server of the network, and its tokens."""
    return hub(Settings(database=SecretUrl("sqlite:///kedge.db"), **settings))


@pytest.fixture
def caller():
    """A program with the token of an operator."""
    with served() as found:
        _, shown = found.tokens("ann").issue("ci", "operator")
        serving = Serving(found, "0.0.0.0:0", NOBODY)
        serving.start()
        yield Asker(serving, token=shown)
        serving.stop()
        serving.join()


def test_without_a_token_nobody_is_let_in_also_from_this_machine(caller):
    assert caller.as_(None)("GET", "/datasets").status == 401


def test_a_dataset_that_may_be_named_is_kept(caller):
    place = Path("kedge-data/files/orders").absolute()
    assert caller("PUT", "/datasets/orders", {"name": "orders", "url": str(place)}).status in (200, 201)


@pytest.mark.parametrize("url", ["/etc", "kedge-data/kedge.db", "s3://others/data"])
def test_a_dataset_elsewhere_is_refused_with_what_may_be_named(caller, url):
    answer = caller("PUT", "/datasets/orders", {"name": "orders", "url": url})
    assert (answer.status, answer.json["field"]) == (403, "url")
    assert "kedge-data/files" in answer.json["next_step"]


@pytest.mark.parametrize("dry", ["true", "false"])
def test_an_apply_changes_nothing_that_leads_elsewhere(caller, dry):
    body = MONITORS.format(place="/etc").encode()
    answer = caller("POST", f"/apply?dry_run={dry}", body, Content_Type="application/yaml")
    assert answer.status in (403, 422)
    assert "No request may name this place" in answer.json["detail"]
    assert caller("GET", "/datasets").json["items"] == []


def test_a_server_speaks_tls():
    cert, key = made()
    with served(tls_cert=cert, tls_key=key) as found:
        serving = Serving(found, "127.0.0.1:0", NOBODY)
        serving.start()
        try:
            trusting = ssl.create_default_context(cafile=cert)
            url = f"{serving.url.replace('127.0.0.1', 'localhost')}/v1/me"
            with urlopen(Request(url), context=trusting, timeout=10) as answer:
                assert answer.status == 200
                assert answer.headers["Strict-Transport-Security"]
        finally:
            serving.stop()
            serving.join()


def test_places_that_hold_the_database_keep_a_server_from_starting():
    with served(allowed_places=".") as found, pytest.raises(SettingError, match=r"allowed_places: .*server's own"):
        Serving(found, "0.0.0.0:0", NOBODY)


def test_a_server_with_a_name_for_others_lets_nobody_in_without_login():
    with (
        served(public_url="https://kedge.example.com") as found,
        pytest.raises(SettingError, match="nobody could log in"),
    ):
        Serving(found, "127.0.0.1:0", NOBODY)
