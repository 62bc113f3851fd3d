"""What a start of the command line loads."""

from __future__ import annotations

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kedge.version import __version__


@pytest.fixture
def kedge():
    """Run the command line in a process of its own, and some code before it."""

    def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        script = f"import atexit, sys; {code}; from kedge.__main__ import main; main()"
        return subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)

    return run


def test_the_version_is_told_without_loading_a_command(kedge):
    heavy = "{'numpy', 'duckdb', 'pydantic', 'jinja2'}"
    done = kedge(f"atexit.register(lambda: print({heavy} & set(sys.modules)))", "--version")
    assert done.stdout == f"kedge {__version__}\nset()\n"


def test_a_package_that_cannot_be_loaded_ends_a_command_with_one_sentence(kedge):
    done = kedge("sys.modules['duckdb'] = None", "show", "report")
    assert done.returncode == 2
    assert done.stderr.startswith("kedge: A package that kedge needs cannot be loaded: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_without_its_packages_says_what_to_install(kedge, tmp_path):
    (tmp_path / "monitors.yaml").write_text("endpoints: {fraud: {captures: captures}}\n")
    done = kedge("sys.modules['sqlalchemy'] = None", "apply", "monitors.yaml")
    assert (done.returncode, "pip install 'kedge[server]'" in done.stderr) == (2, True)


def test_a_command_that_is_not_there_is_told_with_the_nearest(kedge):
    done = kedge("pass", "chek")
    assert done.returncode == 2
    assert "Did you mean 'check'?" in done.stderr


FIELDS = (("schedule_expression", "hourly", "daily"),)
ASKS = (
    ("schedule", "list"),
    ("schedule", "show", "x"),
    ("execution", "list"),
    ("execution", "show", "x"),
    ("catalog", "list"),
    ("query",),
    ("apply", "monitors.yaml"),
)


@pytest.fixture(scope="module")
def server():
    """A server that knows nothing: what it is asked for is not there, or an empty list."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            plural = self.path.partition("?")[0].count("/") == 2 and "query" not in self.path
            problem = {"type": "urn:kedge:problem:not-found", "detail": "There is none."}
            content = json.dumps({"items": [], "next": None} if plural else problem).encode()
            self.send_response(200 if plural else 404)
            self.send_header("Content-Type", "application/json" if plural else "application/problem+json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


@pytest.mark.parametrize("command", ASKS, ids=" ".join)
def test_a_command_that_asks_a_server_loads_no_engine_of_its_own(kedge, server, command):
    Path("monitors.yaml").write_text("endpoints: {}\n")
    heavy = "{'duckdb', 'sqlalchemy', 'fastapi', 'uvicorn', 'yaml', 'nanoarrow'}"
    done = kedge(f"atexit.register(lambda: print({heavy} & set(sys.modules)))", *command, "--server", server)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_server_would_change_is_shown_with_no_reader_of_its_file_here():
    told = "from kedge.interfaces.cli.apply import _lines; from kedge.domain.declaration import Difference"
    code = f"import sys; sys.modules['yaml'] = None; {told}; print(*_lines(Difference('~', 's', 'x', {FIELDS})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "when: hourly → daily\n", done.stderr


def test_an_apply_that_learns_nothing_loads_no_monitor(kedge):
    Path("monitors.yaml").write_text("endpoints:\n  fraud:\n    captures: captures\n")
    heavy = "{'numpy', 'duckdb', 'nanoarrow', 'kedge.service.jobs', 'kedge.service.choice'}"
    done = kedge(f"atexit.register(lambda: print({heavy} & set(sys.modules)))", "apply", "monitors.yaml")
    assert done.stdout.splitlines()[-2:] == ["Applied.", "set()"], done.stderr


def test_a_command_that_asks_a_server_starts_in_no_time(kedge, server):
    """0.3 seconds on a quiet machine; on a busy one as much more as what nobody can leave out takes."""
    timed = "import time; atexit.register(lambda: print(time.process_time()))"
    needed = "import atexit, time, typer, httpx, pydantic, rich.table; print(time.process_time())"
    asking, least = [], []
    for _ in range(5):
        asking.append(float(kedge(timed, "schedule", "list", "--server", server).stdout.split()[-1]))
        least.append(float(subprocess.run([sys.executable, "-c", needed], capture_output=True, text=True).stdout))
    assert min(asking) < max(0.4, 3 * min(least))


def test_kedge_is_imported_in_no_time():
    light = "{'httpx', 'pydantic', 'numpy', 'kedge.adapters'}"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, kedge; print({light} & set(sys.modules), 'Client' in dir(kedge))"],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "set() True\n"


def test_without_httpx_it_is_said_what_to_install(kedge):
    done = kedge("sys.modules['httpx'] = None", "schedule", "list", "--server", "http://127.0.0.1:1")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        "kedge: A server elsewhere needs the package httpx, which is not installed. Run: pip install 'kedge[client]'",
    )
