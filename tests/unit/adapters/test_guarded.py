"""What a library calls is looked at when it calls it, whichever way it does."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kedge.adapters.net.guarded import Guard
from kedge.domain.addresses import Addresses

CODE = """
import socket, subprocess, sys, threading
from kedge.adapters.net.guarded import Guard
from kedge.domain.addresses import Addresses
guard = Guard(Addresses.of({allowed!r})).stand()
def call():
    try:
        {code}
        print("called")
    except PermissionError:
        print("refused")
thread = threading.Thread(target=call)
thread.start()
thread.join()
"""


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def tried(code, allowed=""):
    """Return what becomes of code in another thread of a guarded process."""
    command = [sys.executable, "-c", CODE.format(code=code, allowed=allowed)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('127.0.0.1', PORT))",
        "socket.create_connection(('localhost', PORT))",
        "socket.socket().connect(('127.0.0.1', PORT))",
        "socket.socket().connect(('localhost', PORT))",
        "socket.socket().connect_ex(('127.0.0.1', PORT))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', PORT))",
        "socket.socket(socket.AF_UNIX).connect('/dev/log')",
        "__import__('asyncio').run(__import__('asyncio').open_connection('127.0.0.1', PORT))",
        "subprocess.run(['true'])",
        "__import__('os').system('true')",
        "__import__('syslog').syslog('x')",
    ],
)
def test_whatever_a_thread_calls_is_refused_where_it_may_not(port, code):
    assert tried(code.replace("PORT", str(port))) == "refused"


def test_what_is_allowed_is_called(port):
    assert tried(f"socket.create_connection(('127.0.0.1', {port}))", "127.0.0.0/8") == "called"


def test_a_name_that_also_leads_to_a_private_address_is_refused():
    public, private = ((2, 1, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1"))
    guard = Guard(Addresses(), lambda *_: [public, private])
    with pytest.raises(PermissionError, match="it is private"):
        guard.resolved("models.example.com", 80)


def test_addresses_of_a_name_that_is_allowed_are_allowed_only_when_it_was_looked_up():
    found = (2, 1, 6, "", ("10.0.0.1", 80))
    guard = Guard(Addresses.of("am.internal"), lambda *_: [found])
    with pytest.raises(PermissionError):
        guard.heard("socket.connect", (None, ("10.0.0.1", 80)))
    guard.resolved("am.internal", 80)
    guard.heard("socket.connect", (None, ("10.0.0.1", 80)))


def test_this_process_is_not_guarded():
    assert Path(socket.getaddrinfo.__code__.co_filename).name == "socket.py"


@pytest.mark.parametrize("allowed", ["", "*"])
@pytest.mark.parametrize("code", ["open('key.json')", "__import__('pathlib').Path('../../etc/passwd').read_bytes()"])
def test_no_file_is_read_that_is_none_of_a_library(code, allowed):
    Path("key.json").write_text("{}")
    assert tried(code, allowed) == "refused"


def test_what_libraries_are_made_of_is_read():
    code = "__import__('mimetypes').init(); import email.mime.text; open(email.__file__); open('/dev/null')"
    assert tried(code) == "called"
