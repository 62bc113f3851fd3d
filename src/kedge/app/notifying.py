"""Who sends messages: of each channel and action the one that does, with what its workspace may reach."""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from kedge.app.acting import acting
from kedge.domain.addresses import Addresses
from kedge.domain.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.domain.access import WorkspaceSettings
    from kedge.domain.action import Action
    from kedge.ports import Notifier
    from kedge.settings import Settings

    NotifierOf = Callable[[Channel | Action], Notifier]


def notifiers(settings: Settings, own: WorkspaceSettings, stop: Event | None = None) -> NotifierOf:
    """Return what makes of a channel or an action of a workspace the one that sends to it.

    Only public addresses are called, and what the settings allow besides, also where nobody logs in. What runs when
    ``stop`` is set is ended.
    """
    from kedge.service.access.reach import secrets_of

    resolve = partial(secrets_of(settings, own).reveal, field="secret")
    addresses = Addresses.of(settings.allowed_addresses)

    def notifier(target: Channel | Action) -> Notifier:
        if isinstance(target, Channel):
            return _of_channel(target, resolve, addresses)
        return acting(target, settings, own, resolve, addresses, stop or Event())

    return notifier


def _of_channel(channel: Channel, resolve: Callable[[str], str], addresses: Addresses) -> Notifier:
    from kedge.adapters.notifiers import alertmanager, apprise, webhook

    if channel.webhook is not None:
        return webhook.notifier(channel, resolve, addresses)
    if channel.alertmanager is not None:
        return alertmanager.notifier(channel, resolve, addresses)
    return apprise.notifier(channel, resolve, addresses)


def check(url: str) -> None:
    """Refuse a URL of apprise that is none, or that holds a secret.

    Raises
    ------
    SettingError
        It does, and says what to write instead.
    MissingDependency
        The library is not installed.
    """
    from kedge.adapters.notifiers.apprise import check

    check(url)
