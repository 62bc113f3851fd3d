"""``make crash``, its second half: kills a server and its workers, and counts what they publish.

A server and two workers share a database and run a day of schedules, which a clock in the database makes pass in
minutes; leases go by the time of the world. All of them are killed again and again, some at the worst places. In the
end each slot has one execution, completed, with one whole report, and no lease is held. While it goes on, no report is
ever seen that is half written.
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
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash.child import contents
from tests.crash.serving import PLACES

import kedge
from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.catalog import (
    Endpoint,
    Execution,
    JobDefinition,
    MonitoringSchedule,
    execution_name,
    from_record,
    to_record,
)
from kedge.domain.record import Query, Record
from kedge.domain.schedule_expression import parse, slots

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
START = datetime(2024, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
KINDS = ("serve", "worker", "worker")
LAST_SECONDS = 300.0  # that the last executions may take, when nobody is killed any more
WAITING = ("Pending", "InProgress", "Stopping")


@dataclass
class Victim:
    """A process that is going to be killed."""

    kind: str
    place: str
    process: subprocess.Popen[bytes]
    until: float


@dataclass
class Crash:
    """One run."""

    folder: Path
    database: str
    schedules: list[MonitoringSchedule]
    hours: int
    kills: int
    chance: random.Random
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    looks: int = 0
    living: list[Victim] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.records = Sql(self.database)

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def declare(self) -> None:
        """Declare what runs: short reports of no data, and some real ones."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _data(self.folder, self.hours)
        endpoint = Endpoint(name="fraud", captures=str(self.folder / "captures"))
        names = {schedule.monitoring_job_definition_name for schedule in self.schedules}
        jobs = [JobDefinition(name=n, endpoint_name="fraud", baseline=str(self.folder / "baseline")) for n in names]
        for resource in (endpoint, *jobs, *self.schedules):
            self.records.put(to_record(resource), "crash")
        self.pass_time(0)

    def rampage(self, seconds: float) -> None:
        """Let the hours pass within so many seconds, and kill until there were enough kills."""
        begun = time.monotonic()
        while (passed := (time.monotonic() - begun) / seconds) < 1 or self.done.total() < self.kills:
            self.pass_time(min(passed, 1))
            self.keep()
            self.look()
            time.sleep(0.05)
        self.pass_time(1)
        self.end()
        self.finish()

    def end(self) -> None:
        """Kill what is left."""
        for victim in self.living:
            victim.process.kill()
            victim.process.wait()
        self.living.clear()

    def finish(self) -> None:
        """Let the last executions come to their end, and then the processes."""
        until = time.monotonic() + LAST_SECONDS
        self.living += [self.start(kind, "any") for kind in KINDS]
        while self.records.list(Query("execution", status=WAITING, limit=1)) or not self.all_are_made():
            self.look()
            time.sleep(0.2)
            if time.monotonic() > until:
                self.wrong.append("the last executions do not end")
                break
        for victim in self.living:
            victim.process.send_signal(signal.SIGTERM)
        codes = {victim.process.wait(60) for victim in self.living}
        if codes - {0, -signal.SIGTERM}:  # the latter is of one that did not serve yet
            self.wrong.append(f"processes that were told to end ended with {codes}")

    def all_are_made(self) -> bool:
        late = self.records.list(Query("schedule", until=START + self.hours * HOUR + timedelta(seconds=1), limit=1))
        return not late

    def pass_time(self, share: float) -> None:
        """Set the clock of the simulation to a share of its hours."""
        now = START + share * self.hours * HOUR
        known = self.records.get("clock", "offset") or Record("clock", "offset")
        seconds = (now - datetime.now(UTC)).total_seconds()
        self.records.put(replace(known, document={"seconds": seconds}), "")

    def keep(self) -> None:
        """Kill whose time has come, and have another one in the place of each that is dead."""
        for victim in list(self.living):
            if victim.process.poll() is None and time.monotonic() > victim.until:
                victim.process.kill()
                victim.process.wait()
            if (code := victim.process.poll()) is not None:
                self.living.remove(victim)
                self.done[victim.kind, victim.place] += 1
                if code != -signal.SIGKILL:
                    self.wrong.append(f"a {victim.kind} ended with {code}")
        missing = (Counter(KINDS) - Counter(victim.kind for victim in self.living)).elements()
        self.living += [self.start(kind, self.chance.choice(("any", "any", *PLACES[kind]))) for kind in missing]

    def start(self, kind: str, place: str) -> Victim:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
        arguments = (kind, self.database, str(self.folder), place, str(self.chance.random()))
        with (self.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.serving", *arguments], env=environment, stderr=log
            )
        lasts = self.chance.uniform(0.5, 8) if place == "any" else self.chance.uniform(6, 15)
        return Victim(kind, place, process, time.monotonic() + lasts)

    def look(self) -> None:
        """See whether every report that is there, or that a record names, is whole."""
        self.looks += 1
        for path in self.published():
            slot, name = _slot(path.parent), path.parent.parts[-5]
            if not name.startswith("real") and (broken := _broken(path, name, slot)):
                self.wrong.append(f"{path.parent}: {broken}")

    def published(self) -> list[Path]:
        """Return what makes each report one, as readers see it."""
        return [Path(e.url) for e in Local().list(str(self.reports)) if e.url.endswith("/statistics.json")]

    def verdict(self) -> Counter[str]:
        """Hold what was published against what had to be."""
        found = {record.name: from_record(Execution, record) for record in self.records.list(Query("execution"))}
        expected = {execution_name(schedule.name, slot): schedule for schedule, slot in self.due()}
        self.wrong += [f"{name}: never made" for name in expected.keys() - found.keys()]
        self.wrong += [f"{name}: made, and not due" for name in found.keys() - expected.keys()]
        self.wrong += [f"{e.name}: {e.status}, {e.failure_reason}" for e in found.values() if e.status != "Completed"]
        published = {str(path.parent) for path in self.published()}
        named = Counter(str(execution.report) for execution in found.values())
        self.wrong += [
            f"{url}: published and not known, or known and not published" for url in published ^ named.keys()
        ]
        self.wrong += [f"{url}: published {times} times" for url, times in named.items() if times > 1]
        time.sleep(2.1)  # the leases of those that were killed
        for schedule in self.schedules:
            if not self.records.claim(f"schedule/{schedule.name}", "crash", 1):
                self.wrong.append(f"{schedule.name}: its lease is stuck")
        return Counter(f"attempt {execution.attempt}" for execution in found.values())

    def due(self) -> Iterator[tuple[MonitoringSchedule, datetime]]:
        for schedule in self.schedules:
            for slot in slots(parse(schedule.schedule_expression), START, START + self.hours * HOUR):
                yield schedule, slot


