"""Teams side by side: one server works for all, and nothing of one reaches another."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.app import catalog, hub, server
from kedge.domain.access import WorkspaceSettings
from kedge.domain.catalog import Endpoint, Execution, JobDefinition, MonitoringSchedule, from_record, to_record
from kedge.domain.record import Query
from kedge.errors import NotFound
from kedge.service.terms import terms_of
from kedge.settings import Settings

LONG_AGO = datetime(2024, 5, 1, 12, tzinfo=UTC)
CHILD = """
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--work") + 1])
print(json.dumps(dict(os.environ)))
(folder / "outcome.json").write_text('{"status": "Completed", "exit_message": "Completed: well."}')
"""
SERVERS = {"SERVER_SECRET": "servers", "AWS_ACCESS_KEY_ID": "servers-key", "KEDGE_TEST_KEY": "x"}


@pytest.fixture
def settings(monkeypatch):
    """A server's, which passes its own secret on; it has the credentials of two teams, in a file and in a variable."""
    for name, value in {**SERVERS, "CREDITS_KEY": "credits"}.items():
        monkeypatch.setenv(name, value)
    Path("fraud.secret").write_text("frauds\n")
    Path("child.py").write_text(CHILD)
    return Settings(pass_environment="SERVER_*,AWS_*", script_environment="SERVER_*")


def _declare(settings: Settings, name: str, **credentials: str) -> None:
    """Declare a workspace with one schedule that is due."""
    with hub(settings) as found:
        if name != "default":
            found.workspaces("ann").declare(WorkspaceSettings(name=name, credentials=credentials))
    schedule = MonitoringSchedule(
        name="hourly",
        monitoring_job_definition_name="quality",
        endpoint_name="cards",
        schedule_expression="hourly",
        catch_up="skip",
        status="Scheduled",
        next_time=LONG_AGO,
    )
    job = JobDefinition(name="quality", endpoint_name="cards", baseline="/nowhere")
    with catalog(settings, "ann", name) as found:
        for resource in (Endpoint(name="cards", captures="/nowhere"), job, schedule):
            found.records.put(to_record(resource), "ann")


def _served(settings: Settings, workers: int = 1):
    """Return a server whose executions tell what variables they have."""
    served, command = server(settings, workers, schedules=True), (sys.executable, str(Path("child.py").resolve()))

    def with_child(make):
        def made(own):
            worker = make(own)
            return replace(worker, terms=replace(worker.terms, command=command))

        return made

    for rota in served.workers:
        rota.each.make = with_child(rota.each.make)
    return served


def _environment(execution: Execution) -> dict[str, str]:
    return json.loads(Path(execution.log).read_text())


def test_an_execution_sees_its_own_workspaces_credentials_and_nobody_elses(settings, tmp_path):
    _declare(settings, "default")
    _declare(settings, "fraud", AWS_SECRET_ACCESS_KEY=f"file:{tmp_path}/fraud.secret")
    _declare(settings, "credit", TOKEN="env:CREDITS_KEY")
    served = _served(settings)
    served.scheduling.once()
    done = [served.workers[0].work_once() for _ in range(3)]
    served.close()
    seen = {Path(one.log).parents[2].name: _environment(one) for one in done}
    secrets = ("servers", "servers-key", "frauds", "credits")
    told = {name: {value for value in found.values() if value in secrets} for name, found in seen.items()}
    assert told == {"kedge-data": {"servers", "servers-key"}, "fraud": {"frauds"}, "credit": {"credits"}}


def test_an_execution_has_exactly_the_variables_of_its_workspace(settings, tmp_path):
    _declare(settings, "fraud", AWS_SECRET_ACCESS_KEY=f"file:{tmp_path}/fraud.secret")
    served = _served(settings)
    served.scheduling.once()
    found = _environment(served.workers[0].work_once())
    served.close()
    own = {name for name in found if not name.startswith(("KEDGE_", "PYTHON", "LC_", "LANG", "TZ"))}
    skipped = {"GOOGLE_SKIP_SIGNATURE", "AZURE_SKIP_SIGNATURE"}
    assert own == {"AWS_SECRET_ACCESS_KEY", "PATH", "TMPDIR", *skipped}


def test_an_execution_whose_credentials_are_not_there_fails_with_the_reason(settings):
    _declare(settings, "fraud", TOKEN="env:NOWHERE")
    served = _served(settings)
    served.scheduling.once()
    done = served.workers[0].work_once()
    served.close()
    assert (done.status, "NOWHERE" in done.failure_reason) == ("Failed", True)


def test_the_key_of_the_servers_captures_is_no_other_workspaces():
    found = terms_of(Settings(capture_key="file:/servers.key"), WorkspaceSettings(name="fraud")).environment
    assert "KEDGE_CAPTURE_KEY" not in found
    own = WorkspaceSettings(name="fraud", capture_key="file:/frauds.key")
    assert terms_of(Settings(), own).environment["KEDGE_CAPTURE_KEY"] == "file:/frauds.key"


def test_reports_of_workspaces_lie_apart(settings):
    _declare(settings, "default")
    _declare(settings, "fraud")
    served = _served(settings)
    made = {name: worker.terms for name, worker in served.workers[0].each.all()}
    served.close()
    data = Path("kedge-data").absolute()
    assert {name: terms.output for name, terms in made.items()} == {
        "default": f"{data}/reports",
        "fraud": f"{data}/workspaces/fraud/reports",
    }


def test_a_server_works_for_a_workspace_that_is_declared_while_it_runs(settings):
    served = _served(settings)
    thread = Thread(target=served.run, args=(10,))
    thread.start()
    try:
        sleep(1)
        _declare(settings, "fraud")
        assert _ended(settings, "fraud") == "Completed"
    finally:
        served.stop.set()
        thread.join(60)


def _ended(settings: Settings, workspace: str) -> str:
    database = Sql(f"sqlite:///{settings.data}/kedge.db")
    try:
        for _ in range(300):
            for record in database.of(workspace).list(Query("execution", status=("Completed", "Failed"))):
                return from_record(Execution, record).status
            sleep(0.1)
    finally:
        database.close()
    return "nothing"


def test_a_catalog_of_a_workspace_that_was_not_declared_is_not_there(settings):
    with pytest.raises(NotFound, match="fraud"), catalog(settings, "ann", "fraud"):
        pass
