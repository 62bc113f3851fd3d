"""Who sends messages: of each channel and action the one that does, with what its workspace may reach."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kedge.domain.access import DEFAULT
from kedge.domain.addresses import Addresses
from kedge.domain.channel import Channel
from kedge.domain.secret import Secret
from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

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
    resolve, addresses = partial(revealed, settings, own), Addresses.of(settings.allowed_addresses)

    def notifier(target: Channel | Action) -> Notifier:
        if isinstance(target, Channel):
            return _of_channel(target, resolve, addresses)
        raise NotImplementedError(target.name, stop)  # those of actions

    return notifier


def _of_channel(channel: Channel, resolve: Callable[[str], str], addresses: Addresses) -> Notifier:
    from kedge.adapters.notifiers import alertmanager, apprise, webhook

    if channel.webhook is not None:
        return webhook.notifier(channel, resolve, addresses)
    if channel.alertmanager is not None:
        return alertmanager.notifier(channel, resolve, addresses)
    return apprise.notifier(channel, resolve, addresses)


def revealed(settings: Settings, own: WorkspaceSettings, reference: str) -> str:
    """Return the secret that a workspace names by ``env:NAME`` or ``file:PATH``.

    Where callers log in, a variable is one of the workspace's credentials, and a file lies where it may name one.

    Raises
    ------
    SettingError, NotAllowed
        There is none, or it may not be named.
    """
    from kedge.service.access.reach import places_of

    kind, _, name = reference.partition(":")
    if kind == "file":
        places_of(settings).narrowed(own.places).check(name, "file")
    elif name in own.credentials:
        return Secret.of(own.credentials[name]).reveal()
    elif own.name != DEFAULT or settings.allowed_places is not None:
        raise SettingError(
            f"The workspace has no credential of this name: {name[:80]!r}.{did_you_mean(name, own.credentials)}",
            next_step=f"Name one, or have an admin add it: kedge workspace set {own.name}.",
        )
    return Secret.of(reference).reveal()


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
