"""What capture costs a server under load: a model behind FastAPI and uvicorn, with capture and without it, in turns.

Both servers stay up and are asked in turns, a few seconds each, so that a machine that others share treats them alike.
At a constant rate the processor time and the memory of the server and of the shipper that it started are held against
the whole machine; at saturation the requests a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from math import exp, log, sqrt
from pathlib import Path
from statistics import mean, median, quantiles, stdev
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psutil
from scipy.stats import t as student

from .capture_server import FEATURES
from .measure import MIB, Options, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RATE, WARM_SECONDS = 500, 3
BLOCKS, BLOCK_SECONDS = 12, 5
CONNECTIONS = 16
PAIRS, WRK_SECONDS = 8, 5
CPU_POINTS, MEMORY_SHARE, MEMORY_MIB = 1.0, 0.01, 20.0
BODY = json.dumps({"instances": [[round(i * 0.7071, 12) for i in range(FEATURES)]]})
HEAD = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
ASKED = f"{HEAD}{len(BODY)}\r\n\r\n{BODY}".encode()
HEADINGS = ("medians", "CPU %", "shipper", "p50 ms", "p99 ms")
LUA = f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{BODY}'
"""


@dataclass
class Load:
    """What a server and the shipper beside it took: points of the machine's processors, and milliseconds a request."""

    cpu: float
    shipper: float
    p50: float
    p99: float


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for the constant rate, and for saturation."""
    blocks = 2 if options.quick else BLOCKS
    with _serving(False) as (off_port, off), _serving(True) as (on_port, on):
        yield f"{RATE} requests a second, {blocks} x {BLOCK_SECONDS} s off and on in turns, {os.cpu_count()} processors"
        for port in (off_port, on_port):
            asyncio.run(_ask(port, WARM_SECONDS))
        loads = [(_load(off_port, off), _load(on_port, on)) for _ in range(blocks)]
        yield markdown(HEADINGS, [_line("off", [off for off, _ in loads]), _line("on", [on for _, on in loads])])
        yield markdown(("capture adds", "", "95 % interval", "target", ""), _added(loads, off, on))
        if shutil.which("wrk") is None:
            yield "Saturation was not measured: wrk is not installed."
            return
        yield f"Saturation: wrk with {CONNECTIONS} connections"
        saturated = _saturated(off_port, on_port, 2 if options.quick else PAIRS)
        yield markdown(("", "requests/s", "on over off", "95 % interval"), saturated)


def _line(name: str, loads: Sequence[Load]) -> tuple[str, ...]:
    return (name, *(f"{median(figures):.2f}" for figures in zip(*map(astuple, loads), strict=True)))


def _added(loads: list[tuple[Load, Load]], off: psutil.Process, on: psutil.Process) -> list[tuple[str, ...]]:
    server = [after.cpu - before.cpu for before, after in loads]
    both = [after.cpu + after.shipper - before.cpu for before, after in loads]
    memory, shipper = _rss(on) - _rss(off), sum(_rss(child) for child in on.children(recursive=True))
    share = MEMORY_SHARE * psutil.virtual_memory().total / MIB
    return [
        ("points of the machine's CPU, server", *_interval(server), "", ""),
        ("the same with the shipper", *_interval(both), *_verdict(mean(both), CPU_POINTS)),
        ("MiB, server", f"{memory:.1f}", "", *_verdict(memory, MEMORY_MIB)),
        ("the same with the shipper, of 1 %", f"{memory + shipper:.1f}", "", *_verdict(memory + shipper, share)),
    ]


def _interval(values: list[float]) -> tuple[str, str]:
    half = _half(values)
    return f"{mean(values):.2f}", f"{mean(values) - half:.2f} to {mean(values) + half:.2f}"


def _half(values: list[float]) -> float:
    """Return half of the 95 % interval of a mean."""
    return float(student.ppf(0.975, len(values) - 1)) * stdev(values) / sqrt(len(values))


def _verdict(found: float, most: float) -> tuple[str, str]:
    return f"at most {most:.0f}", "met" if found <= most else "missed"


def _load(port: int, server: psutil.Process) -> Load:
    shippers = server.children(recursive=True)
    start, before, beside = time.perf_counter(), _cpu([server]), _cpu(shippers)
    took = asyncio.run(_ask(port, BLOCK_SECONDS))
    wall = (time.perf_counter() - start) * (os.cpu_count() or 1) / 100
    cuts = quantiles(took, n=100)
    return Load((_cpu([server]) - before) / wall, (_cpu(shippers) - beside) / wall, 1000 * cuts[49], 1000 * cuts[98])


@contextmanager
def _serving(on: bool) -> Iterator[tuple[int, psutil.Process]]:
    """Serve, and yield the port and the process; in the end everything that was captured must have been shipped."""
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        capture = [f"{folder}/journal", f"{folder}/shipped"] if on else []
        server = subprocess.Popen([sys.executable, "-m", "benchmarks.capture_server", str(port), *capture])
        try:
            _await(port)
            yield port, psutil.Process(server.pid)
        finally:
            shippers = psutil.Process(server.pid).children(recursive=True)
            server.send_signal(signal.SIGTERM)
            server.wait()
            psutil.wait_procs(shippers, 30)
        if on:
            _told(Path(folder))


def _told(folder: Path) -> None:
    """Say what became of the requests."""
    counts = [json.loads(file.read_bytes())["counts"] for file in folder.rglob("processes/*.json")]
    counts += [json.loads(file.read_bytes())["counts"] for file in folder.rglob("past.json")]
    seen, dropped = sum(one["seen"] for one in counts), [one["dropped"] for one in counts if one["dropped"]]
    shipped = sum(file.read_bytes().count(b"\n") for file in folder.rglob("shipped/**/*.jsonl"))
    print(f"of {seen:,} requests {shipped:,} were shipped; dropped: {dropped or 'none'}")


def _await(port: int) -> None:
    for _ in range(600):
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port)).close()
        time.sleep(0.05)
    sys.exit("The server does not start.")


def _cpu(processes: list[psutil.Process]) -> float:
    """Return the seconds that processes took."""
    spent = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            spent += sum(process.cpu_times()[:2])
    return spent


def _rss(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / MIB
    except psutil.NoSuchProcess:
        return 0.0


async def _ask(port: int, seconds: float) -> list[float]:
    """Send requests at a constant rate, and return how long each took from when it was due."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    took: list[float] = []

    async def one(due: float) -> None:
        reader, writer = await free.get()
        writer.write(ASKED)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))  # type: ignore[index]
        took.append(time.perf_counter() - due)
        free.put_nowait((reader, writer))

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(RATE * seconds)):
            due = start + number / RATE
            await asyncio.sleep(max(0, due - time.perf_counter()))
            group.create_task(one(due))
    while not free.empty():
        free.get_nowait()[1].close()
    return took


def _saturated(off_port: int, on_port: int, pairs: int) -> list[tuple[str, ...]]:
    with TemporaryDirectory() as folder:
        script = Path(folder) / "ask.lua"
        script.write_text(LUA)
        rates = [(_wrk(off_port, script), _wrk(on_port, script)) for _ in range(pairs)]
    logs = [log(on / off) for off, on in rates]
    middle, half = mean(logs), _half(logs)
    off, on = (mean(one) for one in zip(*rates, strict=True))
    interval = f"{exp(middle - half):.3f} to {exp(middle + half):.3f}"
    return [("off", f"{off:,.0f}", "", ""), ("on", f"{on:,.0f}", f"{exp(middle):.3f}", interval)]


def _wrk(port: int, script: Path) -> float:
    url = f"http://127.0.0.1:{port}/predict"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}s", "-s", str(script), url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in told, told
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])  # type: ignore[index]
