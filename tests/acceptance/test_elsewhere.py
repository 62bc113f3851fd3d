"""The same commands, here and of a server elsewhere: what they do, print and end with is the same."""

from __future__ import annotations

import re
from contextlib import chdir, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from kedge import app
from kedge.analysis.batch import column
from kedge.analysis.profile import Feature, Profile
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.window import HOUR, Window
from kedge.interfaces.cli import app as commands
from kedge.interfaces.cli.serve import listening
from kedge.reading.documents import write_profiles
from kedge.settings import Settings

FILE = """\
endpoints:
  fraud:
    captures: captures
    ground_truth: labels
baselines:
  normal:
    learn: train.csv
schedules:
  daily:
    endpoint: fraud
    baseline: normal
    when: daily
alarms:
  often:
    executions: daily
"""
WRONG = "schedules:\n  daily:\n    endpoint: frod\n    baseline: normal\n    when: daily\n"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:(?!00:00Z)[\d:.]+Z")  # of a change: no slot and no window
TOKEN = re.compile(r"kedge_[0-9a-f]{16}_[\w-]{43}|\b[0-9a-f]{16}\b")
NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)
# In this order: what one does the next one finds. Where a line stands alone, something happens there.
LINES = """\
apply monitors.yaml --dry-run
apply monitors.yaml
apply monitors.yaml --json
apply wrong.yaml
apply nothing.yaml
catalog list
catalog list endpoint --json
catalog list endpoints
catalog show endpoint fraud
catalog show endpoint frod
catalog history schedule daily
catalog history endpoint fraud --json
catalog history endpoint frod
metric list
metric query --name drift
alarm list
alarm list --state ALARMED
alarm show often
alarm show often --json
alarm show oftn
alarm silence often --until 2099-01-01 --reason mended
alarm silence often --until 2020-01-01
alarm list --json
alarm unsilence often
alarm acknowledge often
alarm history often
alarm history oftn --json
alarm test often
notification list
notification list --alarm often --json
notification show nothing
notification resend nothing
notification resend --to nobody
notification resend --to nobody --status silenced
notification resend nothing --to nobody
notification channels
catalog history alarm often
catalog rollback normal --to 1
catalog rollback normal --to 7
schedule list
schedule stop daily
schedule stop daily
schedule start daily
schedule list --status Scheduled --json
schedule list --endpoint other
schedule show daily
schedule show daily --json
schedule show dayly
schedule run-now daily
schedule run-now daily
schedule backfill daily --from 2026-10-01 --to 2026-10-04
schedule backfill daily --from 2026-10-04 --to 2026-10-01
schedule list
execution list
execution list --schedule daily --status Pending --since 2026-10-02 --until 2026-10-04 --limit 1
execution list --endpoint fraud --json
execution list --schedule dayly
execution list --status Good
execution logs daily-202610020000
execution stop daily-202610030000
execution stop daily-202610030000
schedule backfill daily --from 2026-10-01 --to 2026-10-04 --failed
execution stop daily-202610030000-r2
WORK
execution show daily-202610020000
execution show daily-202610020000 --json
execution show daily-20261002
execution logs daily-202610020000
schedule list
query
query --endpoint fraud --from 2026-11-01T09 --to 2026-11-01T11 --json
query --feature agee
query --monitor bias --output merged.json
query --output merged.json
ground-truth upload paid.csv --id order --label paid --endpoint fraud
ground-truth upload paid.csv --id order --label paid --endpoint frod
ground-truth upload paid.csv --id order --label paid --endpoint fraud --sampling-percentage 50 --json
ground-truth upload paid.csv --id order --label paid --endpoint fraud --sampling-percentage 0
capture tail --endpoint fraud --no-follow
CAPTURE
capture tail --endpoint fraud --no-follow
capture tail --endpoint fraud --no-follow --json --variant AllTraffic --lines 1
capture tail --endpoint fraud --no-follow --variant blue
capture tail --endpoint frod
export --output history
export --output history --json --schedule daily --from 2026-10-01 --to 2026-10-03
export --output history --endpoint frod
schedule delete daily
schedule delete daily
catalog history schedule daily
apply monitors.yaml --prune
doctor
workspace create red --description theirs --credential A=env:B
workspace create red
workspace create default --description ours
workspace create red --replace --output elsewhere
workspace list
workspace list --json
workspace show red
workspace show blue
token create ci --workspace red --role operator --scope captures --expires 2099-01-01
token create all --workspace *
token create ci --workspace blue
token list
token list --workspace red
token revoke none
workspace delete red
token list --workspace red
workspace delete default
"""


