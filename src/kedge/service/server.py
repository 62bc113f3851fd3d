"""The server: one scheduler among all that share a database, and workers, each in a thread."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from math import inf
from platform import node
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from kedge.ports import Clock, Leases
    from kedge.service.alarms.alarming import Alarming
    from kedge.service.late import Late
    from kedge.service.memory.remembering import Remembering
    from kedge.service.messages.messaging import Messaging
    from kedge.service.metrics.lag import Lag
    from kedge.service.metrics.publishing import Publishing
    from kedge.service.metrics.sending import Sending
    from kedge.service.rota import Everywhere, Rota
    from kedge.service.scheduler import Scheduler
    from kedge.service.worker import Worker

LOG = logging.getLogger(__name__)
SCHEDULER: Final = "scheduler"  # the lease of the one that schedules
MOMENT_SECONDS: Final = 2.0  # to record what became of the calls that were ended with the server
IDLE_SECONDS: Final = 1.0  # between two looks where nothing waits
TROUBLE_SECONDS: Final = 5.0  # after something went wrong
LATE_SECONDS: Final = 600.0  # between two looks for what came late
MEMORY_SECONDS: Final = 10.0  # between two looks at what has ended
METRICS_SECONDS: Final = 5.0  # the same, for what is published of it; what ended here is seen at once


def own_name() -> str:
    """Return a name that tells machine and process, and that no other process has or had."""
    return f"{node()}-{os.getpid()}-{uuid4().hex[:8]}"


@dataclass
class Scheduling:
    """Schedules as long as it holds the lease; another one stands by until it is free.

    Parameters
    ----------
    seconds
        How long the lease lasts.
    called
        What the log calls it.
    sending
        What sends metrics to each sink.
    """

    scheduler: Scheduler
    late: Late
    remembering: Remembering
    publishing: Publishing
    lag: Lag
    alarming: Alarming
    messaging: Messaging
    leases: Leases
    clock: Clock
    name: str
    seconds: float
    called: str = SCHEDULER
    sending: Mapping[str, Sending] = field(default_factory=dict)
    _leads: bool | None = field(default=None, init=False)
    _looked: float | None = field(default=None, init=False)
    _remembered: float | None = field(default=None, init=False)
    _published: float | None = field(default=None, init=False)

    def once(self) -> bool:
        """Make what is due; return whether there is more to do at once."""
        leads = self.leases.claim(SCHEDULER, self.name, self.seconds)
        if leads != self._leads:
            LOG.info("%s: %s", self.called, "schedules" if leads else "another one schedules; this one stands by")
            self._leads = leads
            self.alarming.anew()
        if leads:
            for made in self.scheduler.tick(self.clock.now()):
                LOG.info("%s: due", made.name)
        return False

    def look_for_late(self) -> bool:
        """Make what is due again, every now and then; it may take its time."""
        if self._leads and (self._looked is None or monotonic() - self._looked > LATE_SECONDS):
            self._looked = monotonic()
            for made in self.late.again(self.clock.now()):
                LOG.info("%s: due again, for %s", made.name, made.cause)
        return False

    def remember(self) -> bool:
        """Keep the profiles of what has ended, every now and then."""
        if self._leads and (self._remembered is None or monotonic() - self._remembered > MEMORY_SECONDS):
            self._remembered = monotonic()
            self.remembering.once()
        return False

    def publish(self) -> bool:
        """Publish the metrics of what has ended, every now and then."""
        if self._leads and (self._published is None or monotonic() - self._published > METRICS_SECONDS):
            self._published = monotonic()
            self.publishing.once()
            self.lag.look()
        return False

    def hasten(self) -> None:
        """Have metrics be published with the next look: something has ended."""
        self._published = -inf

    def watch(self) -> bool:
        """Evaluate the alarms of what was published, and of what was not."""
        if self._leads:
            for alert in self.alarming.once(self.clock.now()):
                LOG.info("alarm %s: %s: %s", alert.name, alert.state, alert.reason)
        return False

    def tell(self) -> bool:
        """Have people and programs told of alarms."""
        if self._leads:
            self.messaging.once(self.clock.now())
        else:
            self.messaging.rest()
        return False

    def send(self, sink: str) -> bool:
        """Send what was published to a sink; return whether there is more to send at once."""
        return bool(self._leads) and self.sending[sink].once()

    def rest(self, seconds: float, hurry: Event) -> None:
        """Have nobody told any more, and wait so long for messages that are under way, unless there is a hurry."""
        self.messaging.rest(seconds, hurry)

    def leave(self) -> None:
        """Let another one schedule."""
        self.leases.release(SCHEDULER, self.name)


@dataclass
class Server:
    """Threads that schedule and work until they are told to stop.

    Parameters
    ----------
    scheduling
        What schedules, if this one does.
    workers
        What works.
    work
        The folder that executions work in.
    sinks
        Where metrics go besides: each has a thread, which nobody waits for once the grace is over.
    """

    scheduling: Scheduling | Everywhere | None
    workers: Sequence[Worker | Rota]
    work: Path
    close: Callable[[], None]
    sinks: Sequence[str] = ()
    stop: Event = field(default_factory=Event)
    hand_back: Event = field(default_factory=Event)

    def run(self, grace_seconds: float) -> None:
        """Serve until ``stop``; what runs then may end within a time, and is handed back after it."""
        tidy(self.work)
        work = ((partial(self._work, worker), worker.name) for worker in self.workers)
        threads = [Thread(target=self._turn, args=turn) for turn in work]
        if self.scheduling:
            threads.append(Thread(target=self._turn, args=(self.scheduling.once, "scheduler")))
            threads.append(Thread(target=self._turn, args=(self.scheduling.look_for_late, "late")))
            threads.append(Thread(target=self._turn, args=(self.scheduling.remember, "memory")))
            threads.append(Thread(target=self._turn, args=(self.scheduling.publish, "metrics")))
            threads.append(Thread(target=self._turn, args=(self.scheduling.watch, "alarms")))
            threads.append(Thread(target=self._turn, args=(self.scheduling.tell, "messages")))
            for sink in self.sinks:
                send = partial(self.scheduling.send, sink)
                threads.append(Thread(target=self._turn, args=(send, f"sink {sink}"), daemon=True))
        for thread in threads:
            thread.start()
        self.stop.wait()
        until = monotonic() + grace_seconds
        for thread in threads:
            while thread.is_alive() and monotonic() < until and not self.hand_back.is_set():
                thread.join(0.1)
        self._rest(until - monotonic(), self.hand_back)
        self.hand_back.set()
        for thread in threads:
            if not thread.daemon:
                thread.join()
        self._rest(MOMENT_SECONDS, Event())
        if self.scheduling:
            with suppress(Exception):  # the lease runs out by itself
                self.scheduling.leave()
        self.close()

    def _rest(self, seconds: float, hurry: Event) -> None:
        """Wait for messages that are under way."""
        if self.scheduling:
            with suppress(Exception):  # whoever schedules next sends them
                self.scheduling.rest(seconds, hurry)

    def _work(self, worker: Worker | Rota) -> bool:
        """Have a worker run what waits; return whether there was anything."""
        done = worker.work_once()
        if done and self.scheduling:
            self.scheduling.hasten()
        return done is not None

    def _turn(self, once: Callable[[], bool], name: str) -> None:
        """Do one thing again and again; what goes wrong is told, and tried again later."""
        while not self.stop.is_set():
            try:
                pause = 0.0 if once() else IDLE_SECONDS
            except Exception as error:
                LOG.error("%s: %s: %s", name, type(error).__name__, " ".join(str(error).split()))
                pause = TROUBLE_SECONDS
            if pause:
                self.stop.wait(pause)


def tidy(work: Path) -> None:
    """Remove the folders of processes of this machine that died."""
    for folder in work.glob(f"{node()}-*") if work.is_dir() else ():
        pid = folder.name.removeprefix(f"{node()}-").partition("-")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    if pid == os.getpid():  # the name of a new process is new
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
