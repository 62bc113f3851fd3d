"""What a start of the command line loads."""

from __future__ import annotations

import subprocess
import sys

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


def test_a_command_that_is_not_there_is_told_with_the_nearest(kedge):
    done = kedge("pass", "chek")
    assert done.returncode == 2
    assert "Did you mean 'check'?" in done.stderr
