"""Notifications: messages to one channel or action, each with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # fields of these types are told by their annotations
from typing import Any, ClassVar, Final, Literal

from kedge.domain.alarm import Alarm, AlarmState
from kedge.domain.window import Window

Cause = Literal["alarm", "resolved", "repeat", "test", "published"]
NotificationStatus = Literal["waiting", "sent", "failed", "silenced", "cut"]

MOST_INCIDENTS: Final = 50  # that one message tells of; of the others it says how many they are
DEEPEST: Final = 5  # messages that cause each other, before it is taken for a loop


@dataclass(frozen=True, slots=True)
class Worst:
    """A feature that stands out: what is wrong with it, as a sentence with its numbers, and how bad that is."""

    feature: str
    text: str
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An alarm that went from one state to another, as a message tells it.

    Parameters
    ----------
    alarm
        The alarm as it was declared then.
    state, previous, since, number, reason
        How it stands, as :class:`kedge.domain.alarm.Alert` has it.
    began
        Since when it alarmed, where it does so no longer.
    value
        The newest value that said so.
    schedule, endpoint, execution
        What it is about, as far as that is known; the execution is the last one that ended.
    window
        Of when the data is that the execution looked at.
    worst
        The features that stand out most, three at most.
    look
        Where to look: the URL of a page or report, or else a command.
    """

    alarm: Alarm
    state: AlarmState
    previous: AlarmState
    since: datetime
    number: int
    reason: str
    began: datetime | None = None
    value: float | None = None
    schedule: str = ""
    endpoint: str = ""
    execution: str = ""
    window: Window | None = None
    worst: tuple[Worst, ...] = ()
    look: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message to one channel or action.

    Parameters
    ----------
    name
        Which it is. It is the same whenever the message is sent again: the idempotency key.
    workspace, subscription, to
        Whose it is, by which subscription, and the name of the channel or action.
    cause
        Why it is sent: something alarms; all of what was told does so no longer; it still does; somebody tries the
        channel; or an action published it.
    group
        What its alarms have in common, such as the name of their schedule; messages of one group go out in order.
    incidents, more
        What it tells of, the worst first, and how many others there are.
    others
        The names of their alarms.
    subject, text
        Of what was published: what it says.
    depth
        How many messages have led to it, one by the other.
    status, reason
        What became of it, and why: also why it was not sent.
    attempts
        How often it was tried, since somebody had it sent again if somebody did.
    log
        Where it is kept what an action printed the last time.
    created, next_time, ended
        When it was made, when it is tried again, and when that came to its end.
    resent
        When somebody had it sent again.
    """

    kind: ClassVar[Literal["notification"]] = "notification"

    name: str
    workspace: str
    subscription: str
    to: str
    cause: Cause
    group: str = ""
    incidents: tuple[Incident, ...] = ()
    more: int = 0
    others: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    depth: int = 0
    status: NotificationStatus = "waiting"
    reason: str = ""
    attempts: int = 0
    log: str = ""
    created: datetime
    next_time: datetime | None = None
    ended: datetime | None = None
    resent: datetime | None = None

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by: where it goes, and when it is sent, or was."""
        time = self.next_time or self.ended or self.created
        return {"name": self.name, "parent": self.to, "status": self.status, "time": time}

    @property
    def begun(self) -> datetime:
        """Since when it is tried."""
        return self.resent or self.created

    @property
    def alarms(self) -> tuple[str, ...]:
        """The names of the alarms that it tells of, each once."""
        return tuple(dict.fromkeys([*(incident.alarm.name for incident in self.incidents), *self.others]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How sending to a channel or an action goes.

    Parameters
    ----------
    name
        The channel's or the action's.
    sent, failed
        How many messages came to either end.
    last_sent, last_failed
        When one was sent last, and when one was tried in vain.
    failing
        Since when each was; None where the last one was sent.
    reason
        Why that was in vain.
    """

    kind: ClassVar[Literal["delivery"]] = "delivery"

    name: str
    sent: int = 0
    failed: int = 0
    last_sent: datetime | None = None
    last_failed: datetime | None = None
    failing: datetime | None = None
    reason: str = ""

    @property
    def fails(self) -> bool:
        """Whether the last try was in vain."""
        return self.last_failed is not None and (self.last_sent is None or self.last_failed > self.last_sent)

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name}


@dataclass(frozen=True, slots=True)
class Publication:
    """A message that an action publishes to a subscription."""

    subscription: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try.

    Parameters
    ----------
    how
        ``sent``; ``retry``, where it may succeed later; ``refused``, where it never will.
    reason
        Why it was not sent, or what was answered, in a sentence without secrets.
    published
        What an action published meanwhile.
    log
        Where it is kept what an action printed.
    """

    how: Literal["sent", "retry", "refused"]
    reason: str = ""
    published: tuple[Publication, ...] = ()
    log: str = ""

    @property
    def line(self) -> str:
        """The reason in one line: what a server or a program said may steer the terminal that shows it.

        >>> Outcome("retry", "It said\\x1b[31m no.").line
        'It said [31m no.'
        """
        return "".join(letter if letter.isprintable() else " " for letter in self.reason)
