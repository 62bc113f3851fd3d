"""What may be named in the place of a secret, and what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedge.domain.access import WorkspaceSettings
from kedge.errors import NotAllowed, SettingError
from kedge.service.access.reach import bounded, secrets_of
from kedge.service.access.secrets import Secrets
from kedge.settings import Settings

RED = WorkspaceSettings(name="red", credentials={"SLACK": "env:RED_SLACK"})


@pytest.fixture(autouse=True)
def _variables(monkeypatch):
    monkeypatch.setenv("RED_SLACK", "slack://red")
    monkeypatch.setenv("SLACK", "slack://ours")


def test_what_is_no_reference_is_what_it_is():
    assert Secrets().reveal("https://a.example", "webhook") == "https://a.example"


def test_a_credential_comes_before_a_variable_of_the_server():
    assert Secrets(RED.credentials).reveal("env:SLACK", "url") == "slack://red"
    assert Secrets().reveal("env:SLACK", "url") == "slack://ours"


@pytest.mark.parametrize(
    ("settings", "workspace"),
    [(bounded(Settings()), WorkspaceSettings(name="default")), (Settings(), WorkspaceSettings(name="red"))],
)
def test_variables_of_the_server_are_for_who_could_read_them_anyway(settings, workspace):
    secrets_of(Settings(), WorkspaceSettings(name="default")).check("env:HOME", "url")
    with pytest.raises(NotAllowed, match="url: The workspace has no credential 'HOME'"):
        secrets_of(settings, workspace).check("env:HOME", "url")


def test_a_file_lies_where_requests_may_name_one():
    Path("kedge-data/files").mkdir(parents=True)
    Path("kedge-data/files/slack").write_text("slack://a\n")
    found = secrets_of(bounded(Settings()), RED)
    assert found.reveal(f"file:{Path.cwd()}/kedge-data/files/slack", "url") == "slack://a"
    with pytest.raises(NotAllowed, match="No request may name this place"):
        found.reveal("file:/etc/passwd", "url")


def test_a_secret_that_is_not_there_is_told_by_its_place():
    with pytest.raises(SettingError, match="env:NOBODY"):
        Secrets().reveal("env:NOBODY", "url")
