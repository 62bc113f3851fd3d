"""``make crash``: kills writers and shippers, and counts what arrives.

Writers record numbered requests into one journal, a shipper ships it to a server that speaks the S3 protocol, behind a
proxy that breaks requests, and all of them are killed again and again. Then one shipper comes to its end, and whatever
a writer was told is in the journal must be in the store exactly once. The seed chooses who is killed, where, and what
the proxy does; when exactly a process comes by is up to the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import boto3
from tests.crash import shipper, writer
from tests.crash.proxy import Proxy

from kedge.domain.capture_record import CaptureRecord
from kedge.errors import InputError

ROOT = Path(__file__).parents[2]
ENDPOINTS, VARIANTS = ("fraud", "churn"), ("AllTraffic", "blue")
WRITERS = 2  # side by side
BROKEN_SHARE = 0.15  # of the requests
AWAY_EVERY, AWAY_SECONDS = 50, 4.0  # kills; longer than the store's client tries on
NAME = re.compile(r"(\w+)/(\w+)/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl")


@dataclass
class Victim:
    """A process that is going to be killed."""

    kind: str
    place: str
    process: subprocess.Popen[bytes]
    until: float
    run: str = ""
    said: bytes = b""

    @property
    def acknowledged(self) -> int:
        """How many records it was told are in the journal."""
        numbers = self.said.rpartition(b"\n")[0].split(b"\n") if b"\n" in self.said else []
        return int(numbers[-1] or 0) if numbers else 0


@dataclass
class Crash:
    """One run."""

    folder: Path
    seed: int
    kills: int
    environment: dict[str, str]
    proxy: Proxy | None
    destination: str
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    runs: dict[str, int] = field(default_factory=dict)

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def rampage(self) -> None:
        """Keep writers and a shipper alive, and kill them."""
        chance = random.Random(self.seed)
        living: list[Victim] = []
        while self.done.total() < self.kills:
            kinds = [victim.kind for victim in living]
            living += self._start(["writer"] * (WRITERS - kinds.count("writer")), chance)
            if "shipper" not in kinds:
                living += self._start(["shipper"], chance)
            self._listen(living)
            for victim in [victim for victim in living if self._ended(victim)]:
                living.remove(victim)
                self._bury(victim)
            if self.proxy:
                self.proxy.away = self.done.total() % AWAY_EVERY >= AWAY_EVERY - 5
        for victim in living:
            victim.process.kill()
            self._bury(victim, counted=False)

    def ship_the_rest(self) -> None:
        """Let one shipper come to its end."""
        if self.proxy:
            self.proxy.away, self.proxy.share = False, 0
        command = [sys.executable, "-m", "kedge", "capture", "ship", self.journal, "--destination", self.destination]
        run = subprocess.run([*command, "--once"], env=self.environment, capture_output=True, text=True)
        if run.returncode:
            raise AssertionError(f"the last shipper ended with {run.returncode}: {run.stderr}")

    def _start(self, kinds: list[str], chance: random.Random) -> list[Victim]:
        return [self._writer(chance) if kind == "writer" else self._shipper(chance) for kind in kinds]

    def _writer(self, chance: random.Random) -> Victim:
        place = chance.choice((writer.PLACES[0], *writer.PLACES))
        run = str(uuid4())
        self.runs[run] = 0
        given = (self.journal, chance.choice(ENDPOINTS), chance.choice(VARIANTS), run, place, str(chance.random()))
        command = [sys.executable, "-S", writer.__file__, *given]
        return self._victim("writer", place, command, chance.uniform(0.05, 1.2), run)

    def _shipper(self, chance: random.Random) -> Victim:
        place = chance.choice(("any", *shipper.PLACES))
        given = (self.journal, self.destination, place, str(chance.random()))
        command = [sys.executable, "-m", "tests.crash.shipper", *given]
        return self._victim("shipper", place, command, chance.uniform(0.5, 3), "")

    def _victim(self, kind: str, place: str, command: list[object], seconds: float, run: str) -> Victim:
        process = subprocess.Popen(list(map(str, command)), env=self.environment, stdout=subprocess.PIPE, cwd=ROOT)
        os.set_blocking(process.stdout.fileno(), False)
        # One that is to die at a place by itself is killed somewhere else when it does not come by in time.
        return Victim(kind, place, process, time.monotonic() + seconds + (2 if place != "any" else 0), run)

    def _listen(self, living: list[Victim]) -> None:
        with selectors.DefaultSelector() as selector:
            for victim in living:
                selector.register(victim.process.stdout, selectors.EVENT_READ, victim)
            for key, _ in selector.select(0.02):
                key.data.said += key.fileobj.read() or b""
        time.sleep(0.005)

    def _ended(self, victim: Victim) -> bool:
        if victim.process.poll() is None and time.monotonic() > victim.until:
            victim.place = "any"
            victim.process.kill()
            victim.process.wait()
        return victim.process.returncode is not None

    def _bury(self, victim: Victim, *, counted: bool = True) -> None:
        code = victim.process.wait()
        if code != -signal.SIGKILL:
            raise AssertionError(f"a {victim.kind} ended by itself, with {code}")
        victim.said += victim.process.stdout.read() or b""
        victim.process.stdout.close()
        self.done[victim.kind, victim.place] += counted
        if victim.run:
            self.runs[victim.run] = victim.acknowledged


@dataclass
class Found:
    """What is in the store and in the journal after a run, and what is wrong with it."""

    files: int = 0
    records: int = 0
    repeated: int = 0
    lost: int = 0
    gaps: int = 0
    wrong: list[str] = field(default_factory=list)
    recovered: int = 0
    torn: int = 0


def found(crash: Crash, objects: dict[str, bytes]) -> Found:
    """Look at all that arrived."""
    told, ids = Found(files=len(objects)), set()
    arrived: dict[str, list[int]] = defaultdict(list)
    for name, content in objects.items():
        if not NAME.fullmatch(name) or not content.endswith(b"\n"):
            told.wrong.append(f"{name} is no file of a journal")
        for line in content.splitlines():
            try:
                record = CaptureRecord.from_json(line)
            except InputError as error:
                told.wrong.append(f"{name}: {error}")
                continue
            ids.add(record.event_id)
            body = json.loads(record.input.data)
            arrived[body["run"]].append(body["i"])
            told.records += 1
    for run, acknowledged in crash.runs.items():
        numbers = sorted(arrived[run])
        told.repeated += len(numbers) - len(set(numbers))
        told.gaps += sorted(set(numbers)) != list(range(len(set(numbers))))
        told.lost += max(acknowledged - len(set(numbers)), 0)
    if len(ids) != told.records:
        told.wrong.append(f"{told.records - len(ids)} event ids came twice")
    _counters(crash, told)
    return told


def _counters(crash: Crash, told: Found) -> None:
    """Hold the shipper's counters against what arrived, and see that nothing is left."""
    ledgers = [json.loads(file.read_bytes()) for file in crash.journal.glob("*/shipper.json")]
    sums = {name: sum(ledger[name] for ledger in ledgers) for name in ("files", "records", "recovered", "torn")}
    told.recovered, told.torn = sums["recovered"], sums["torn"]
    aside = sum(len(file.read_bytes().splitlines()) for file in crash.journal.glob("*/torn/*.torn"))
    left = [path for path in crash.journal.glob("*/files/**/*") if path.is_file()]
    for name, counted, there in (
        ("files", sums["files"], told.files),
        ("records", sums["records"], told.records),
        ("torn lines", sums["torn"], aside),
        ("files left in the journal", 0, len(left)),
        ("processes not added up", 0, sum(p.stat().st_size > 0 for p in crash.journal.glob("*/processes/*"))),
    ):
        if counted != there:
            told.wrong.append(f"{name}: {counted} by the counters, {there} in truth")


