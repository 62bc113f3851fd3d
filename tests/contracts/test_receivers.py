"""The rules of channels, actions and subscriptions, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.action import Action
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import Endpoint
from kedge.domain.channel import Channel
from kedge.domain.metric import Metric
from kedge.domain.subscription import Subscription
from kedge.errors import Conflict, InUse, NotFound, SettingError
from kedge.service.catalog.catalog import Catalog

ALARM = Alarm(name="drift", metric=Metric("own", "a", ()), threshold=1)
CHANNEL = Channel(name="mail", url="mailto://mail.example.org")
HOOK = Channel(name="mail", webhook="https://hooks.example.org/a", secret="env:SIGNED_WITH")
ACTION = Action(name="retrain", handler="retrain.py")
SUBSCRIPTION = Subscription(name="team", to=("mail", "retrain"), alarms=("drift", "fraud-*"))
CLOCK = type("Clock", (), {"now": lambda _: datetime(2026, 11, 1, tzinfo=UTC)})()


@pytest.fixture
def catalog(database):
    """A catalog with an alarm, a channel, an action, and a subscription that names them all."""
    made = Catalog(database, CLOCK, "ann")
    made.alarms.declare(ALARM)
    made.channels.declare(CHANNEL)
    made.actions.declare(ACTION)
    made.subscriptions.declare(SUBSCRIPTION)
    return made


def refused(declare, wanted) -> tuple[str | None, str]:
    """Return which field is wrong, and what is said of it."""
    with pytest.raises((SettingError, NotFound)) as error:
        declare(wanted)
    return error.value.field, error.value.message


def test_what_was_declared_is_there(catalog):
    found = (catalog.channels.get("mail"), catalog.actions.get("retrain"), catalog.subscriptions.get("team"))
    assert found == (CHANNEL, ACTION, SUBSCRIPTION)


@pytest.mark.parametrize("kind", ["channel", "action", "alarm"])
def test_what_a_subscription_names_stays(catalog, kind):
    kept = {"channel": catalog.channels, "action": catalog.actions, "alarm": catalog.alarms}[kind]
    name = {"channel": "mail", "action": "retrain", "alarm": "drift"}[kind]
    with pytest.raises(InUse, match="The subscription 'team' names it") as error:
        kept.delete(name)
    assert error.value.field == kind
    catalog.subscriptions.delete("team")
    kept.delete(name)
    assert kept.find(name) is None


def test_no_name_is_a_channels_and_an_actions(catalog):
    with pytest.raises(Conflict, match="There is an action 'retrain'"):
        catalog.channels.declare(replace(CHANNEL, name="retrain"))
    with pytest.raises(Conflict, match="There is a channel 'mail'"):
        catalog.actions.declare(replace(ACTION, name="mail"))
    catalog.endpoints.declare(Endpoint(name="mail", captures="c"))


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"url": None}, "url", "either url, webhook or alertmanager; found none of them"),
        ({"webhook": "https://a.example"}, "webhook", "found url and webhook"),
        ({"secret": "env:A"}, "secret", "Only a webhook is signed"),
        ({"url": "mail"}, "url", "no URL of a service"),
        ({"url": "mailto://ann:s3cret@example.org"}, "url", "holds a secret"),
        ({"url": "env:my variable"}, "url", "'my variable' is no name of a variable"),
        ({"url": None, "webhook": "hooks.example.org"}, "webhook", "This is no URL of a server"),
        ({"url": None, "webhook": "https://a.example/?token=s3cret"}, "webhook", "holds a secret"),
        ({"url": None, "alertmanager": "https://a:s3cret@example.org"}, "alertmanager", "holds a secret"),
        ({"url": None, "webhook": "https://a.example", "secret": "s3cret"}, "secret", "no place of a secret"),
    ],
)
def test_a_channel_that_breaks_a_rule_is_refused_with_its_field(catalog, fields, field, told):
    found, message = refused(catalog.channels.declare, replace(CHANNEL, **fields))
    assert (found, told in message, "s3cret" in message) == (field, True, False), message


@pytest.mark.parametrize("place", ["env:SLACK_URL", "file:/run/secrets/slack"])
def test_a_url_may_stand_elsewhere(catalog, place):
    for channel in (replace(CHANNEL, url=place), replace(HOOK, webhook=place, secret=place)):
        assert catalog.channels.declare(channel) == channel


def test_the_url_of_a_service_is_shown_to_who_knows_it(catalog):
    def verify(url):
        raise SettingError(f"There is no service {url}.", next_step="Name another one.")

    known = replace(catalog, verify=verify).channels
    assert refused(known.declare, CHANNEL) == ("url", "There is no service mailto://mail.example.org.")
    known.declare(replace(CHANNEL, url="env:MAIL"))


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"handler": None}, "handler", "found none of them"),
        ({"command": ("ls",)}, "command", "found handler and command"),
        ({"handler": "retrain.sh"}, "handler", "A handler is a Python file"),
        ({"handler": None, "http": "https://a.example/?sig=s3cret"}, "http", "holds a secret"),
        ({"timeout_seconds": 0.01}, "timeout_seconds", "not between 0.1 and 3,600"),
        ({"attempts": 0}, "attempts", "0 is not between 1 and 100"),
        ({"calls_per_hour": 0}, "calls_per_hour", "0 is not between 1 and"),
        ({"memory_limit": "much"}, "memory_limit", "'much' is no size"),
        ({"environment": {"a b": ""}}, "environment", "'a b' is no name of a variable"),
        ({"environment": {"API_TOKEN": "s3cret"}}, "environment", "The value of API_TOKEN is a secret"),
    ],
)
def test_an_action_that_breaks_a_rule_is_refused_with_its_field(catalog, fields, field, told):
    found, message = refused(catalog.actions.declare, replace(ACTION, **fields))
    assert (found, told in message, "s3cret" in message) == (field, True, False), message


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"to": ()}, "to", "nobody would be told"),
        ({"to": ("mial",)}, "to", "There is no channel or action 'mial'. Did you mean 'mail'?"),
        ({"to": ("retain",)}, "to", "Did you mean 'retrain'?"),
        ({"alarms": ()}, "alarms", "It is empty"),
        ({"alarms": ("drfit",)}, "alarms", "There is no alarm 'drfit'. Did you mean 'drift'?"),
        ({"alarms": ("drift?",)}, "alarms", "'drift?' is no name of an alarm"),
        ({"states": ("FINE",)}, "states", "There is no 'FINE'"),
        ({"group_by": ("schedules",)}, "group_by", "Did you mean 'schedule'?"),
        ({"group_wait": timedelta(seconds=-1)}, "group_wait", "-PT1S is not between PT0S and P1D"),
        ({"group_interval": timedelta()}, "group_interval", "PT0S is not between PT1S and P7D"),
        ({"repeat_interval": timedelta(seconds=1)}, "repeat_interval", "PT1S is not between PT1M and P365D"),
    ],
)
def test_a_subscription_that_breaks_a_rule_is_refused_with_its_field(catalog, fields, field, told):
    found, message = refused(catalog.subscriptions.declare, replace(SUBSCRIPTION, **fields))
    assert (found, told in message) == (field, True), message
