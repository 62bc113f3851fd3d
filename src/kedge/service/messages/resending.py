"""What is sent again by hand: under the same name, and with as many tries and as much patience as at first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kedge.domain.action import Action
from kedge.domain.channel import Channel
from kedge.errors import Conflict, NotFound, SettingError, did_you_mean
from kedge.service.catalog.receivers import names

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.domain.notification import Notification
    from kedge.ports import Records

AGAIN: Final = ("failed", "cut", "waiting")
MOST: Final = 1_000  # at once: a request waits for it
WHY_NOT: Final = {
    "sent": "was sent: whoever it went to took it.",
    "silenced": "is silenced, so that nobody is told:",
}


def again(one: Notification, now: datetime) -> Notification:
    """Return a message as it waits anew; one that waits already is only tried at once.

    Raises
    ------
    Conflict
        It was sent, or nobody was to be told.
    """
    if one.status == "waiting":
        return replace(one, next_time=min(one.next_time or now, now))
    if one.status not in AGAIN:
        why = f"{WHY_NOT[one.status]} {one.reason if one.status == 'silenced' else ''}".strip()
        step = "Only what failed, was cut or waits is sent again: kedge notification list --status failed."
        raise Conflict(f"The notification {one.name!r} {why}", field="notification", next_step=step)
    return replace(one, status="waiting", attempts=0, ended=None, next_time=now, resent=now)


def status_again(word: str) -> str:
    """Return a status of messages that may be sent again.

    Raises
    ------
    SettingError
        There is no such status, or those that stand so are not sent again.
    """
    if word not in AGAIN:
        near, step = did_you_mean(word, AGAIN), f"Name one of {', '.join(AGAIN)}."
        raise SettingError(f"No messages that are {word!r} are sent again.{near}", field="status", next_step=step)
    return word


def most(limit: int) -> int:
    """Return how many are sent again at once.

    Raises
    ------
    SettingError
        That is none, or too many.
    """
    if not 1 <= limit <= MOST:
        step = f"Give 1 to {MOST:,}, and do it again for the rest."
        raise SettingError(f"{limit:,} messages cannot be sent again at once.", field="limit", next_step=step)
    return limit


def is_there(records: Records, to: str) -> None:
    """Refuse what messages cannot go to any more.

    Raises
    ------
    NotFound
        There is no such channel or action; the nearest is told.
    """
    kinds = (Channel.kind, Action.kind)
    if not any(records.get(kind, to) for kind in kinds):
        near = did_you_mean(to, [name for kind in kinds for name in names(records, kind)])
        raise NotFound(f"There is no channel or action {to!r}.{near}", field="to", next_step="Declare it first.")
