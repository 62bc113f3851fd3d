"""Channels, actions and subscriptions in ``monitors.yaml``."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, get_args

from pydantic import BeforeValidator

from kedge.domain.action import ATTEMPTS, CALL_SECONDS, CALLS_PER_HOUR, Action
from kedge.domain.alarm import STATES, AlarmState
from kedge.domain.channel import Channel
from kedge.domain.subscription import GroupBy, Subscription
from kedge.reading.keys import Duration, Entry, Text, Texts, Words, key, several, words
from kedge.reading.located import located, located_secret, located_word

States = Annotated[tuple[AlarmState, ...], BeforeValidator(several), words(STATES)]
Groups = Annotated[tuple[GroupBy, ...], BeforeValidator(several), words(get_args(GroupBy))]


class ChannelEntry(Entry):
    """Where messages go: a service, a webhook, or an Alertmanager."""

    url: Annotated[
        Text | None,
        key(
            "A service that apprise knows: mailto://host?from=a@example.org&to=b@example.org; "
            "with a secret in it env:NAME."
        ),
    ] = None
    webhook: Annotated[Text | None, key("Or a URL that gets messages as JSON.")] = None
    secret: Annotated[Text | None, key("What a webhook is signed with: env:NAME, file:PATH.")] = None
    alertmanager: Annotated[Text | None, key("Or the URL of an Alertmanager of Prometheus.")] = None

    def resource(self, name: str, folder: Path) -> Channel:
        """Return it as the catalog takes it."""
        return Channel(name=name, **{field: located_secret(value, folder) for field, value in self})


class ActionEntry(Entry):
    """Code that is called with a message: a Python file, a command, or a server."""

    handler: Annotated[Text | None, key("A Python file with handler(event, context), or lambda_handler.")] = None
    command: Annotated[Words, key("Or what runs; the event is its standard input.")] = ()
    http: Annotated[Text | None, key("Or a URL that gets the event.")] = None
    environment: Annotated[dict[str, Text], key("Variables that the code sees.", default_factory=dict)]
    timeout_seconds: Annotated[float, key("How long a call may take.", gt=0, allow_inf_nan=False)] = CALL_SECONDS
    memory_limit: Annotated[str | None, key("What it may use, such as 512MB; else the server's bound.")] = None
    attempts: Annotated[int, key("How often it is called for a message until that succeeds.", ge=1)] = ATTEMPTS
    calls_per_hour: Annotated[int, key("How often it is called at most.", ge=1)] = CALLS_PER_HOUR

    def resource(self, name: str, folder: Path) -> Action:
        """Return it as the catalog takes it."""
        return Action(
            name=name,
            handler=located(self.handler, folder),
            command=tuple(located_word(word, folder) for word in self.command),
            http=located_secret(self.http, folder),
            environment=self.environment,
            timeout_seconds=self.timeout_seconds,
            memory_limit=self.memory_limit,
            attempts=self.attempts,
            calls_per_hour=self.calls_per_hour,
        )


class SubscriptionEntry(Entry):
    """Who is told of which alarms."""

    to: Annotated[Texts, key("Channels and actions, by their name.")]
    alarms: Annotated[Texts, key("Alarms, by their name; * stands for any letters.")] = ("*",)
    states: Annotated[States, key("Of which states one is told.")] = ("ALARM", "OK")
    group_by: Annotated[Groups, key("What alarms of one message have in common; else one message is for all.")] = ()
    group_wait: Annotated[Duration, key("How long the first alert of a group waits for others: 10s.")] = timedelta(
        seconds=10
    )
    group_interval: Annotated[Duration, key("How long after a message the next one of the group may follow: 5m.")] = (
        timedelta(minutes=5)
    )
    repeat_interval: Annotated[
        Duration | None, key("After how long one is told again of what still alarms: 4h; else never.")
    ] = None

    def resource(self, name: str) -> Subscription:
        """Return it as the catalog takes it."""
        return Subscription(name=name, **dict(self))
