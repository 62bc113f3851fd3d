"""Channels: where messages go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.domain.action import Action
from kedge.domain.channel import Channel
from kedge.errors import KedgeError, SettingError
from kedge.service.catalog import rules
from kedge.service.catalog.receivers import Receivers, callable_url, is_reference, one_of

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Channels(Receivers[Channel]):
    """Where messages go.

    Parameters
    ----------
    verify
        Refuses the URL of a service that cannot be understood, or holds a secret.
    """

    verify: Callable[[str], None]

    cls = Channel
    other = Action

    def _check(self, wanted: Channel) -> None:
        given = {field: getattr(wanted, field) is not None for field in ("url", "webhook", "alertmanager")}
        one_of("A channel", given)
        callable_url(wanted.webhook, "webhook")
        callable_url(wanted.alertmanager, "alertmanager")
        if wanted.url is not None:
            self._service(wanted.url)
        if wanted.secret is not None:
            _secret(wanted)

    def _service(self, url: str) -> None:
        rules.at_most(url, rules.LONGEST_URL, "url")
        if is_reference(url, "url"):
            return
        try:
            self.verify(url)
        except KedgeError as error:
            error.field = error.field or "url"
            raise


def _secret(channel: Channel) -> None:
    """Refuse a secret that nothing is signed with, and one that is there itself; that is not told."""
    if channel.webhook is None:
        raise SettingError("Only a webhook is signed.", field="secret", next_step="Leave it out.")
    if not is_reference(str(channel.secret), "secret"):
        raise SettingError("This is no place of a secret.", field="secret", next_step="Write env:NAME or file:PATH.")
