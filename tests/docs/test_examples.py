"""What the pages show is what happens."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

DOCS = Path(__file__).parents[2] / "docs"
RUNNABLE = [
    page for page in DOCS.rglob("*.md") if any(mark in page.read_text("utf-8") for mark in ("```console", ">>> "))
]


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_and_show_what_they_say(run_page, page):
    run_page(page)


def test_output_that_a_page_does_not_show_is_a_failure(run_page):
    Path("page.md").write_text("```console\n$ echo one\ntwo\n```\n")
    with pytest.raises(pytest.fail.Exception, match=r"page.md: \$ echo one"):
        run_page(Path("page.md"))


def test_an_exit_code_that_a_page_does_not_show_is_a_failure(run_page):
    Path("page.md").write_text("```console\n$ kedge check nowhere --baseline nowhere\n...\n```\n")
    with pytest.raises(pytest.fail.Exception, match="exited with 2"):
        run_page(Path("page.md"))


def test_what_a_page_leaves_running_is_ended_also_where_it_fails(run_page):
    child = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], start_new_session=True).pid, flush=True)"
    Path("start.py").write_text(f"{child}\nimport time; time.sleep(60)\n")
    server = "$ python start.py sleep 60 > child.pid 2> log & echo $! > server.pid\n"
    Path("page.md").write_text(
        f"```console\n{server}$ until [ -s child.pid ]; do sleep 0.1; done\n$ echo one\ntwo\n```\n"
    )
    with pytest.raises(pytest.fail.Exception, match="echo one"):
        run_page(Path("page.md"))
    assert not [name for name in ("server", "child") if psutil.pid_exists(int(Path(f"{name}.pid").read_text()))]