@pytest.fixture
def world(tmp_path):
    """Make a folder with all that the commands need, and be in it."""

    @contextmanager
    def make(name: str):
        folder = tmp_path / name
        folder.mkdir()
        with chdir(folder):
            Path("monitors.yaml").write_text(FILE)
            Path("wrong.yaml").write_text(WRONG)
            Path("train.csv").write_text("age,amount\n" + "".join(f"{i},{i * i}\n" for i in range(50)))
            Path("paid.csv").write_text("order,paid\na,1\nb,0\n")
            yield folder

    return make


def work() -> None:
    """Do what a worker would: an execution ends, and its profile is remembered."""
    window = Window(NINE, NINE + HOUR)
    profile = Profile(
        {"age": Feature().update(column(np.arange(50)))}, 50, endpoint="fraud", variant="a", window=window
    )
    app.Stores().write("reports/9", {"profile.json": write_profiles((profile,))})
    Path("log").write_text("begun\n\n  ended \n")
    with app.memory("sqlite:///kedge-data/kedge.db", "kedge-data/profiles") as memory:
        memory.remember("data-quality", "fraud", window, "reports/9")
    ended = {"status": "CompletedWithViolations", "rows": 50, "violations": 2, "log": "log", "start_time": NINE}
    with app.workspace(Settings(), "worker") as here:
        here.executions.change(
            "daily-202610020000", lambda found: replace(found, **ended, end_time=NINE + HOUR, report="reports/9")
        )


def capture() -> None:
    """Do what a model server would: two requests are captured."""
    body = Payload("1,2", "CSV", "text/csv")
    with app.workspace(Settings(), "server") as here:
        lines = [CaptureRecord(id, "2026-11-01T08:10:00Z", input=body, output=body).to_json() for id in "ab"]
        here.upload_captures("fraud", "\n".join(lines).encode())


HAPPENS = {"WORK": work, "CAPTURE": capture}


def told(run, folder: Path, *server: str) -> dict[str, tuple[int, str]]:
    """Return what every line ends with and prints; a folder's own name and the moments of changes are left out."""
    found = {}
    for number, line in enumerate(LINES.splitlines()):
        if line in HAPPENS:
            HAPPENS[line]()
            continue
        code, printed = run(*line.split(), *server)
        printed = TOKEN.sub("TOKEN", MOMENT.sub("MOMENT", printed.replace(str(folder), "FOLDER")))
        found[f"{number} {line}"] = (code, printed)
    return found


def test_every_command_does_the_same_here_and_elsewhere(run, world):
    with world("here") as folder:
        here = told(run, folder)
    with world("elsewhere") as folder, listening(Settings(listen="127.0.0.1:0")) as serving:
        serving.start()
        assert told(run, folder, "--server", serving.url) == here
        serving.stop()
        serving.join()


def _named(group, before=""):
    for child in group.list_commands(None):
        name, command = f"{before}{child}", group.get_command(None, child)
        yield from _named(command, f"{name} ") if hasattr(command, "commands") else [(name, command)]


def test_every_command_that_asks_a_server_is_among_them():
    every = _named(get_command(commands))
    asking = {name for name, command in every if any(option.name == "token_file" for option in command.params)}
    assert len(asking) > 10
    assert {name for name in asking if not any(line.startswith(name) for line in LINES.splitlines())} == set()
