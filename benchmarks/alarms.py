"""Alarms: how long after a value was kept its alarm has gone, at 100,000 points a minute.

One thread appends as publishing does, execution by execution, and tells; another one looks as the server does, with its
pause. The lag is from the end of the append to the end of the look that recorded the alarm's state: most of it is the
pause. Every metric has a point a minute, every alarm looks at one, and a share of them goes off.
"""

from __future__ import annotations

import json
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .measure import Options, calibration, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

POINTS = 100_000  # a minute, each of a metric of its own
EXECUTION = 100  # points that are published together
SECONDS = 60
# How many alarms, and one of how many goes off.
LOADS = ((1_000, 10), (10_000, 10), (10_000, 1))
ASK = """
import json, sys
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import perf_counter, process_time, sleep
from kedge.adapters.databases.sql import Sql
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import to_record
from kedge.domain.metric import Metric, Point, begun
from kedge.service.alarms.alarming import Alarming
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching
from kedge.service.server import IDLE_SECONDS

url, points, together, seconds, alarms, rare = sys.argv[1], *map(int, sys.argv[2:])
database = Sql(url)
alarming = Alarming(Watching(database, Values(database, database.points, None)))
metrics = [
    Metric.of("data", f"drift_f{n % together}", {"Endpoint": f"e{n // together}", "Feature": f"f{n % together}"})
    for n in range(points)
]
spread = points // alarms
watched = {n: f"a{n}" for n in range(0, points, spread)}
minute, going = timedelta(minutes=1), {n for place, n in enumerate(watched) if place % rare == 0}

def publish(execution, time, value):
    numbers = range(execution * together, (execution + 1) * together)
    data = [(metrics[n], Point(time, value if n in going else 0.1)) for n in numbers]
    database.points.append(data, once=f"{execution} {time}")
    kept = perf_counter()
    alarming.tell(f"s{execution}", [metric for metric, _ in data])
    return {watched[n]: kept for n in numbers if n in going}

with database._engine.begin() as connection:
    now = datetime.now(UTC)
    for n, name in watched.items():
        alarm = Alarm(name=name, metric=metrics[n], threshold=0.5, period=minute)
        values = {"workspace": "default", "parent": "", "status": "", "version": 1, "created": n, "modified": n}
        record = to_record(alarm)
        values |= {"kind": record.kind, "name": record.name, "document": record.document, "time": -(2**62)}
        connection.execute(database._create, values)
executions = points // together
for execution in range(executions):
    publish(execution, begun(datetime.now(UTC), 60) - minute, 0.1)
alarming.once(datetime.now(UTC))
alarming.once(datetime.now(UTC))

kept, gone, looks, ended = {}, {}, [], []
def load():
    begun_at = perf_counter()
    for execution in range(executions * seconds // 60):
        wait = begun_at + execution * 60 / executions - perf_counter()
        sleep(max(wait, 0))
        kept.update(publish(execution, begun(datetime.now(UTC), 60), 0.9))
    ended.append(perf_counter() - begun_at)

loading, used, start = Thread(target=load), process_time(), perf_counter()
loading.start()
while loading.is_alive() or (kept.keys() - gone.keys() and perf_counter() - start < 4 * seconds):
    begun_at = perf_counter()
    went = alarming.once(datetime.now(UTC))
    done = perf_counter()
    looks.append(done - begun_at)
    gone.update((alert.name, done) for alert in went if alert.state == "ALARM" and alert.name not in gone)
    sleep(IDLE_SECONDS)
share = (process_time() - used) / (perf_counter() - start)
lags = sorted(gone[name] - kept[name] for name in kept if name in gone)
database.close()
print(json.dumps({
    "rate": executions * seconds // 60 * together / ended[0] * 60, "went": len(lags), "lost": len(kept) - len(lags),
    "p50": lags[len(lags) // 2], "p99": lags[len(lags) * 99 // 100], "most": lags[-1], "look": max(looks), "cpu": share,
}))
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    seconds, loads = (10, LOADS[:2]) if options.quick else (SECONDS, LOADS)
    yield f"{POINTS:,} points a minute for {seconds} s; the calibration loop takes {calibration():.2f} s"
    head = (
        "alarms",
        "go off",
        "not seen",
        "points a minute",
        "lag p50 s",
        "p99 s",
        "longest s",
        "longest look s",
        "CPU",
    )
    yield markdown(head, [_line(alarms, rare, seconds) for alarms, rare in loads])


def _line(alarms: int, rare: int, seconds: int) -> tuple[str, ...]:
    with TemporaryDirectory() as folder:
        numbers = map(str, (POINTS, EXECUTION, seconds, alarms, rare))
        command = (sys.executable, "-c", ASK, f"sqlite:///{folder}/kedge.db", *numbers)
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    counts = (f"{found['went']:,}", f"{found['lost']:,}", f"{found['rate']:,.0f}")
    return (
        f"{alarms:,}",
        *counts,
        *(f"{found[name]:.2f}" for name in ("p50", "p99", "most", "look")),
        f"{found['cpu']:.0%}",
    )
