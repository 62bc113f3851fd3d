"""The story of a file that declares what is monitored: applied, changed, applied again, taken back."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.app import catalog
from kedge.domain.catalog import Step
from kedge.settings import Settings

FILE = """\
endpoints:
  fraud:
    captures: captures
baselines:
  normal:
    learn: train.csv
schedules:
  hourly:
    endpoint: fraud
    baseline: normal
    when: hourly
"""
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _file():
    Path("monitors.yaml").write_text(FILE)
    Path("train.csv").write_text("age,amount\n" + "".join(f"{i},{i * i}\n" for i in range(50)))


def written(before: str, after: str) -> None:
    Path("monitors.yaml").write_text(Path("monitors.yaml").read_text().replace(before, after))


@pytest.fixture
def apply(run):
    """Apply the file, and return what was printed."""

    def apply(*options: str, code: int = 0) -> str:
        ended, printed = run("apply", "monitors.yaml", *options)
        assert ended == code, printed
        return printed

    return apply


@contextmanager
def known():
    with catalog(Settings(), "test") as found:
        yield found


def test_what_servers_share_is_learned_where_they_all_can_read_it(apply, monkeypatch):
    monkeypatch.setenv("KEDGE_OUTPUT", "shared")
    apply()
    with known() as catalog:
        baseline = catalog.baselines.resolve("normal")
    assert baseline.url.startswith(str(Path("shared/_baselines/normal").absolute()))
    assert Path(baseline.url, "constraints.json").is_file()


def test_what_is_declared_is_shown_and_then_there(apply, run):
    assert apply() == (
        f"+ endpoint fraud\n    captures: {Path.cwd()}/captures\n"
        f"+ baseline normal:1\n    url: {Path.cwd()}/kedge-data/baselines/normal/1-{'{}'}\n"
        f"    learn: {Path.cwd()}/train.csv\n"
        "+ schedule hourly\n    definition: hourly-{}\n    when: hourly\n    endpoint: fraud\n    baseline: normal\n"
        "3 to add.\nApplied.\n"
    ).format(*names())
    _, listed = run("schedule", "list")
    assert listed.splitlines()[1].split()[:5] == ["hourly", "Scheduled", "hourly", "DataQuality", "fraud"]


def names() -> tuple[str, str]:
    with known() as found:
        return found.baselines.get("normal:1").content[:8], found.definitions.list()[0].name.removeprefix("hourly-")


def test_what_was_learned_is_a_baseline(apply, run):
    apply()
    with known() as found:
        url = found.baselines.resolve("normal").url
    assert run("check", "train.csv", "--baseline", url)[0] == 0


def test_to_apply_twice_is_to_apply_once(apply):
    apply()
    assert apply() == "Nothing to change: the catalog is as monitors.yaml says.\n"


def test_a_dry_run_changes_nothing(apply):
    assert apply("--dry-run").endswith("3 to add.\nNothing was changed: --dry-run.\n")
    assert not Path("kedge-data").exists()


def test_a_change_makes_a_definition_of_its_own_and_the_schedule_moves_to_it(apply):
    apply()
    written("when: hourly", "when: daily\n    exclude: age")
    lines = apply().splitlines()
    assert lines[0] == "~ schedule hourly"
    assert lines[2:] == ["    when: hourly → daily", "    exclude: nothing → age", "1 to change.", "Applied."]
    with known() as found:
        first, second = (definition.name for definition in found.definitions.list())
        assert found.schedules.get("hourly").monitoring_job_definition_name in (first, second)


def test_a_change_that_is_taken_back_brings_back_the_definition(apply):
    apply()
    written("when: hourly", "when: hourly\n    minimum_rows: 5")
    apply()
    written("\n    minimum_rows: 5", "")
    assert "minimum_rows: 5 → 0" in apply()
    with known() as found:
        assert len(found.definitions.list()) == 2


def test_other_data_makes_another_version_and_the_same_data_none(apply):
    apply()
    Path("train.csv").write_text(Path("train.csv").read_text() + "7,49\n")
    assert "+ baseline normal:2" in apply()
    assert "Nothing to change" in apply()


def test_apply_brings_back_the_version_that_is_declared(apply, run):
    apply()
    Path("train.csv").write_text("age,amount\n1,2\n")
    apply()
    _, printed = run("catalog", "rollback", "normal")
    assert printed.startswith("normal: version 2 → 1, ")
    assert "~ baseline normal:2\n    status: Retired → Current\n" in apply("--dry-run")


def test_a_stopped_schedule_stays_stopped(apply, run):
    apply()
    assert run("schedule", "stop", "hourly") == (0, "hourly: Scheduled → Stopped\n")
    assert "Nothing to change" in apply()


def test_what_is_not_declared_any_more_goes_only_if_it_is_told_to(apply):
    apply()
    Path("monitors.yaml").write_text("datasets:\n  orders:\n    url: orders\n")
    assert apply().splitlines()[0] == "+ dataset orders"
    assert apply("--prune") == "- schedule hourly\n- endpoint fraud\n2 to delete.\nApplied.\n"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("endpoint: fraud", "endpoint: fraudd"), "9: schedules.hourly.endpoint: There is no endpoint 'fraudd'. Did"),
        (("baseline: normal", "baseline: normall"), "10: schedules.hourly.baseline: There is no baseline 'normall'."),
        (("when: hourly", "when: often"), "11: schedules.hourly.when: 'often' is no expression"),
        (("train.csv", "trane.csv"), "6: baselines.normal.learn: There is no data here."),
        (("  fraud:", "  my fraud:"), "2: endpoints.my fraud.name: A name has letters"),
    ],
)
def test_a_file_with_a_mistake_changes_nothing_and_is_told_with_the_line(apply, change, told):
    written(*change)
    assert apply(code=2).startswith(f"kedge: monitors.yaml:{told}")
    with known() as found:
        assert found.endpoints.list() == found.schedules.list() == []


def test_a_baseline_that_cannot_be_learned_leaves_the_catalog_as_it_was(apply):
    Path("train.csv").write_text("age,amount\n")
    assert "Job inputs had no data" in apply(code=2)
    with known() as found:
        assert found.endpoints.list() == found.schedules.list() == []


def test_the_difference_is_there_for_machines(apply):
    told = json.loads(apply("--json"))
    assert told["applied"]
    assert [(change["sign"], change["kind"]) for change in told["changes"]] == [
        ("+", "endpoint"),
        ("+", "baseline"),
        ("+", "schedule"),
    ]


def test_a_file_that_is_not_there_is_told(run):
    assert run("apply", "monitor.yaml") == (
        2,
        "kedge: monitor.yaml: There is no such file. Write one, or name another.\n",
    )


def test_a_catalog_that_is_not_there_is_not_made_by_looking(run):
    code, printed = run("schedule", "list")
    assert (code, printed.partition(". ")[0]) == (2, "kedge: kedge-data/kedge.db: There is no catalog here")
    assert not Path("kedge-data").exists()


def test_who_changed_what_is_told(apply, run):
    apply()
    written("when: hourly", "when: daily")
    apply()
    _, printed = run("catalog", "history", "schedule", "hourly")
    assert printed.splitlines()[-1] == "    schedule_expression: hourly → daily"
    assert printed.count("made it") == printed.count("changed it") == 1


@pytest.fixture
def failed(apply):
    """An execution that failed, with its log."""
    apply()
    Path("log.txt").write_text("".join(f"line {i}\n" for i in range(30)))
    with known() as found:
        schedule = found.schedules.get("hourly")
        made, *_ = found.executions.backfill(schedule, NOON - timedelta(hours=1), NOON)
        return found.executions.change(
            made.name,
            lambda pending: replace(
                pending,
                status="Failed",
                failure_reason="captures: Job inputs had no data.",
                next_step="Look for it: kedge capture status.",
                start_time=NOON,
                end_time=NOON + timedelta(seconds=5),
                steps=(Step(name="analysis", status="Failed", start_time=NOON, end_time=NOON + timedelta(seconds=4)),),
                log="log.txt",
            ),
        )


def test_one_screen_says_why_it_failed(failed, run):
    code, printed = run("execution", "show", failed.name)
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert code == 0
    assert lines[:3] == [
        "status Failed",
        "because captures: Job inputs had no data.",
        "next step Look for it: kedge capture status.",
    ]
    assert "window 2026-11-01T11:00:00Z to 2026-11-01T12:00:00Z" in lines
    assert "step analysis Failed; from 2026-11-01T12:00:00Z, 4 s" in lines
    assert lines[-10:] == [f"line {i}" for i in range(20, 30)]
    assert len(lines) <= 24


def test_all_that_it_printed_is_there_too(failed, run):
    assert len(run("execution", "logs", failed.name)[1].splitlines()) == 30


def test_executions_are_listed_by_what_is_asked(failed, run):
    told = json.loads(run("execution", "list", "--status", "Failed", "--endpoint", "fraud", "--json")[1])
    assert [execution["name"] for execution in told] == [failed.name]
    assert run("execution", "list", "--since", "PT1M")[1] == "There is no such execution.\n"
    assert "Did you mean 'Failed'?" in run("execution", "list", "--status", "failed")[1]


def test_a_backfill_leaves_the_slots_that_have_an_execution(failed, run):
    _, printed = run("schedule", "backfill", "hourly", "--from", "2026-11-01T10:00", "--to", "2026-11-01T13:00")
    assert printed.startswith("2 executions are pending: 2026-11-01T10:00:00Z to 2026-11-01T13:00:00Z.\n")


def test_a_schedule_is_shown_with_what_it_does(apply, run):
    apply()
    told = json.loads(run("schedule", "show", "hourly", "--json")[1])
    assert told["definition"]["baseline"] == "normal"
    lines = [line.split() for line in run("schedule", "show", "hourly")[1].splitlines()]
    assert ["baseline", "normal"] in lines
    assert ["schedule_expression", "hourly"] in lines


def test_a_deleted_schedule_leaves_its_executions(failed, run):
    run("schedule", "delete", "hourly")
    assert run("schedule", "show", "hourly")[0] == 2
    assert run("execution", "list", "--schedule", "hourly")[1].count("Failed") == 1


def test_no_password_of_a_database_is_shown(run, monkeypatch):
    monkeypatch.setenv("KEDGE_DATABASE", "postgresql://ann:canary@host/name")
    _, printed = run("config", "show")
    assert "postgresql://ann:***@host/name" in printed
    assert "canary" not in printed


def test_the_database_is_another_where_one_is_named(apply, run):
    apply("--database", "sqlite:///other.db")
    assert "hourly" in run("schedule", "list", "--database", "sqlite:///other.db")[1]
    assert not Path("kedge-data/kedge.db").exists()


ALARMS = """\
alarms:
  above:
    rule: drift or often
  drift:
    metric: feature_baseline_drift_age
    schedule: hourly
    threshold: 0.1
  often:
    executions: hourly
    evaluation_periods: 3
    datapoints_to_alarm: 2
