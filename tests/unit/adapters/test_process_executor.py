"""What runs an execution: real processes that end, hang, allocate, fork and do not listen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Timer

import psutil
import pytest

from kedge.adapters.executors.process import TAIL_BYTES, Process
from kedge.domain.task import Ended, Limits, Task

SLEEP = "import time; time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"
MB = 1_000_000


def _run(script: str, stop: Event | None = None, environment=(), **limits) -> Ended:
    task = Task((sys.executable, "-c", script), Path("work"), Path("log.txt"), dict(environment))
    return Process(grace_seconds=0.5).run(task, Limits(**limits), stop or Event())


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.05)
                continue
        return True
    return False


def test_a_task_ends_by_itself_and_its_output_is_kept():
    ended = _run("import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(3)")
    assert (ended.how, ended.code, ended.tail) == ("exited", 3, "one\ntwo\n")
    assert Path("log.txt").read_text() == "one\ntwo\n"


def test_a_task_works_in_its_folder_and_has_no_standard_input():
    ended = _run("import os, sys; print(os.path.basename(os.getcwd()), repr(sys.stdin.read()))")
    assert ended.tail == "work ''\n"


def test_a_task_sees_only_what_it_is_given(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    ended = _run("import os; print(sorted(os.environ))", environment={"start_time": "now"})
    assert ended.tail == "['LC_CTYPE', 'PATH', 'TMPDIR', 'start_time']\n"


def test_a_task_that_is_ended_by_a_signal_says_which():
    ended = _run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert (ended.how, ended.code) == ("exited", -signal.SIGSEGV)


def test_a_program_that_is_not_there_is_named():
    ended = Process().run(Task(("no-such-program",), Path("work"), Path("log.txt")), Limits(), Event())
    assert (ended.code, ended.tail) == (127, "no-such-program: No such file or directory.\n")


def test_a_task_that_hangs_reaches_its_time():
    ended = _run(SLEEP, seconds=0.3)
    assert (ended.how, ended.code) == ("time", -signal.SIGTERM)
    assert ended.seconds < 10


def test_a_task_that_does_not_listen_is_killed():
    ended = _run(DEAF, seconds=1)
    assert (ended.how, ended.code, ended.tail) == ("time", -signal.SIGKILL, "deaf\n")


def test_a_task_that_takes_too_much_memory_is_killed():
    ended = _run(
        f"kept = []\nwhile True: kept.append(bytearray({MB * 5})); import time; time.sleep(.01)", memory_bytes=200 * MB
    )
    assert ended.how == "memory"
    assert 200 * MB < ended.peak_bytes < 2000 * MB


def test_memory_is_that_of_all_its_processes():
    hold = f"kept = b'x' * {80 * MB}; {SLEEP}"
    ended = _run(f"import os\nfor _ in range(3): os.fork()\n{hold}", memory_bytes=300 * MB, seconds=30)
    assert ended.how == "memory"


def test_a_task_is_stopped_on_request():
    stop = Event()
    Timer(0.3, stop.set).start()
    ended = _run(SLEEP, stop)
    assert (ended.how, ended.code) == ("stopped", -signal.SIGTERM)


@pytest.mark.parametrize("fork", ["", "os.setsid()"], ids=["in its session", "in one of its own"])
def test_what_a_task_started_does_not_outlive_it(fork):
    child = f"{fork or 'pass'}; open('pid', 'w').write(str(os.getpid())); {SLEEP}"
    script = f"import os, time\nif os.fork() == 0:\n {child}\ntime.sleep(1)"
    ended = _run(script)
    assert (ended.how, _is_gone(int(Path("work/pid").read_text()))) == ("exited", True)


@pytest.mark.parametrize("then", ["", "time.sleep(60)"], ids=["that ends", "that hangs"])
def test_what_has_lost_its_parent_does_not_outlive_a_task(then):
    script = (
        "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n"
        f"  open('pid', 'w').write(str(os.getpid())); {SLEEP}\n os._exit(0)\nos.wait()\n"
        f"while not os.path.exists('pid'): pass\n{then}"
    )
    _run(script, seconds=2)
    assert _is_gone(int(Path("work/pid").read_text()))


def test_a_pipe_in_the_place_of_the_log_is_waited_for_by_nobody():
    script = "import os; os.remove('../log.txt'); os.mkfifo('../log.txt'); print('x' * 1_000_000)"
    assert _run(script, log_bytes=TAIL_BYTES).how == "exited"


def test_a_task_does_not_outlive_whoever_runs_it():
    child = f"open('pid', 'w').write(str(__import__('os').getpid())); {DEAF}"
    worker = (
        "from pathlib import Path; from threading import Event; import sys\n"
        "from kedge.adapters.executors.process import Process; from kedge.domain.task import Limits, Task\n"
        f"Process().run(Task((sys.executable, '-c', {child!r}), Path('work'), Path('log')), Limits(), Event())"
    )
    process = subprocess.Popen([sys.executable, "-c", worker])
    while not (pid := Path("work/pid").read_text() if Path("work/pid").exists() else ""):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert _is_gone(int(pid))


def test_of_a_long_output_the_beginning_and_the_end_are_kept():
    ended = _run("print('first'); print('x' * 1_000_000); print('last')", log_bytes=TAIL_BYTES + 100)
    kept = Path("log.txt").read_text()
    assert (kept[:6], kept[-5:], len(kept.encode()) < TAIL_BYTES + 200) == ("first\n", "last\n", True)
    assert "bytes are left out" in kept
    assert ended.tail.endswith("xxx\nlast\n")