def _broken(path: Path, name: str, slot: str) -> str:
    """Return what is wrong with a report; one that is being written again is away meanwhile."""
    definition = name.partition("-")[0]
    for file, content in contents(definition, slot).items():
        try:
            same = (path.parent / file).read_bytes() == content
        except FileNotFoundError:
            same = False
        if not same and path.exists():
            return f"{file} is half written"
    return ""


def _slot(folder: Path) -> str:
    return f"{'-'.join(folder.parts[-4:-1])}T{folder.parts[-1]}:00:00Z"


def _data(folder: Path, hours: int) -> None:
    """Write the captures that real executions read, and their baseline."""
    rows = [f"{i % 50},{i % 7}" for i in range(200)]
    (folder / "train.csv").write_text("answer,amount,kind\n" + "".join(f"0.5,{row}\n" for row in rows))
    kedge.baseline(folder / "train.csv").save(folder / "baseline")
    for n in range(-1, hours):
        hour = START + n * HOUR
        place = folder / f"captures/fraud/blue/{hour:%Y/%m/%d/%H}"
        place.mkdir(parents=True)
        sides = ((Payload(row, "CSV", "text/csv"), Payload("0.5", "CSV", "text/csv")) for row in rows)
        records = (CaptureRecord(str(i), f"{hour:%FT%H}:30:00Z", *pair) for i, pair in enumerate(sides))
        (place / "a.jsonl").write_text("".join(record.to_json() + "\n" for record in records))


def _schedules(hourly: int, daily: int, real: int) -> list[MonitoringSchedule]:
    """Return so many schedules, some of the hourly ones with real executions."""
    kinds = [("real" if n < real else "stub", "hourly", "hourly") for n in range(hourly)]
    kinds += [("stub", "daily", f"0 {n % 24} * * *") for n in range(daily)]
    return [
        MonitoringSchedule(
            name=f"{definition}-{often}-{n}",
            monitoring_job_definition_name=definition,
            endpoint_name="fraud",
            schedule_expression=expression,
            status="Scheduled",
            next_time=parse(expression).after(START),
        )
        for n, (definition, often, expression) in enumerate(kinds)
    ]


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/kedge.db"
        return
    import pgserver

    server = pgserver.get_server(folder / "postgresql")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def crash(kind: str, schedules: list[MonitoringSchedule], hours: int, kills: int, seconds: float, seed: int) -> Crash:
    """Run it on one database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kedge-crash-")))
        database = stack.enter_context(database_of(kind, folder))
        run = Crash(folder / "data", database, schedules, hours, kills, random.Random(seed))
        stack.callback(run.records.close)
        stack.callback(run.end)
        run.declare()
        run.rampage(seconds)
        attempts = run.verdict()
        for (victim, place), times in sorted(run.done.items()):
            print(f"  {victim:8} killed {place:32} {times:4}")
        told = ", ".join(f"{name} {times:,}" for name, times in sorted(attempts.items()))
        print(f"  {attempts.total():,} slots: {told}; {run.looks:,} looks")
        for wrong in run.wrong[:20]:
            print(f"  ✗ {wrong}")
        if run.wrong:
            print((run.folder / "log.txt").read_text()[-3000:])
        return run


def main() -> int:
    """Print the tables of the runs; exit with 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.server", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--hourly", type=int, default=20)
    parser.add_argument("--daily", type=int, default=180)
    parser.add_argument("--real", type=int, default=2, help="hourly schedules whose executions are real")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=240, help="that the hours take")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    wrong = 0
    for kind in asked.database or ("sqlite", "postgresql"):
        begun = time.monotonic()
        print(f"{kind}: {asked.kills} kills, seed {asked.seed}", flush=True)
        schedules = _schedules(asked.hourly, asked.daily, asked.real)
        run = crash(kind, schedules, asked.hours, asked.kills, asked.seconds, asked.seed)
        print(f"  {'wrong' if run.wrong else 'well'}; {time.monotonic() - begun:.0f} s", flush=True)
        wrong += len(run.wrong)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
