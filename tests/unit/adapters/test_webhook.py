"""Webhooks are signed as the standard has it, and say what became of them."""

from __future__ import annotations

from base64 import b64encode

import pytest
from standardwebhooks import Webhook as Standard
from standardwebhooks import WebhookVerificationError

from kedge.adapters.notifiers.webhook import notifier
from kedge.domain.addresses import Addresses
from kedge.domain.channel import Channel
from kedge.errors import SettingError

from ... import receivers
from ...messages import notification

SECRET = "whsec_" + b64encode(b"0123456789abcdef01234567").decode()
ALLOWED = Addresses.of(receivers.LOOPBACK)


@pytest.fixture
def received():
    with receivers.webhook() as found:
        yield found


def send(received, secret=None, addresses=ALLOWED, resolve=str):
    return notifier(Channel(name="hook", webhook=received.url, secret=secret), resolve, addresses).notify(
        notification()
    )


@pytest.mark.parametrize("secret", [SECRET, "a text that is no base64 - ä"])
def test_the_standards_own_library_takes_the_signature(received, secret):
    send(received, secret)
    asked = Standard(secret if secret == SECRET else b64encode(secret.encode()).decode())
    found = asked.verify(received.found[0].body, received.found[0].headers)
    assert (found["version"], found["id"], found["type"]) == ("1", "n1", "alarm")


def test_what_somebody_changed_does_not_have_the_signature(received):
    send(received, SECRET)
    with pytest.raises(WebhookVerificationError):
        Standard(SECRET).verify(received.found[0].body.replace(b"fraud", b"freud"), received.found[0].headers)


def test_the_id_is_the_same_whenever_it_is_sent(received):
    outcomes = [send(received, SECRET).how for _ in range(2)]
    assert (outcomes, {found.headers["webhook-id"] for found in received.found}) == (["sent", "sent"], {"n1"})


def test_without_a_secret_it_is_not_signed(received):
    send(received)
    assert "webhook-signature" not in received.found[0].headers


@pytest.mark.parametrize(
    ("status", "how"),
    [(200, "sent"), (204, "sent"), (408, "retry"), (425, "retry"), (429, "retry"), (500, "retry"), (503, "retry"),
     (400, "refused"), (401, "refused"), (404, "refused"), (410, "refused"), (303, "refused")],
)  # fmt: skip
def test_what_is_answered_tells_whether_it_is_sent_again(received, status, how):
    received.answers = [status]
    assert send(received).how == how


def test_a_reason_says_what_was_answered_and_when_to_come_again_and_not_where_it_went(received):
    received.answers, received.said, received.headers = [429], f"No more at {received.url}", {"Retry-After": "120"}
    received.url += "/s3cr3t"
    received.said += "/s3cr3t"
    reason = send(received).reason
    assert ("429" in reason, "120" in reason, "s3cr3t" in reason, "/hook" in reason) == (True, True, False, False)


def test_a_secret_that_is_not_there_may_be_there_later(received):
    def resolve(_):
        raise SettingError("There is no secret here.", file="env:NOWHERE")

    found = send(received, "env:NOWHERE", resolve=resolve)
    assert (found.how, "NOWHERE" in found.reason, received.found) == ("retry", True, [])


def test_a_broken_secret_is_told_and_not_shown(received):
    found = send(received, "whsec_no base64")
    assert (found.how, "base64" in found.reason, "no base64 " in found.reason) == ("retry", True, False)


def test_an_address_that_may_not_be_called_is_refused(received):
    found = send(received, addresses=Addresses())
    assert (found.how, "loopback" in found.reason, received.found) == ("refused", True, [])
