"""The pages of the documentation, and what runs what they show."""

from __future__ import annotations

import doctest
import os
import re
import shutil
from contextlib import chdir
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from tests.docs.shell import Shell, shell

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w.]+\.\w+)\n")
GOES_ON = re.compile(r"[Gg]o(?:es)? on from\s+\[[^]]+\]\(([^)]+)\)")
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
UNSEEN = {0xA0: " "} | dict.fromkeys(range(0x2066, 0x206A))  # no page can show what keeps words and names together


@pytest.fixture(scope="session")
def run_page(tmp_path_factory):
    """Run the blocks of a page, with the files of the page that it goes on from.

    A block whose first line is ``# name.ext`` is saved under that name; ``console`` and ``python`` blocks are run,
    and what they print is compared with what the page shows, ``...`` standing for anything. What it leaves running is
    ended. A page of the documentation is run once, in a folder of its own that all workers share; another one in the
    present folder.
    """
    own = tmp_path_factory.getbasetemp()
    shared = Path(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own, "pages")

    def after(page: Path) -> Path:
        folder = shared / page.relative_to(DOCS).with_suffix("")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_suffix(".lock").open("w") as lock:
            flock(lock, LOCK_EX)  # who comes second waits for who runs it
            if not folder.with_suffix(".done").exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a run that failed
                folder.mkdir()
                with chdir(folder):
                    run(page)
                folder.with_suffix(".done").touch()
        return folder

    def run(page: Path) -> None:
        text = page.read_text("utf-8")
        for before in GOES_ON.findall(text):
            shutil.copytree(after((page.parent / before).resolve()), ".", dirs_exist_ok=True)
        with shell() as sh:
            names: dict[str, object] = {}
            for language, block in BLOCK.findall(text):
                _block(language, block, page.name, names, sh)

    return lambda page: after(page) if page.is_relative_to(DOCS) else run(page)


def _block(language: str, block: str, page: str, names: dict[str, object], sh: Shell) -> None:
    if file := FILE.match(block):
        Path(file[1]).write_text(block, "utf-8")
    elif language == "console":
        _console(block, page, sh)
    elif language == "python":
        _python(block, page, names)


def _console(block: str, page: str, sh: Shell) -> None:
    """Run the lines that start with ``$``, each with the exit code of the one before in ``$?``."""
    _, *commands = re.split(r"^\$ ", block, flags=re.MULTILINE)
    code = 0
    for entry in commands:
        command, _, shown = entry.partition("\n")
        code, printed = sh(f"(exit {code})\n{command}")
        printed = printed.translate(UNSEEN)
        if not doctest.OutputChecker().check_output(shown, printed, LENIENT):
            pytest.fail(f"{page}: $ {command}\nprints:\n{printed}", pytrace=False)
        if code != _expected(command, shown):
            pytest.fail(f"{page}: $ {command} exited with {code}\n{printed}", pytrace=False)


def _expected(command: str, shown: str) -> int:
    """Return the exit code that the output speaks of; a page's own script ends well."""
    if command.startswith("sh "):
        return 0
    return (
        2
        if shown.startswith("kedge: ") or "✗ The check cannot" in shown
        else int("kedge check" in command and shown.startswith("▲"))
    )


def _python(block: str, page: str, names: dict[str, object]) -> None:
    if ">>>" not in block:
        exec(compile(block, page, "exec"), names)
        return
    example = doctest.DocTestParser().get_doctest(block, names, page, page, 0)
    report: list[str] = []
    failed, _ = doctest.DocTestRunner(optionflags=LENIENT).run(example, out=report.append, clear_globs=False)
    names |= example.globs
    if failed:
        pytest.fail("".join(report), pytrace=False)


@pytest.fixture
def page():
    """Return the text of a page."""
    return lambda name: (DOCS / name).read_text("utf-8")


@pytest.fixture
def section(page):
    """Return the text of a page below one heading, down to the next of its level."""

    def of(name: str, heading: str) -> str:
        found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |\Z)", page(name), re.MULTILINE | re.DOTALL)
        assert found, f"{name} has no heading {heading!r}"
        return found[2]

    return of


@pytest.fixture
def listed(section):
    """Return what the tables below a heading list: the code of every first cell."""

    def of(name: str, heading: str) -> list[str]:
        cells = re.findall(r"^\|([^|]+)\|", section(name, heading), re.MULTILINE)
        return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]

    return of
