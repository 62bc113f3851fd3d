"""Secrets are not printed, in whatever way one tries."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from kedge.domain.secret import Secret, SecretUrl, masked
from kedge.errors import SettingError

CANARY = "canary-5ecre7"


@dataclass
class Holder:
    token: Secret


WAYS = {
    "str": str,
    "repr": repr,
    "format": lambda secret: f"{secret}{secret!r}{secret!a}{secret:>20}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
    "list": lambda secret: str([secret, {"a": secret}, {secret}]),
    "dataclass": lambda secret: f"{Holder(secret)} {asdict(Holder(secret))}",
    "error": lambda secret: str(ValueError(secret)),
    "copy": lambda secret: repr(copy.deepcopy([secret])),
    "attributes": lambda secret: str(getattr(secret, "__dict__", "")),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_not_printed(way):
    assert CANARY not in WAYS[way](Secret(CANARY))


@pytest.mark.parametrize("way", WAYS)
def test_the_password_of_a_url_is_not_printed(way):
    assert CANARY not in WAYS[way](SecretUrl(f"postgresql://ann:{CANARY}@db/kedge"))


def test_a_secret_is_not_logged(caplog):
    logging.getLogger("kedge.test").warning("token %s of %r", Secret(CANARY), Holder(Secret(CANARY)))
    assert caplog.messages == ["token *** of Holder(token=***)"]


@pytest.mark.parametrize("write", [json.dumps, pickle.dumps], ids=lambda write: write.__module__)
def test_a_secret_is_neither_json_nor_pickled(write):
    with pytest.raises(TypeError) as refused:
        write({"token": Secret(CANARY)})
    assert CANARY not in str(refused.value)


def test_a_secret_of_a_file_is_read_when_it_is_revealed():
    Path("token").write_text("first\n")
    secret = Secret.of("file:token")
    assert secret.reveal() == "first"
    Path("token").write_text("second\n")
    assert secret.reveal() == "second"


def test_a_secret_of_a_variable_is_read_there(monkeypatch):
    monkeypatch.setenv("A_TOKEN", CANARY)
    assert Secret.of("env:A_TOKEN").reveal() == CANARY


@pytest.mark.parametrize("reference", ["file:nowhere", "env:NOWHERE", "file:empty", "file:binary"])
def test_a_reference_to_nothing_says_where_it_leads(reference):
    Path("empty").write_text("\n")
    Path("binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match=reference):
        Secret.of(reference).reveal()


def test_secrets_are_equal_if_their_texts_are():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"


URLS = {
    "postgresql://ann:{}@db/kedge": "postgresql://ann:***@db/kedge",
    "postgresql://ann:{}@x@db:5432/kedge": "postgresql://ann:***@db:5432/kedge",
    "postgresql://:{}@/kedge": "postgresql://:***@/kedge",
    "postgresql://db/kedge?user=ann&password={}": "postgresql://db/kedge?user=ann&password=***",
    "host=db password={} user=ann": "host=db password=*** user=ann",
    "https://acc.blob.core.windows.net/c?sv=1&sig={}&se=2": "https://acc.blob.core.windows.net/c?sv=1&sig=***&se=2",
    "https://b.s3.amazonaws.com/k?X-Amz-Security-Token={}": "https://b.s3.amazonaws.com/k?X-Amz-Security-Token=***",
    "Authorization: Bearer {}": "Authorization: Bearer ***",
    "cannot open 'https://u:{}@h/p' twice": "cannot open 'https://u:***@h/p' twice",
}


@pytest.mark.parametrize("url", URLS)
def test_what_looks_like_a_secret_is_masked(url):
    assert masked(url.format(CANARY)) == URLS[url]


@pytest.mark.parametrize("text", ["s3://bucket/a@b:c/d", "a: b@c", "sqlite:///a/b.db", "tokens=3", "user@host:22"])
def test_what_holds_no_secret_stays_as_it_is(text):
    assert masked(text) == text
