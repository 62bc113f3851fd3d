"""Senders: every channel and action has a thread of its own while anything waits for it, so that none delays another.

To one of them messages go one at a time, those of a group in order: while one is to be tried again, the next ones of
its group wait, and those of other groups do not. What waits for long to one channel becomes one message of a group.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

from kedge.domain.notification import Notification
from kedge.service.messages.merging import waits_long
from kedge.service.messages.notifications import of
from kedge.service.messages.stages import through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kedge.ports import Clock, Records
    from kedge.service.messages.sending import Sending

LOG = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0  # between two looks at a clock that may be simulated
JOIN_SECONDS: Final = 0.1  # between two looks whether somebody is in a hurry
TROUBLE_SECONDS: Final = 5.0  # after a database did not answer
Line = tuple[str, str]  # a subscription and a group
Turn = tuple[datetime, int, Line]  # when a line is due, after those of the same time that came before


@dataclass
class Sender:
    """Sends to one channel or action what waits for it, in a thread that ends when nothing does.

    Parameters
    ----------
    name
        The channel's or the action's.
    records
        Where messages are.
    clock
        Tells what is due.
    sending
        The stages of a message.
    stop
        Set when nothing is to be begun any more.
    """

    name: str
    records: Records
    clock: Clock
    sending: Sending
    stop: Event
    _lines: dict[Line, deque[str]] = field(default_factory=dict, init=False)
    _heads: list[Turn] = field(default_factory=list, init=False)
    _turns: dict[Line, Turn] = field(default_factory=dict, init=False)  # of each line the one that counts
    _known: set[str] = field(default_factory=set, init=False)
    _numbers: Iterator[int] = field(default_factory=count, init=False)
    _changed: Condition = field(default_factory=Condition, init=False)
    _thread: Thread | None = field(default=None, init=False)

    def add(self, one: Notification) -> None:
        """Have a message sent when its turn comes; one that is known is not sent twice, but maybe sooner."""
        with self._changed:
            if self.stop.is_set():
                return
            if one.name in self._known:
                self._hasten(one)
            else:
                self._append(one)
            if self._lines and self._thread is None:
                made = Thread(target=self._run, name=f"sends to {self.name}", daemon=True)
                made.start()  # which fails where there are too many; the next look at what waits tries again
                self._thread = made

    def ends(self, seconds: float) -> bool:
        """Return whether what is under way comes to its end in this time, after ``stop``."""
        with self._changed:
            self._changed.notify()
            thread = self._thread
        if thread:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _append(self, one: Notification) -> None:
        self._known.add(one.name)
        line = (one.subscription, one.group)
        if line not in self._lines:
            self._lines[line] = deque()
            self._push(line, one.next_time or one.created)
        self._lines[line].append(one.name)
        self._changed.notify()

    def _hasten(self, one: Notification) -> None:
        """Have a line's first message tried sooner, where it is not being tried now."""
        line, time = (one.subscription, one.group), one.next_time or one.created
        turn = self._turns.get(line)
        if turn and time < turn[0] and self._lines[line][0] == one.name:
            self._push(line, time)
            self._changed.notify()

    def _run(self) -> None:
        while line := self._next():
            name = self._lines[line][0]
            try:
                again = self._try(line, name)
            except Exception as error:
                LOG.error("notification %s: %s: %s", name, type(error).__name__, " ".join(str(error).split()))
                self.stop.wait(TROUBLE_SECONDS)
                again = self.clock.now()
            self._over(line, again)

    def _next(self) -> Line | None:
        """Wait for a line whose first message is due, and return it; None is the end of this thread."""
        with self._changed:
            while self._heads and not self.stop.is_set():
                turn = self._heads[0]
                if self._turns.get(turn[2]) is not turn:  # it is due sooner than that
                    heappop(self._heads)
                elif turn[0] <= self.clock.now():
                    return self._turns.pop(heappop(self._heads)[2])[2]
                else:
                    self._changed.wait(LOOK_SECONDS)
            self._thread = None
            return None

    def _over(self, line: Line, again: datetime | None) -> None:
        """Have the first message of a line tried again at a time, or the next one come."""
        with self._changed:
            if again is None:
                self._known.discard(self._lines[line].popleft())
            if self._lines[line]:
                self._push(line, again or self.clock.now())  # after other lines that are due
            else:
                del self._lines[line]

    def _push(self, line: Line, time: datetime) -> None:
        self._turns[line] = (time, next(self._numbers), line)
        heappush(self._heads, self._turns[line])

    def _try(self, line: Line, name: str) -> datetime | None:
        """Try to send a message, and return when it is tried again; None is never."""
        one, now = self._read(name), self.clock.now()
        if one and one.status == "waiting" and (one.next_time or now) <= now:
            through((self.sending.claim, self.sending.send, self.sending.record), [one], now)
            one = self._read(name)
        if one is None or one.status != "waiting":
            return None
        if waits_long(one, now):
            self._merge(line, now)
        return one.next_time or now

    def _merge(self, line: Line, now: datetime) -> None:
        """Have what waits in a line be as few messages as may be."""
        names = list(self._lines[line])
        waiting = [one for name in names if (one := self._read(name)) and one.status == "waiting"]
        waiting.sort(key=lambda one: one.created)  # what was sent again may have come after what tells how it went on
        over = set(names) - {one.name for one in self.sending.merge(waiting, now)}
        with self._changed:
            self._lines[line] = deque(name for name in self._lines[line] if name not in over)
            self._known -= over

    def _read(self, name: str) -> Notification | None:
        record = self.records.get(Notification.kind, name)
        return of(record) if record else None


@dataclass
class Senders:
    """The senders of a workspace.

    Parameters
    ----------
    make
        Makes the one of a channel or an action, which stops with an event.
    """

    make: Callable[[str, Event], Sender]
    _stop: Event = field(default_factory=Event, init=False)
    _each: dict[str, Sender] = field(default_factory=dict, init=False)
    _left: list[Sender] = field(default_factory=list, init=False)  # which may still have something under way

    def add(self, notifications: Iterable[Notification]) -> None:
        """Have messages sent."""
        for one in notifications:
            if one.to not in self._each:
                self._each.setdefault(one.to, self.make(one.to, self._stop))
            self._each[one.to].add(one)

    def rest(self, seconds: float = 0.0, hurry: Event | None = None) -> None:
        """Begin nothing any more, and wait a while for what is under way; what is added later is sent again.

        All of them have this time together, and less where somebody is in a ``hurry``.
        """
        self._left, self._each = [*self._left, *self._each.values()], {}
        self._stop.set()
        self._stop, until = Event(), monotonic() + seconds
        while self._left and monotonic() < until and not (hurry and hurry.is_set()):
            self._left = [sender for sender in self._left if not sender.ends(JOIN_SECONDS / len(self._left))]
        self._left = [sender for sender in self._left if not sender.ends(0)]
