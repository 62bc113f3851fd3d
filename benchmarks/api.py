"""The REST interface beside a bare FastAPI route that sends the same bytes, under the same load, in turns.

Server and load share the machine. The bare route does nothing but send an answer that it has, from a thread as ours do:
what is between them is the catalog, the database and who asks.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from kedge.adapters.databases.sql import Sql
from kedge.domain.catalog import Endpoint, Execution, to_record
from kedge.domain.window import HOUR, Window
from kedge.service.memory.remembering import MARK

from .capture_proxy import _cpu, _found, _free, _milliseconds, _wait
from .measure import Options, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECONDS, CONNECTIONS, EXECUTIONS = 5, 16, 10_000
NAME = "hourly-0"
REMEMBERED = timedelta(minutes=1)  # ahead: it looks back a little
PATHS = {
    "list, 20 of 10,000 executions": "/v1/executions?order=time&descending=true&limit=20",
    "show an execution": f"/v1/executions/{NAME}",
    "download a report, 300 kB": f"/v1/executions/{NAME}/report/report.html",
}
BARE = """
import sys
from pathlib import Path
import uvicorn
from fastapi import FastAPI, Response
app, answers = FastAPI(), [path.read_bytes() for path in sorted(Path(sys.argv[2]).iterdir())]
@app.get("/{number}")
def answer(number: int) -> Response:
    return Response(answers[number], media_type="application/json")
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    if shutil.which("wrk") is None:
        yield "The REST interface is not measured: wrk is not installed (apt-get install wrk)."
        return
    with tempfile.TemporaryDirectory() as at, ExitStack() as stack:
        folder = Path(at)
        _fill(folder)
        ours, bare = _free(), _free()
        listen = ["--listen", f"127.0.0.1:{ours}", "--workers", "0", "--data", str(folder)]
        served = stack.enter_context(_running([sys.executable, "-m", "kedge", "serve", *listen]))
        _wait(ours)
        _keep_answers(folder / "answers", ours)
        plain = stack.enter_context(_running([sys.executable, "-c", BARE, str(bare), str(folder / "answers")]))
        _wait(bare)
        yield f"The REST interface, {CONNECTIONS} connections, SQLite"
        yield _table((ours, served), (bare, plain), options)


def _fill(folder: Path) -> None:
    """Make executions, the first of which has a report."""
    report = folder / "report"
    report.mkdir()
    (report / "report.html").write_text("<p>drift</p>" * 25_000)
    records = Sql(f"sqlite:///{folder}/kedge.db")
    records.put(to_record(Endpoint(name="fraud", captures="captures")), "")
    for i in range(EXECUTIONS):
        slot = NOON - i * HOUR
        made = Execution(
            name=f"hourly-{i}",
            monitoring_schedule_name="hourly",
            monitoring_job_definition_name="quality",
            endpoint_name="fraud",
            scheduled_time=slot,
            window=Window(slot - HOUR, slot),
            status="Completed",
            report=str(report),
        )
        records.put(to_record(made), "")
    later = datetime.now(UTC) + REMEMBERED
    records.put(replace(MARK, time=later), "")  # or the server would look through all of them while it is measured
    records.close()


def _keep_answers(folder: Path, port: int) -> None:
    """Keep what ours answers, for the bare route to send the same."""
    folder.mkdir()
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    for number, path in enumerate(PATHS.values()):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{path} is answered by {answer.status}: {body[:200]!r}")
        (folder / str(number)).write_bytes(body)
    connection.close()


def _table(ours: tuple[int, int], bare: tuple[int, int], options: Options) -> str:
    lines = []
    for number, (name, path) in enumerate(PATHS.items()):
        rounds = [(_loaded(*bare, f"/{number}", options), _loaded(*ours, path, options)) for _ in range(options.rounds)]
        for who, at in (("a bare route", 0), ("kedge", 1)):
            rate, middle, late, cpu = (median(found[at][i] for found in rounds) for i in range(4))
            share = median(found[at][0] / found[0][0] for found in rounds)
            odd = sum(found[at][4] for found in rounds)
            figures = (f"{rate:,.0f}", f"{share:.2f}", f"{middle:.1f}", f"{late:.1f}", f"{cpu:,.0f}", f"{odd:.0f}")
            lines.append([f"{name}: {who}", *figures])
    return markdown(("", "requests/s", "of the bare one", "p50 ms", "p99 ms", "CPU µs each", "not 200"), lines)


def _loaded(port: int, process: int, path: str, options: Options) -> tuple[float, ...]:
    """Return requests a second, two quantiles of latency in ms, µs of the processor each, and odd answers."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{2 if options.quick else SECONDS}s", "--latency"]
    before = _cpu(process)
    url = f"http://127.0.0.1:{port}{path}"
    said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    odd = sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", said)))
    each = (_cpu(process) - before) / max(int(_found(r"(\d+) requests in", said)), 1) * 1e6
    return _found(r"Requests/sec:\s+([\d.]+)", said), _milliseconds(said, "50"), _milliseconds(said, "99"), each, odd


@contextmanager
def _running(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)
