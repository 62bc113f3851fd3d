"""Containers: the command line that is run, with a program in place of docker that writes down what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Timer

import pytest

from kedge.adapters.executors.docker import Docker
from kedge.adapters.executors.process import Process
from kedge.domain.task import Ended, Limits, Task

MOUNTS = ((Path("/w/in"), "/opt/ml/processing/input", False), (Path("/w/o,ut"), "/opt/ml/processing/output", True))


class Recorded:
    """An executor that runs nothing."""

    def __init__(self, code: int = 0):
        self.code, self.tasks = code, []

    def run(self, task, limits, stop):  # noqa: ARG002 - the port's names
        self.tasks.append(task)
        return Ended("exited", self.code, 1, 1.0, "")


def _task(command=("python", "own.py", "--a"), image="own:1", environment=()) -> Task:
    return Task(command, Path("work"), Path("log.txt"), dict(environment), image=image, mounts=MOUNTS)


def _run(task: Task, **docker) -> Task:
    executor = Recorded()
    Docker(executor, **{"program": "docker"} | docker).run(task, Limits(memory_bytes=1000), Event())
    return executor.tasks[0]


def test_the_command_line_is_that_of_docker():
    ran = _run(_task(environment={"start_time": "now"}), cpus=2)
    name = ran.command[5]
    assert ran.command[1:] == (
        *("run", "--rm", "--init", "--name", name, "--log-driver", "none", "--network", "none"),
        *("--pids-limit", "1024", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--user", f"{os.getuid()}:{os.getgid()}", "--memory", "1000", "--memory-swap", "1000", "--cpus", "2"),
        *("--mount", "type=bind,source=/w/in,target=/opt/ml/processing/input,readonly"),
        *("--mount", 'type=bind,"source=/w/o,ut",target=/opt/ml/processing/output'),
        *("--env", "start_time", "--entrypoint", "python", "own:1", "own.py", "--a"),
    )


def test_the_container_goes_whatever_ends_it():
    ran = _run(_task())
    assert ran.after == (ran.command[0], "rm", "--force", ran.command[5])


def test_no_two_containers_have_the_same_name():
    assert _run(_task()).command[5] != _run(_task()).command[5]


def test_an_image_may_have_its_own_entrypoint():
    assert _run(_task(command=("", "--a"))).command[-2:] == ("own:1", "--a")
    assert "--entrypoint" not in _run(_task(command=("", "--a"))).command


def test_values_of_variables_are_in_no_command_line(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/own.sock")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    ran = _run(_task(environment={"token": "hidden"}))
    assert ran.environment == {"token": "hidden", "DOCKER_HOST": "unix:///run/own.sock", "HOME": os.environ["HOME"]}
    assert "hidden" not in " ".join(ran.command)
    assert [word for word in ran.command if word == "--env"] == ["--env"]


def test_a_task_without_an_image_is_handed_on():
    task = _task(image=None)
    assert _run(task) is task


def test_a_container_that_is_killed_took_too_much_memory():
    assert Docker(Recorded(137)).run(_task(), Limits(), Event()).how == "memory"
    assert Docker(Recorded(1)).run(_task(), Limits(), Event()).how == "exited"


@pytest.fixture
def docker(tmp_path):
    """A program in place of docker."""
    program = tmp_path / "docker"
    script = f'#!/bin/sh\necho "$1 $2 $3 $5" >> {tmp_path}/told\n[ "$1" = run ] && exec sleep 60\nexit 0\n'
    program.write_text(script)
    program.chmod(0o755)
    return program


def _told(folder: Path, lines: int) -> list[str]:
    for _ in range(200):
        found = (folder / "told").read_text().splitlines() if (folder / "told").exists() else []
        if len(found) >= lines:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_a_container_is_removed_when_it_is_stopped(docker, tmp_path):
    stop = Event()
    Timer(0.5, stop.set).start()
    ended = Docker(Process(0.5), str(docker)).run(_task(), Limits(), stop)
    ran, removed = _told(tmp_path, 2)
    assert ended.how == "stopped"
    assert removed.split()[:2] == ["rm", "--force"]
    assert removed.split()[2] == ran.split()[3]


def test_a_container_is_removed_when_the_worker_is_killed(docker, tmp_path):
    script = (
        "from threading import Event; from pathlib import Path; from kedge.domain.task import Limits, Task;"
        "from kedge.adapters.executors.docker import Docker; from kedge.adapters.executors.process import Process;"
        "task = Task(('a',), Path('work'), Path('log.txt'), image='own:1');"
        f"Docker(Process(), {str(docker)!r}).run(task, Limits(), Event())"
    )
    worker = subprocess.Popen([sys.executable, "-c", script])
    _told(tmp_path, 1)
    worker.kill()
    worker.wait()
    assert _told(tmp_path, 2)[1].startswith("rm --force kedge-")
