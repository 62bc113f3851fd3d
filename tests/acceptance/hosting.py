"""A real host of models on a real port, and those who ask it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections import Counter
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import kedge

SOURCE = str(Path(kedge.__file__).parents[1])
VARIANT = "x-amzn-invoked-production-variant"


class Answer(NamedTuple):
    status: int
    body: str
    headers: dict[str, str]


class Hosted:
    """One host, from its start to its end."""

    def __init__(self, *arguments: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = Path(f"log-{self.port}.txt").absolute()
        own = ("--endpoint", "fraud", "--port", str(self.port), "--disk-share", "1")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*kedge_command("serve-model"), *arguments, *own],
                env=environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def asked(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read().decode(), told)
        finally:
            connection.close()

    def invoked(self, body: bytes | str, content_type: str = "text/csv", **headers: str) -> Answer:
        data = body.encode() if isinstance(body, str) else body
        return self.asked("POST", "/invocations", data, Content_Type=content_type, **headers)

    def logged(self, text: str, seconds: float = 10) -> bool:
        """Wait until the log holds a text."""
        return soon(lambda: text in self.log.read_text(), seconds)

    @property
    def up(self) -> bool:
        try:
            return self.asked("GET", "/ping").status == 200
        except OSError:
            return False

    def end(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@contextmanager
def hosted(*arguments: str):
    """Run a host until it is up, and end it afterwards."""
    host = Hosted(*arguments)
    try:
        soon(lambda: host.up or host.process.poll() is not None, 60)
        assert host.up, host.log.read_text()
        yield host
    finally:
        host.process.kill()
        host.process.wait()


def archived(script: str, name: str = "model.tar.gz", place: str = "code/inference.py", **files: Path) -> str:
    """Pack a script as a model."""
    Path("inference-written.py").write_text(script)
    with tarfile.open(name, "w:gz") as archive:
        archive.add("inference-written.py", place)
        for file in files.values():
            archive.add(file, file.name)
    return name


def run(*arguments: str) -> tuple[int, str]:
    """Run a command to its end."""
    done = subprocess.run(
        kedge_command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    return done.returncode, done.stdout.decode()


def kedge_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "kedge", *arguments]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": SOURCE, "COLUMNS": "200"}


def soon(holds, seconds: float = 10) -> bool:
    """Return whether something holds before long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def loaded(host: Hosted, threads: int = 4):
    """Ask without a pause while something else is done; yield how often there was which status and variant."""
    seen: Counter[tuple[int, str]] = Counter()
    ended = Event()

    def ask() -> None:
        with closing(HTTPConnection("127.0.0.1", host.port, timeout=30)) as connection:
            while not ended.is_set():
                connection.request("POST", "/invocations", b"1,2", {"Content-Type": "text/csv"})
                response = connection.getresponse()
                response.read()
                seen[response.status, response.headers.get(VARIANT, "")] += 1

    asking = [Thread(target=_counted, args=(ask, seen)) for _ in range(threads)]
    for thread in asking:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in asking:
            thread.join()


def _counted(ask, seen: Counter[tuple[int, str]]) -> None:
    try:
        ask()
    except OSError as error:
        seen[0, repr(error)] += 1