"""


def test_alarms_are_declared_in_whatever_order(apply):
    written("schedules:", ALARMS + "schedules:")
    told = apply().partition("+ alarm drift\n")[2]
    assert told.startswith(
        "    threshold: 0.1\n    namespace: aws/sagemaker/Endpoints/data-metrics\n"
        "    metric: feature_baseline_drift_age\n    dimensions: MonitoringSchedule, hourly\n+ alarm often\n"
    )
    assert apply() == "Nothing to change: the catalog is as monitors.yaml says.\n"
    with known() as found:
        assert [alarm.name for alarm in found.alarms.list()] == ["above", "drift", "often"]


def test_an_alarm_that_changes_is_told_in_the_words_of_the_file(apply):
    written("schedules:", ALARMS + "schedules:")
    apply()
    written("threshold: 0.1", "threshold: 0.2\n    missing: breaching")
    assert (
        apply() == "~ alarm drift\n    threshold: 0.1 → 0.2\n    missing: missing → breaching\n1 to change.\nApplied.\n"
    )


def test_alarms_that_are_declared_no_more_are_pruned_with_what_stands_beside_them(apply):
    written("schedules:", ALARMS + "schedules:")
    apply()
    with known() as found:
        found.alarms.silence("drift", datetime.now(UTC) + timedelta(hours=1))
    written(ALARMS, "")
    assert apply("--prune") == "- alarm above\n- alarm often\n- alarm drift\n3 to delete.\nApplied.\n"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "drift_age",
            "drfit_age",
            "11: alarms.drift.metric: There is no metric 'feature_baseline_drfit_age'.",
        ),
        (
            "drift_age",
            "drift_aeg",
            "11: alarms.drift.metric: There is no metric 'feature_baseline_drift_aeg': "
            "the baseline has no feature 'aeg'. Did you mean 'age'?",
        ),
        ("often\n", "offen\n", "9: alarms.above.rule: There is no alarm 'offen'. Did you mean 'often'?"),
        ("often\n", "or\n", "9: alarms.above.rule: Expected an alarm's name at character 9 of the rule; found 'or'."),
        ("executions: hourly", "executions: hourli", "15: alarms.often.executions: There is no schedule 'hourli'."),
        ("alarm: 2", "alarm: 4", "17: alarms.often.datapoints_to_alarm: 4 is not between 1 and 3."),
    ],
)
def test_an_alarm_that_is_wrong_is_told_with_its_line_and_nothing_is_changed(apply, before, after, told):
    written("schedules:", ALARMS.replace(before, after) + "schedules:")
    assert told in " ".join(apply(code=2).split())
    with known() as found:
        assert (found.alarms.list(), found.endpoints.list()) == ([], [])


def test_a_feature_that_a_baseline_has_not_is_told_before_anything_is_done_where_it_is_learned_already(apply):
    apply()
    written("schedules:", ALARMS.replace("drift_age", "drift_aeg") + "schedules:")
    assert "Did you mean 'age'?" in apply("--dry-run", code=2)


TOLD = """\
channels:
  mail:
    url: env:TEAM_URL
  hook:
    webhook: https://hooks.example.org/kedge
    secret: file:keys/hook
