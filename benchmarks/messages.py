"""Messages of ten thousand alarms that go off in a minute, to a slow channel beside a quick one."""

from __future__ import annotations

import json
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from .measure import Options, calibration, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

ALARMS = 10_000
SECONDS = 60
LIMITS = {"messages": 4}  # to two channels: at once, and of those that came later
ASK = """
import json, sys, time
from datetime import UTC, datetime, timedelta
from threading import Event
from time import perf_counter, sleep
from types import SimpleNamespace
from kedge.adapters.databases.sql import Sql
from kedge.app.messaging import messaging
from kedge.domain.access import WorkspaceSettings
from kedge.domain.alarm import Alarm, Alert
from kedge.domain.catalog import to_record
from kedge.domain.channel import Channel
from kedge.domain.metric import Metric
from kedge.domain.notification import Notification, Outcome
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription
from kedge.settings import Settings

folder, alarms, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
records, now, looks, sent = Sql(f"sqlite:///{folder}/kedge.db"), [datetime.now(UTC)], [], {}
for n in range(alarms):
    metric = Metric.of("data", f"feature_baseline_drift_f{n}", {"Endpoint": "e", "MonitoringSchedule": f"s{n % 500}"})
    records.put(to_record(Alarm(name=f"a{n}", metric=metric)), "")
for name in ("slow", "quick"):
    records.put(to_record(Channel(name=name, webhook="https://a.example")), "")
records.put(to_record(Subscription(name="team", to=("slow", "quick"))), "")

class Takes:
    def __init__(self, channel): self.channel = channel
    def notify(self, one):
        sleep(5.0 if self.channel.name == "slow" else 0.0)
        sent.setdefault(one.to, []).append((one.name, perf_counter()))
        return Outcome("sent")

clock, stop = SimpleNamespace(now=lambda: now[0]), Event()
made = messaging(Settings(), WorkspaceSettings(name="default"), records, None, clock, stop, Takes)
each, began = alarms // seconds, perf_counter()
decided = []

def look():
    begun = perf_counter()
    made.once(now[0])
    looks.append(perf_counter() - begun)

look()
for second in range(seconds + 300):
    now[0] += timedelta(seconds=1)
    for n in range(second * each, min((second + 1) * each, alarms) if second < seconds else 0):
        went = Alert(name=f"a{n}", state="ALARM", since=now[0], number=1)
        records.put(to_record(went), "alarms")
    look()
for _ in range(600):
    if not records.list(Query(Notification.kind, status=("waiting",), limit=1)):
        break
    sleep(0.1)
looks.sort()
quick, slow = sent["quick"], sent["slow"]
print(json.dumps({
    "messages": len(quick) + len(slow),
    "look, p50": looks[len(looks) // 2], "look, p99": looks[int(len(looks) * 0.99)], "look, the longest": looks[-1],
    "from the first to the last message of the quick channel": quick[-1][1] - quick[0][1],
    "the same of one that takes 5 s a message": slow[-1][1] - quick[0][1],
}))
made.rest(5)
records.close()
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    alarms = ALARMS // 10 if options.quick else ALARMS
    with TemporaryDirectory() as folder:
        command = (sys.executable, "-c", ASK, folder, str(alarms), str(SECONDS))
        found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    yield f"{alarms:,} alarms of 500 schedules in a minute of the server's time; calibration {calibration():.2f} s"
    yield markdown(("what", "", "target", ""), [_line(what, value) for what, value in found.items()])


def _line(what: str, value: float) -> tuple[str, ...]:
    limit = LIMITS.get(what)
    target = ("", "") if limit is None else (f"{limit} at most", "met" if value <= limit else "missed")
    return (what, f"{value}" if isinstance(value, int) else f"{value:.3f} s", *target)