def crash(kills: int, seed: int, *, remote: bool = True) -> tuple[Crash, Found]:
    """Do it all."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        Path(folder, "journal").mkdir(mode=0o700)
        if not remote:
            run = Crash(Path(folder), seed, kills, environment, None, f"{folder}/store")
            run.rampage()
            run.ship_the_rest()
            files = {p.relative_to(run.destination).as_posix(): p.read_bytes() for p in _visible(run.destination)}
            return run, found(run, files)
        server, upstream = _server()
        try:
            proxy = Proxy(("127.0.0.1", upstream), BROKEN_SHARE, random.Random(seed))
            credentials = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
            run = Crash(Path(folder), seed, kills, environment | credentials, proxy, "s3://bucket/capture")
            run.environment["AWS_ENDPOINT_URL"] = proxy.url
            client = boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{upstream}",
                region_name="us-east-1",
                aws_access_key_id="key",
                aws_secret_access_key="secret",
            )
            client.create_bucket(Bucket="bucket")
            run.rampage()
            run.ship_the_rest()
            return run, found(run, _objects(client))
        finally:
            server.kill()
            server.wait()


def _visible(folder: str) -> list[Path]:
    return [p for p in Path(folder).rglob("*") if p.is_file() and not any(part.startswith(".") for part in p.parts)]


def _objects(client: object) -> dict[str, bytes]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="bucket", Prefix="capture/")
    names = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    read = {name: client.get_object(Bucket="bucket", Key=name)["Body"].read() for name in names}
    return {name.removeprefix("capture/"): content for name, content in read.items() if "/." not in name}


def _server() -> tuple[subprocess.Popen[bytes], int]:
    """Start a server that speaks the S3 protocol, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return server, port
    raise AssertionError("the S3 server does not start")


def main() -> int:
    """Print the tables of a run; exit with 1 where a record was lost or came twice."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=240)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--local", action="store_true", help="ship to a folder instead of an S3 server")
    asked = parser.parse_args()
    print(f"{asked.kills} kills, seed {asked.seed} (again: python -m tests.crash --seed {asked.seed})", flush=True)
    begun = time.monotonic()
    run, told = crash(asked.kills, asked.seed, remote=not asked.local)
    for (kind, place), times in sorted(run.done.items(), key=str):
        print(f"  {kind:8} killed {place:32} {times:4}")
    if run.proxy:
        for fault, times in sorted(run.proxy.faults.items()):
            print(f"  request  {fault:39} {times:4}")
    print(f"  {len(run.runs)} writers, {sum(run.runs.values()):,} records acknowledged, {told.records:,} arrived")
    print(f"  {told.files:,} files, {told.recovered} recovered, {told.torn} torn lines set aside")
    print(f"  duplicates {told.repeated}, lost {told.lost}, gaps {told.gaps}; {time.monotonic() - begun:.0f} s")
    for wrong in told.wrong:
        print(f"  ✗ {wrong}")
    return int(bool(told.repeated or told.lost or told.gaps or told.wrong))


if __name__ == "__main__":
    sys.exit(main())
