"""Channels, actions and subscriptions in monitors.yaml, and what is told where one is wrong."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from kedge.domain.action import Action
from kedge.domain.channel import Channel
from kedge.domain.subscription import Subscription
from kedge.errors import DocumentError, SettingError
from kedge.reading.message_entries import ActionEntry, ChannelEntry, SubscriptionEntry
from kedge.reading.monitors_file import Monitors

FILE = """\
channels:
  mail:
    url: mailto://mail.example.org
actions:
  retrain:
    handler: retrain.py
subscriptions:
  team:
    to: mail
"""


def monitors(text: str) -> Monitors:
    return Monitors(text.encode(), "monitors.yaml", Path("/srv"))


def declared(kind: str, text: str):
    """Return what is declared by the lines of one entry."""
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return getattr(monitors(f"{kind}:\n  name:\n{lines}").declaration, kind)[0]


def test_each_needs_one_line():
    found = monitors(FILE).declaration
    assert found.channels == (Channel(name="mail", url="mailto://mail.example.org"),)
    assert found.actions == (Action(name="retrain", handler="/srv/retrain.py"),)
    assert found.subscriptions == (Subscription(name="team", to=("mail",)),)


def test_places_of_secrets_are_seen_from_everywhere():
    hook = declared("channels", "webhook: https://a.example\nsecret: file:keys/hook")
    assert hook == Channel(name="name", webhook="https://a.example", secret="file:/srv/keys/hook")
    assert declared("channels", "alertmanager: file:/etc/url").alertmanager == "file:/etc/url"
    assert declared("actions", "http: env:URL").http == "env:URL"


def test_a_command_is_split_and_its_files_are_seen_from_everywhere(tmp_path):
    (tmp_path / "page.sh").touch()
    text = b"actions:\n  page:\n    command: sh page.sh 'the team'\n"
    found = Monitors(text, "monitors.yaml", tmp_path).declaration.actions[0]
    assert found.command == ("sh", f"{tmp_path}/page.sh", "the team")


def test_what_an_action_may_say():
    text = "http: https://a.example\nenvironment: {STAGE: 1}\ntimeout_seconds: 5\nmemory_limit: 1GB\nattempts: 2\n"
    assert declared("actions", text + "calls_per_hour: 7") == Action(
        name="name",
        http="https://a.example",
        environment={"STAGE": "1"},
        timeout_seconds=5,
        memory_limit="1GB",
        attempts=2,
        calls_per_hour=7,
    )


def test_what_a_subscription_may_say():
    text = "to: [a, b]\nalarms: fraud-*\nstates: ALARM\ngroup_by: [endpoint, alarm]\ngroup_wait: 30s\n"
    assert declared("subscriptions", text + "group_interval: PT1M\nrepeat_interval: 1d12h") == Subscription(
        name="name",
        to=("a", "b"),
        alarms=("fraud-*",),
        states=("ALARM",),
        group_by=("endpoint", "alarm"),
        group_wait=timedelta(seconds=30),
        group_interval=timedelta(minutes=1),
        repeat_interval=timedelta(hours=36),
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ("channels:", "chanels:", 1, "There is no such key. Did you mean 'channels'?"),
        ("    url:", "    web_hook:", 3, "There is no such key. Did you mean 'webhook'?"),
        (
            "retrain.py",
            "retrain.py\n    attempts: many",
            7,
            "actions.retrain.attempts: Input should be a valid integer",
        ),
        ("to: mail", "states: ALARM", 8, "This key is missing."),
        ("to: mail", "to: mail\n    states: ALRAM", 10, "Found 'ALRAM'. Did you mean 'ALARM'?"),
        ("to: mail", "to: mail\n    group_wait: 10 s", 10, "'10 s' is not a duration"),
        ("to: mail", "to: mail\n    group_wait: s", 10, "'s' is not a duration"),
        (
            "to: mail",
            "to: mail\n    group_wait: soon",
            10,
            "write it like 10s, 4h, P8D or -PT6H. Found 'soon'. Mend that",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(before, after, line, told):
    with pytest.raises(DocumentError) as error:
        monitors(FILE.replace(before, after))
    assert str(error.value).startswith(f"monitors.yaml:{line}: ")
    assert told in str(error.value)


def test_what_the_catalog_says_is_said_of_the_key_of_the_file():
    error = monitors(FILE).placed(SettingError("No.", field="to"), "subscription", "team")
    assert (error.line, error.field) == (9, "subscriptions.team.to")


@pytest.mark.parametrize(
    ("entry", "cls"), [(ChannelEntry, Channel), (ActionEntry, Action), (SubscriptionEntry, Subscription)]
)
def test_every_field_can_be_said(entry, cls):
    assert ["name", *entry.model_fields] == [field.name for field in fields(cls)]