actions:
  retrain:
    handler: retrain.py
    attempts: 5
    environment: {STAGE: test}
subscriptions:
  team:
    to: [mail, retrain]
    alarms: [drift, often]
    group_by: endpoint
    repeat_interval: 4h
"""


def test_who_is_told_is_declared_with_what_they_are_told_of(apply):
    written("schedules:", TOLD + ALARMS + "schedules:")
    here = Path.cwd()
    assert apply().partition("+ channel mail\n")[2] == (
        "    url: env:TEAM_URL\n"
        f"+ channel hook\n    webhook: https://hooks.example.org/kedge\n    secret: file:{here}/keys/hook\n"
        f"+ action retrain\n    attempts: 5\n    handler: {here}/retrain.py\n    environment.STAGE: test\n"
        "+ subscription team\n    alarms: drift, often\n    to: mail, retrain\n    group_by: endpoint\n"
        "    repeat_interval: PT4H\n"
        "10 to add.\nApplied.\n"
    )
    assert apply() == "Nothing to change: the catalog is as monitors.yaml says.\n"


def test_who_is_told_no_more_is_pruned_before_what_they_were_told_of(apply):
    written("schedules:", TOLD + ALARMS + "schedules:")
    apply()
    written(ALARMS, "")
    written(TOLD, "channels:\n  hook:\n    webhook: https://hooks.example.org/kedge\n")
    assert apply("--prune") == (
        f"~ channel hook\n    secret: file:{Path.cwd()}/keys/hook → nothing\n- subscription team\n- channel mail\n"
        "- action retrain\n- alarm above\n- alarm often\n- alarm drift\n1 to change, 6 to delete.\nApplied.\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[mail,", "[mial,", "20: subscriptions.team.to: There is no channel or action 'mial'. Did you mean 'mail'?"),
        ("often]", "offen]", "21: subscriptions.team.alarms: There is no alarm 'offen'. Did you mean 'often'?"),
        ("retrain:", "mail:", "14: actions.mail.name: There is a channel 'mail'."),
        ("https://hooks.example.org", "http://localhost", "11: channels.hook.webhook: The host 'localhost' may not be"),
        ("file:keys/hook", "s3cret", "12: channels.hook.secret: This is no place of a secret."),
        ("retrain.py", "retrain.sh", "15: actions.retrain.handler: A handler is a Python file"),
        ("4h", "4 h", "23: subscriptions.team.repeat_interval: '4 h' is not a duration"),
        ("4h", "1s", "23: subscriptions.team.repeat_interval: PT1S is not between PT1M and P365D."),
    ],
)
def test_who_is_told_wrongly_is_told_with_its_line_and_nothing_is_changed(apply, before, after, told):
    written("schedules:", TOLD.replace(before, after) + ALARMS + "schedules:")
    assert told in " ".join(apply(code=2).split())
    with known() as found:
        assert (found.channels.list(), found.endpoints.list()) == ([], [])


def test_what_is_declared_is_shown_in_the_words_of_the_file(apply, run):
    written("schedules:", TOLD + ALARMS + "schedules:")
    apply()
    assert run("catalog", "show", "subscription", "team")[1] == (
        "name: team\nto: mail, retrain\nalarms: drift, often\nstates: ALARM, OK\ngroup_by: endpoint\n"
        "group_wait: PT10S\ngroup_interval: PT5M\nrepeat_interval: PT4H\n"
    )
    shown = json.loads(run("catalog", "show", "channel", "hook", "--json")[1])
    assert shown["webhook"] == "https://hooks.example.org/kedge"
    assert "Did you mean 'team'?" in run("catalog", "show", "subscription", "taem")[1]
    assert "mail" in run("catalog", "list", "channel")[1]
