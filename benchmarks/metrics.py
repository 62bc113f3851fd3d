"""Metrics: points a second into the database, a week out of it, and what Prometheus is told of a thousand features."""

from __future__ import annotations

import json
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from .measure import Options, calibration, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

FEATURES = 1_000
HOURS = 24
LIMITS = {"/metrics, 1,000 features": 0.1}
ASK = """
import json, sys, urllib.request
from datetime import UTC, datetime, timedelta
from time import perf_counter
from kedge.app import hub
from kedge.domain.metric import Metric, Point
from kedge.interfaces.cli.serve import listening
from kedge.settings import Settings

folder, features, hours = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
settings = Settings(data=folder, listen="127.0.0.1:0")
stems = ("data", "non_null", "null", "completeness", "estimated_unique_values", "fractional_counts",
         "integral_counts", "string_counts", "boolean_counts", "unknown_counts", "baseline_drift")
start, hour, figures = datetime(2026, 11, 1, tzinfo=UTC), timedelta(hours=1), {}
data = "aws/sagemaker/Endpoints/data-metrics"
metrics = [
    Metric.of(data, f"feature_{stem}_f{n}", {"Endpoint": "e", "MonitoringSchedule": "s", "Feature": f"f{n}"})
    for n in range(features) for stem in stems
]

def timed(what, work, times=1):
    took = []
    for _ in range(times):
        begun = perf_counter()
        work()
        took.append(perf_counter() - begun)
    figures[what] = [sorted(took)[len(took) // 2], 1]

with hub(settings) as opened:
    points = opened.records.points
    begun = perf_counter()
    for n in range(hours):
        points.append([(metric, Point(start + n * hour, 1.0)) for metric in metrics], once=f"e-{n}")
    figures["points in"] = [perf_counter() - begun, hours * len(metrics)]
    week = (metrics[-1], start, start + timedelta(days=7), 3600, "Average")
    timed("a week of one metric", lambda: points.query(*week), 5)
with listening(settings) as serving, hub(settings) as opened:
    serving.start()
    scrape = lambda: urllib.request.urlopen(f"{serving.url}/metrics").read()
    timed("/metrics, the first time", scrape)
    timed(f"/metrics, {features:,} features", scrape, 9)
    one = [(metrics[0], Point(start, 1.0))]
    timed("a point, and /metrics", lambda: (opened.records.points.append(one), scrape()), 9)
    figures["lines of it"] = [0.0, scrape().count(b"\\n")]
    serving.stop()
    serving.join()
print(json.dumps(figures))
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    hours = 3 if options.quick else HOURS
    with TemporaryDirectory() as folder:
        command = (sys.executable, "-c", ASK, folder, str(FEATURES), str(hours))
        found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    lines = found.pop("lines of it")[1]
    yield f"{hours} hours of {FEATURES:,} features, {lines:,} lines; the calibration loop takes {calibration():.2f} s"
    yield markdown(("what", "s", "a second", "target", ""), [_line(what, *found[what]) for what in found])


def _line(what: str, seconds: float, times: int) -> tuple[str, ...]:
    limit = LIMITS.get(what)
    target = ("", "") if limit is None else (f"under {limit:g} s", "met" if seconds < limit else "missed")
    return (what, f"{seconds:.3f}", f"{times / seconds:,.0f}", *target)
