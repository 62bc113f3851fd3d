"""The doctor tells of channels and actions: which fail, and what is not there that they run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.app import workspace
from kedge.domain.action import Action
from kedge.domain.catalog import to_record
from kedge.domain.channel import Channel
from kedge.domain.notification import Delivery
from kedge.interfaces.cli.serve import listening
from kedge.settings import Settings

NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)
AWAY = Delivery(name="hook", sent=3, last_sent=NINE, last_failed=NINE + timedelta(hours=2), reason="It says 404.")


@pytest.fixture
def declared():
    """A channel, and actions that run what is there."""
    Path("retrain.py").touch()
    with workspace(Settings(), "ann") as made:
        made.channels.create(Channel(name="hook", webhook="https://hooks.example.org"))
        made.actions.create(Action(name="retrain", handler=str(Path("retrain.py").absolute())))
        made.actions.create(Action(name="react", handler="s3://code/react.py"))
        made.actions.create(Action(name="ring", command=("true", "twice")))
        made.catalog.records.put(to_record(Delivery(name="gone", last_failed=NINE)), "")
        yield made


@pytest.fixture
def told(run):
    """Return how the doctor ends, and what it says after all that is installed."""

    def ask(*options):
        code, printed = run("doctor", *options)
        kinds = printed.rpartition("\n\n")[2].splitlines()
        return code, [line for line in kinds if not line.startswith(("kind ", "statistic "))][-4:]

    return ask


def test_when_all_is_well_they_are_counted(declared, told):
    assert told() == (0, ["1 channel, 3 actions"])


def test_where_nothing_is_declared_nothing_is_said_and_nothing_made(run):
    code, printed = run("doctor")
    assert (code, "0 channel" in printed, Path("kedge-data").exists()) == (0, False, False)


def test_what_failed_at_its_last_try_is_told_with_since_when_and_why(declared, told):
    declared.catalog.records.put(to_record(AWAY), "")
    line = "The channel hook fails since 2026-11-01T11:00:00Z: It says 404."
    assert told() == (2, ["1 channel, 3 actions", line])


def test_what_an_action_runs_and_is_not_there_is_told(declared, told):
    Path("retrain.py").unlink()
    declared.actions.declare(Action(name="ring", command=("no-such-program",)))
    code, (_, *lines) = told()
    assert (code, lines) == (
        2,
        [
            f"The action retrain has no file: {Path('retrain.py').absolute()}",
            "The action ring has no program that may be run: no-such-program",
        ],
    )


def test_of_a_server_elsewhere_it_is_told_what_fails_and_no_file_is_looked_for_here(declared, told):
    Path("retrain.py").unlink()
    declared.catalog.records.put(to_record(AWAY), "")
    with listening(Settings(listen="127.0.0.1:0")) as serving:
        serving.start()
        code, lines = told("--server", serving.url)
        serving.stop()
        serving.join()
    assert (code, [line[:22] for line in lines]) == (2, ["1 channel, 3 actions", "The channel hook fails"])


def test_a_server_that_does_not_answer_is_told_after_all_that_is_installed(run):
    code, printed = run("doctor", "--server", "http://127.0.0.1:9")
    assert (code, "numpy" in printed) == (2, True)
    assert printed.splitlines()[-1].startswith("Channels and actions cannot be told: ")
