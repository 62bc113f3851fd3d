"""The capturing proxy beside nginx as a bare one: same upstream, same load, in turns.

The upstream is an nginx that answers by itself, so that what differs is the proxies'. All of them share the machine
with the load: requests a second are lower than on a machine of their own, and so for all alike. The processor time of a
request is what a busy machine disturbs least.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .measure import Options, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = ("nginx", "wrk")
NGINX, BARE, CAPTURING = "nginx", "kedge, capture off", "kedge, capture on"
SECONDS = 5
CONNECTIONS = (1, 16, 64)
LOAD = """
wrk.method = "POST"
wrk.body = string.rep("0.5,", 256)
wrk.headers["Content-Type"] = "text/csv"
wrk.headers["X-Amzn-SageMaker-Inference-Id"] = "order-17"
"""
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log error;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {content}
}}
"""
UPSTREAM = "server {{ listen 127.0.0.1:{port}; location / {{ default_type text/csv; return 200 '{answer}'; }} }}"
PROXY = """
  upstream model {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000; }}
  server {{ listen 127.0.0.1:{port}; location / {{
    proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection "";
  }} }}
"""
OFF = """
from kedge.endpoint.proxy import Proxy
from kedge.endpoint.server import serve
from kedge.endpoint.upstream import Upstream
serve(Proxy(Upstream("http://127.0.0.1:{upstream}")), port={port})
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for every number of connections."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        yield f"Proxies are not compared: {' and '.join(missing)} not installed (apt-get install nginx-light wrk)."
        return
    with TemporaryDirectory() as folder, ExitStack() as stack:
        served = _started(Path(folder), stack)
        (Path(folder) / "load.lua").write_text(LOAD)
        for connections in (16,) if options.quick else CONNECTIONS:
            yield f"Proxies, 1 KB asked and 1 KB answered, {connections} connections"
            yield _table(Path(folder), served, connections, options)


def _started(folder: Path, stack: ExitStack) -> dict[str, tuple[int, int]]:
    """Start upstream and proxies; return their ports and processes."""
    ports = {name: _free() for name in ("no proxy", NGINX, BARE, CAPTURING)}
    upstream = ports["no proxy"]
    kedge = [sys.executable, "-m", "kedge", "capture", "proxy", "--endpoint", "e", "--journal", str(folder / "journal")]
    kedge += ["--upstream", f"http://127.0.0.1:{upstream}", "--port", str(ports[CAPTURING]), "--disk-share", "1"]
    commands = (
        _nginx(folder / "upstream", UPSTREAM.format(port=upstream, answer="0.87," * 205)),
        _nginx(folder / "proxy", PROXY.format(port=ports[NGINX], upstream=upstream)),
        [sys.executable, "-c", OFF.format(port=ports[BARE], upstream=upstream)],
        kedge,
    )
    processes = [stack.enter_context(_running(command)) for command in commands]
    for port in ports.values():
        _wait(port)
    return {name: (port, process) for (name, port), process in zip(ports.items(), processes, strict=True)}


def _nginx(folder: Path, content: str) -> list[str]:
    folder.mkdir()
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder, content=content))
    return ["nginx", "-c", str(folder / "conf"), "-e", str(folder / "log")]


def _table(folder: Path, served: dict[str, tuple[int, int]], connections: int, options: Options) -> str:
    seconds = 2 if options.quick else SECONDS
    rounds = [
        {name: _loaded(folder, *where, connections, seconds) for name, where in served.items()}
        for _ in range(options.rounds)
    ]
    lines = []
    for name in served:
        rate, middle, late, cpu = (median(found[name][i] for found in rounds) for i in range(4))
        share = median(found[name][0] / found[NGINX][0] for found in rounds)
        odd = sum(found[name][4] for found in rounds)
        figures = (f"{rate:,.0f}", f"{share:.2f}", f"{middle:.2f}", f"{late:.2f}", f"{cpu:.0f}", f"{odd:.0f}")
        lines.append([name, *figures])
    return markdown(("proxy", "requests/s", "of nginx", "p50 ms", "p99 ms", "CPU µs each", "not 200"), lines)


def _loaded(folder: Path, port: int, process: int, connections: int, seconds: int) -> tuple[float, ...]:
    """Return requests a second, two quantiles of latency in ms, µs of the processor each, and odd answers."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(folder / "load.lua")]
    before = _cpu(process)
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/invocations"], capture_output=True, text=True, check=True
    )
    said = done.stdout
    odd = sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", said)))
    count = int(_found(r"(\d+) requests in", said))
    each = (_cpu(process) - before) / max(count, 1) * 1e6
    return _found(r"Requests/sec:\s+([\d.]+)", said), _milliseconds(said, "50"), _milliseconds(said, "99"), each, odd


def _found(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def _cpu(process: int) -> float:
    """Return the processor's seconds of a process and its workers."""
    import psutil

    whole = psutil.Process(process)
    return sum(sum(each.cpu_times()[:2]) for each in (whole, *whole.children()))


def _milliseconds(said: str, share: str) -> float:
    found = re.search(rf"\n\s+{share}%\s+([\d.]+)(us|ms|s)\n", said)
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]] if found else float("nan")


@contextmanager
def _running(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _wait(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"Nobody listens at port {port}.")
