"""``make crash``, its last part: kills servers while a thousand messages are on their way, and counts what arrives.

Alarms go off and are fine again while two servers, of which one leads, tell a webhook and an action of them: over
SQLite, and over PostgreSQL. They are killed again and again, at any time or at the worst places: after a group was
decided on, among its messages, after one was claimed, after it was sent. Others are stopped for longer than their
lease, and wake up to go on as if they still led. In the end the action was called for every event at least once, the
channel told of every alarm that it is over, whatever came twice did so under the same key, and nothing waits any more.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer

from tests.crash.server import database_of
from tests.crash.telling import PLACES
from tests.receivers import LOOPBACK, Received, webhook

from kedge.adapters.databases.sql import Sql
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm, Alert
from kedge.domain.catalog import from_record, to_record
from kedge.domain.channel import Channel
from kedge.domain.group import Group, mark
from kedge.domain.metric import Metric
from kedge.domain.notification import Notification
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription

DATABASES = ("sqlite", "postgresql")
ROOT = Path(__file__).parents[2]
LAST_SECONDS = 300.0  # that the last messages may take, when nobody is killed any more
NONE = timedelta()
ANY = 1_000_000
LIVES = (3.0, 9.0)  # seconds, before a server is harmed
SLEEPS = (1.5, 4.0)  # the same, that one is stopped: longer than its lease
FROZEN = 0.3  # the share of those that are stopped, and not killed


@dataclass
class Server:
    """One that runs, until when it may, and the place where it dies by itself."""

    process: subprocess.Popen[bytes]
    until: float
    place: str

    def freeze(self, seconds: float, until: float) -> None:
        """Stop it for so long, and let it be until then; it may hold up whoever asks the database meanwhile."""
        self.process.send_signal(signal.SIGSTOP)
        Timer(seconds, self.process.send_signal, (signal.SIGCONT,)).start()
        self.until = until + seconds


@dataclass
class Crash:
    """One run."""

    folder: Path
    database: str
    servers: int
    alarms: int
    kills: int
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    living: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.records = Sql(self.database)

    def declare(self, hook: str, call: str) -> None:
        """Declare alarms that nobody evaluates, and who is told of each."""
        for n in range(self.alarms):
            self._put(Alarm(name=f"a{n}", metric=Metric("data", "drift")))
            self._go(f"a{n}", "OK")
        self._put(Channel(name="hook", webhook=hook))
        self._put(Action(name="call", http=call, attempts=ANY, calls_per_hour=ANY, timeout_seconds=2))
        told = {"group_by": ("alarm",), "group_wait": NONE, "group_interval": NONE}
        self._put(Subscription(name="team", to=("hook", "call"), **told))

    def rampage(self, seconds: float) -> None:
        """Have all alarms go off and be fine again within so many seconds, and kill until there were enough kills."""
        names = [f"a{n}" for n in range(self.alarms)]
        events = [(name, "ALARM") for name in names]
        self.chance.shuffle(events)
        events += [(name, "OK") for name, _ in events]
        begun, went = time.monotonic(), 0
        running = [self._start() for _ in range(self.servers)]
        while went < len(events) or self.done.total() < self.kills:
            share = min((time.monotonic() - begun) / seconds, 1)
            for name, state in events[went : int(share * len(events))]:
                self._go(name, state)
            went = max(went, int(share * len(events)))
            running = [self._harmed(server) for server in running]
            time.sleep(0.02)
        for server in running:
            server.process.kill()
            server.process.wait()

    def _harmed(self, server: Server) -> Server:
        """Kill or stop a server whose time has come, and return the one that runs in its place."""
        if time.monotonic() > server.until and self.chance.random() < FROZEN:
            server.freeze(self.chance.uniform(*SLEEPS), time.monotonic() + self.chance.uniform(*LIVES))
            self.done["stopped"] += 1
        elif time.monotonic() > server.until:
            server.process.kill()
            server.process.wait()
        if server.process.poll() is None:
            return server
        self.done[server.place if time.monotonic() <= server.until else "any"] += 1
        if server.process.returncode != -signal.SIGKILL:
            self.wrong.append(f"a server ended with {server.process.returncode}")
        return self._start()

    def finish(self) -> None:
        """Let a server send the rest."""
        process = self._start("any").process
        until, quiet = time.monotonic() + LAST_SECONDS, 0
        while quiet < 5 and time.monotonic() < until:
            time.sleep(1)
            quiet = 0 if self._waits() else quiet + 1
        if quiet < 5:
            self.wrong.append("messages wait for ever")
        process.send_signal(signal.SIGTERM)
        if process.wait(60):
            self.wrong.append(f"a server that was told to end ended with {process.returncode}")

    def verdict(self, hook: Received, call: Received) -> str:
        """Hold what arrived against what happened."""
        channel, called = defaultdict(set), defaultdict(set)
        for request in hook.found:
            for one in request.json["data"]["incidents"]:
                channel[one["alarm"], one["number"]].add(request.headers["webhook-id"])
        for request in call.found:
            for one in request.json["kedge"]["data"]["incidents"]:
                called[one["alarm"], one["number"]].add(request.headers["idempotency-key"])
        events = {(f"a{n}", number) for n in range(self.alarms) for number in (2, 3)}
        self.wrong += [f"the action was not called for {event}" for event in events - called.keys()]
        self.wrong += [f"the channel was not told of {event}" for event in events - channel.keys() if event[1] == 3]
        many = [event for found in (channel, called) for event, keys in found.items() if len(keys) > 1]
        self.wrong += [f"{event} came under more than one key" for event in many]
        ends = Counter(record.status for record in self.records.list(Query(Notification.kind)))
        if set(ends) != {"sent"}:
            self.wrong.append(f"messages ended as {dict(ends)}")
        arrived, keys = (
            len(hook.found) + len(call.found),
            len({k for f in (channel, called) for s in f.values() for k in s}),
        )
        return f"{ends['sent']:,} messages, {arrived:,} requests, {arrived - keys:,} of them again"

    def _start(self, place: str = "") -> Server:
        place = place or self.chance.choice(("any", *PLACES))
        command = (self.database, str(self.folder), place, str(self.chance.random()), LOOPBACK)
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
        with (self.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.telling", *command], env=environment, stderr=log
            )
        self.living.append(process)
        return Server(process, time.monotonic() + self.chance.uniform(*LIVES), place)

    def end(self) -> None:
        """Leave no server behind, whatever went wrong."""
        for process in self.living:
            process.kill()
            process.wait()

    def _waits(self) -> bool:
        """Return whether anything is not gathered yet, or not on its way, or not at its end."""
        stands = {record.name: mark(from_record(Alert, record)) for record in self.records.list(Query(Alert.kind))}
        groups = [from_record(Group, record) for record in self.records.list(Query(Group.kind))]
        if stands != {name: seen for group in groups for name, seen in group.seen.items()}:
            return True
        asked = (
            Query(Group.kind, status=("leaving",), limit=1),
            Query(Notification.kind, status=("waiting",), limit=1),
        )
        return any(self.records.list(query) for query in asked)

    def _go(self, name: str, state: str) -> None:
        record = self.records.get(Alert.kind, name)
        stood = from_record(Alert, record) if record else Alert(name=name)
        went = replace(stood, state=state, previous=stood.state, since=datetime.now(UTC), number=stood.number + 1)
        self.records.put(to_record(went, record), "crash")

    def _put(self, resource) -> None:
        self.records.put(to_record(resource), "crash")


def crash(kind: str, servers: int, alarms: int, kills: int, seconds: float, seed: int) -> int:
    """Run it on one database, print what arrived, and return how much was wrong."""
    begun = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kedge-crash-")))
        hook, call = stack.enter_context(webhook()), stack.enter_context(webhook())
        database = stack.enter_context(database_of(kind, folder))
        run = Crash(folder / "data", database, servers, alarms, kills, random.Random(seed))
        stack.callback(run.records.close)
        stack.callback(run.end)
        run.declare(hook.url, call.url)
        first = run._start("any").process
        while len(run.records.list(Query(Group.kind))) < alarms:
            time.sleep(0.1)
        first.kill()
        first.wait()
        run.rampage(seconds)
        run.finish()
        told = run.verdict(hook, call)
        for place, times in sorted(run.done.items()):
            print(f"  {place:10} {times:4}")
        print(f"  {told}; {time.monotonic() - begun:.0f} s", flush=True)
        for wrong in run.wrong[:20]:
            print(f"  ✗ {wrong}")
        if run.wrong:
            print((run.folder / "log.txt").read_text()[-3000:])
    return len(run.wrong)


def main() -> int:
    """Run it on each database; exit with 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.messages", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", help="which; all, if none is named")
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--alarms", type=int, default=250, help="each of which makes four messages")
    parser.add_argument("--kills", type=int, default=40, help="and stops")
    parser.add_argument("--seconds", type=float, default=90, help="that the alarms take to go off, and be fine again")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    wrong = 0
    for kind in asked.database or DATABASES:
        print(f"{kind}: {asked.servers} servers, {asked.kills} kills and stops, seed {asked.seed}", flush=True)
        wrong += crash(kind, asked.servers, asked.alarms, asked.kills, asked.seconds, asked.seed)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
