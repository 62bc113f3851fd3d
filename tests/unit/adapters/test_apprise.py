"""Whatever apprise sends, it is sent in time, to where it may go, and tells no secrets."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace

import pytest

from kedge.adapters.notifiers.apprise import Apprise, check, notifier
from kedge.domain.addresses import Addresses
from kedge.domain.channel import Channel
from kedge.domain.notification import Worst
from kedge.errors import SettingError

from ... import receivers
from ...messages import incident, notification

ALLOWED = Addresses.of(receivers.LOOPBACK)


def send(url, addresses=ALLOWED, seconds=30.0, **changes):
    return replace(notifier(Channel(name="ops", url=url), str, addresses), seconds=seconds).notify(
        notification(**changes)
    )


@pytest.fixture
def received():
    """A server that takes JSON from apprise; its URL has a token that is nobody's business."""
    with receivers.webhook("/s3cr3t-token") as found:
        found.url = found.url.replace("http://", "json://")
        yield found


def test_a_message_comes_as_mail_in_plain_text_and_html():
    with receivers.smtp() as post:
        outcome = send(post.url)
    (mail,) = post.found
    bodies = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]
    assert (outcome.how, mail["Subject"]) == ("sent", "[kedge] ALARM drift: amount, country of fraud")
    assert ["drift 0.31 of 0.1" in body for body in bodies] == [True, True]


def test_names_of_data_put_no_header_into_a_mail():
    with receivers.smtp() as post:
        send(post.url, incidents=(incident(worst=(Worst("a\r\nBcc: eve@example.org", "x"),)),))
    assert (post.found[0]["Bcc"], post.found[0]["To"]) == (None, "ann@example.org")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_that_may_not_be_called_is_refused_by_its_number_and_its_name(received, host):
    found = send(received.url.replace("127.0.0.1", host), Addresses())
    assert (found.how, "it is loopback" in found.reason, received.found) == ("refused", True, [])


def test_a_host_that_is_allowed_by_name_may_be_anywhere(received):
    assert send(received.url.replace("127.0.0.1", "localhost"), Addresses.of("localhost")).how == "sent"


def test_a_redirect_inside_of_the_library_leads_only_where_one_may_go(received):
    received.answers, received.location = [302], "http://169.254.169.254/latest/meta-data"
    found = send(received.url)
    assert (found.how, "it is link-local" in found.reason) == ("refused", True)


@pytest.mark.parametrize(("status", "how"), [(200, "sent"), (403, "refused"), (429, "retry"), (503, "retry")])
def test_what_a_service_answers_tells_whether_it_is_sent_again(received, status, how):
    received.answers = [status]
    assert send(received.url).how == how


def test_a_service_that_does_not_answer_is_left_in_time(received):
    received.hold.clear()
    began = time.monotonic()
    found = send(received.url, seconds=2.0)
    assert (found.how, found.reason, time.monotonic() - began < 10) == (
        "retry", "The message was not sent within 2 s.", True,
    )  # fmt: skip


@pytest.mark.parametrize("url", ["json://127.0.0.1:1/s3cr3t-token?+X-Key=s3cr3t-key", "json://ann:s3cr3t@127.0.0.1:1"])
def test_a_reason_says_why_and_nothing_secret(url):
    found = send(url)
    assert (found.how, "Connection refused" in found.reason, "s3cr3t" in found.reason) == ("retry", True, False)


def test_what_a_library_says_of_the_url_is_not_told():
    said = json.dumps(
        {"sent": False, "refused": [], "said": ["No route: /s3cr3t-token?key=s3cr3t%20key and s3cr3t key"]}
    )
    channel = Channel(name="ops", url="json://example.org/s3cr3t-token?key=s3cr3t%20key")
    found = Apprise(channel, str, ALLOWED, command=(sys.executable, "-c", f"print({said!r})")).notify(notification())
    assert (found.how, "No route" in found.reason, "s3cr3t" in found.reason) == ("retry", True, False)


def test_a_process_that_dies_says_so():
    found = Apprise(Channel(name="ops", url="json://a"), str, ALLOWED, command=(sys.executable, "-c", "1 / 0"))
    assert "ZeroDivisionError" in found.notify(notification()).reason


def test_the_environments_proxy_is_not_used(received, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert send(received.url).how == "sent"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ann@example.org", "no URL of a service"),
        ("mialto://mail.example.org", "Did you mean 'mailto'?"),
        ("mailto://mail.example.org", "does not understand this URL"),
        ("slack://TokenATokA/TokenBTokB/TokenCTokenCTokenC", "holds a secret"),
        ("mailtos://ann:s3cr3t@mail.example.org", "holds a secret"),
        ("json://example.org?+Authorization=s3cr3t", "holds a secret"),
    ],
)
def test_a_url_that_cannot_stand_in_the_catalog_says_why_and_nothing_secret(url, said):
    with pytest.raises(SettingError) as raised:
        check(url)
    assert (said in str(raised.value), "s3cr3t" in str(raised.value), "Tok" in str(raised.value)) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    "url", ["mailto://mail.example.org?from=k@example.org&to=ann@example.org", "json://example.org"]
)
def test_a_url_without_a_secret_may_stand_there(url):
    check(url)


def test_a_failure_is_one_though_the_url_calls_the_channel_optional(received):
    received.answers = [503]
    assert send(f"{received.url}?optional=yes").how == "retry"


def test_a_file_that_a_url_names_is_not_read(received, tmp_path):
    (tmp_path / "key.json").write_text('{"type": "message", "text": "s3cr3t"}')
    url = received.url.replace("json://", "workflow://").replace("/s3cr3t-token", "/abcdefgh/signature1234")
    found = send(f"{url}?template={tmp_path}/key.json")
    assert (found.how, found.reason, received.found) == (
        "refused",
        "The URL has a file read, which no message does. Leave that out.",
        [],
    )
