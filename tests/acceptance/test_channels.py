"""Channels as they are declared: what stands in the catalog is sent to, with the secrets that are named there."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedge.app.notifying import notifiers
from kedge.app.workspaces import hub
from kedge.domain.access import WorkspaceSettings
from kedge.domain.channel import Channel
from kedge.errors import SettingError
from kedge.settings import Settings

from .. import receivers
from ..messages import notification, resolved

HUB = WorkspaceSettings(name="default")
LOOPBACK = Settings(allowed_addresses=receivers.LOOPBACK)


def send(channel, told=None, settings=LOOPBACK, own=HUB):
    return notifiers(settings, own)(channel).notify(told or notification())


def test_a_message_and_its_resolution_come_to_each_kind_of_channel_once():
    with receivers.webhook() as hook, receivers.alertmanager() as alerts, receivers.smtp() as mail:
        named = {"webhook": hook.url, "alertmanager": alerts.url, "url": mail.url}
        for told in (notification(), notification(resolved(), name="n2", cause="resolved")):
            outcomes = [send(Channel(name=kind, **{kind: url}), told).how for kind, url in named.items()]
            assert outcomes == ["sent"] * 3
    assert [request.json["type"] for request in hook.found] == ["alarm", "resolved"]
    assert ["RESOLVED" in message["Subject"] for message in mail.found] == [False, True]
    fires, done = (alert for request in alerts.found for alert in request.json)
    assert (fires["labels"] == done["labels"], fires["endsAt"] > done["endsAt"]) == (True, True)


@pytest.mark.parametrize("kind", ["webhook", "alertmanager", "url"])
def test_no_channel_calls_this_machine_unless_it_is_allowed(kind):
    with receivers.webhook() as received:
        url = received.url.replace("http://", "json://") if kind == "url" else received.url
        found = send(Channel(name="ops", **{kind: url}), settings=Settings())
    assert (found.how, "allowed_addresses" in found.reason, received.found) == ("refused", True, [])


def test_the_secret_of_a_webhook_may_change_while_a_server_runs(tmp_path):
    with receivers.webhook() as received:
        for secret in ("old", "new"):
            Path("secret").write_text(secret)
            send(Channel(name="hook", webhook=received.url, secret=f"file:{tmp_path}/secret"))
    one, other = (request.headers["webhook-signature"] for request in received.found)
    assert one != other


def test_a_url_may_be_a_credential_of_the_workspace(monkeypatch):
    with receivers.webhook() as received:
        monkeypatch.setenv("RED_HOOK", received.url)
        red = WorkspaceSettings(name="red", credentials={"HOOK": "env:RED_HOOK"})
        found = [send(Channel(name="hook", webhook=f"env:{name}"), own=red) for name in ("HOOK", "RED_HOOK")]
    assert ([one.how for one in found], len(received.found)) == (["sent", "retry"], 1)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mialto://mail.example.org", "Did you mean 'mailto'"),
        ("tgram://123456789:abcdefg_hijklmnop/1", "holds a secret"),
    ],
)
def test_a_url_that_nobody_understands_or_that_holds_a_secret_is_not_declared(url, said):
    with hub(Settings()) as found, pytest.raises(SettingError, match=said) as raised:
        found.workspace("ann").catalog.channels.declare(Channel(name="ops", url=url))
    assert "abcdefg" not in str(raised.value)
