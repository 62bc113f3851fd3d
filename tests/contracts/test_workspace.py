"""The contract of a workspace, here and behind a server: who uses one does not know which it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from inspect import signature
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from kedge import app
from kedge.adapters.client import Client, access, resources
from kedge.adapters.client import alarms as client_alarms
from kedge.adapters.client import notifications as client_notifications
from kedge.analysis.batch import column
from kedge.analysis.profile import Feature, Profile
from kedge.domain.access import WorkspaceSettings
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.catalog import Baseline, Endpoint, JobDefinition, MonitoringSchedule, PlainFiles, to_record
from kedge.domain.channel import Channel
from kedge.domain.history import TABLES, Exported, Span
from kedge.domain.metric import Metric, Point
from kedge.domain.notification import Notification
from kedge.domain.question import Question
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription
from kedge.domain.window import HOUR, Window
from kedge.errors import Conflict, DocumentError, InputError, InUse, KedgeError, NotFound, SettingError
from kedge.interfaces.cli.serve import listening
from kedge.reading.documents import write_profiles
from kedge.service.alarms.alarms import Alarms
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching
from kedge.service.messages.notifications import Notifications
from kedge.service.workspace import Workspace
from kedge.settings import Settings

ENDPOINT = Endpoint(name="fraud", captures="captures", ground_truth="labels")
DATASET = PlainFiles(name="orders", url="orders")
CHANNEL = Channel(name="mail", url="mailto://mail.example.org?from=kedge@example.org&to=ann@example.org")
ACTION = Action(name="retrain", handler="retrain.py", environment={"A": "b"})
SUBSCRIPTION = Subscription(name="team", to=("mail", "retrain"), repeat_interval=timedelta(hours=4))
BASELINE = Baseline(name="normal", version=0, url="baseline")
DEFINITION = JobDefinition(name="fraud-1", endpoint_name="fraud", baseline="./baseline", environment={"A": "b"})
SCHEDULE = MonitoringSchedule(
    name="hourly",
    monitoring_job_definition_name="fraud-1",
    schedule_expression="cron(0 * ? * * *)",
    data_analysis_start_time=timedelta(hours=-1),
    data_analysis_end_time=timedelta(),
)
FILE = b"endpoints:\n  card:\n    captures: captures\n"
NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)


class Here:
    """A workspace, and who may do what in all of them."""

    def __init__(self, hub):
        self._workspace, access = hub.workspace("ann"), hub.access("ann")
        self.tokens, self.workspaces = access.tokens, access.workspaces

    def __getattr__(self, name):
        return getattr(self._workspace, name)


@pytest.fixture(params=["here", "elsewhere"])
def workspace(request, tmp_path):
    """An empty workspace."""
    settings = Settings(listen="127.0.0.1:0")
    with app.hub(settings) as hub:
        if request.param == "here":
            yield Here(hub)
            return
        with listening(settings) as serving:
            serving.start()
            with Client(serving.url) as client:
                yield client
            serving.stop()
            serving.join()


@pytest.fixture
def declared(workspace):
    """The same with an endpoint, a dataset and a definition."""
    workspace.endpoints.declare(ENDPOINT)
    workspace.datasets.declare(DATASET)
    workspace.definitions.create(DEFINITION)
    return workspace


@pytest.fixture
def scheduled(declared):
    """The same with a schedule of every hour."""
    declared.schedules.create(SCHEDULE)
    return declared


@pytest.fixture
def ran(scheduled):
    """The same with an execution that left a log and a report."""
    made = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    Path("report/deep").mkdir(parents=True)
    Path("log").write_text("one\n\n  three € \n")
    Path("report/violations.json").write_bytes(b'{"violations": []}')
    Path("report/deep/a b.bin").write_bytes(b"\x00\xff")
    with app.workspace(Settings(), "worker") as here:
        here.executions.change(made.name, lambda found: replace(found, log="log", report="report", status="Completed"))
    return scheduled


@pytest.fixture
def profiles(workspace):
    """The profile of one hour of fifty rows."""
    window = Window(NINE, NINE + HOUR)
    features = {"age": Feature().update(column(np.arange(50)))}
    profile = Profile(features, 50, endpoint="fraud", variant="AllTraffic", window=window)
    app.Stores().write("reports/9", {"profile.json": write_profiles((profile,))})
    with app.memory("sqlite:///kedge-data/kedge.db", "kedge-data/profiles") as memory:
        memory.remember("data-quality", "fraud", window, "reports/9")


def test_what_was_declared_is_there(declared):
    assert declared.endpoints.get("fraud") == ENDPOINT
    assert declared.datasets.list() == [DATASET]
    assert declared.definitions.get("fraud-1") == DEFINITION
    assert declared.endpoints.find("other") is None


def test_a_name_that_is_not_there_is_told_with_the_nearest(declared):
    with pytest.raises(NotFound, match=r"no endpoint 'fruad'. Did you mean 'fraud'\?") as error:
        declared.endpoints.get("fruad")
    assert (error.value.field, error.value.next_step) == ("endpoint", "kedge catalog list endpoint shows them.")


def test_what_breaks_a_rule_is_refused_with_its_field(workspace):
    with pytest.raises(SettingError, match="A name has letters") as error:
        workspace.endpoints.declare(replace(ENDPOINT, name="my fraud!"))
    assert (error.value.field, error.value.next_step) == ("name", "Write 'my-fraud'.")


def test_an_endpoint_that_is_declared_anew_is_changed(declared):
    changed = replace(ENDPOINT, variants=("a",))
    assert declared.endpoints.declare(changed, expected=ENDPOINT) == changed
    history = declared.endpoints.history("fraud")
    assert [(one.before, one.after) for one in history] == [
        (None, to_record(ENDPOINT).document),
        (to_record(ENDPOINT).document, to_record(changed).document),
    ]


def test_who_is_told_is_declared_changed_and_deleted(workspace):
    workspace.channels.create(CHANNEL)
    workspace.actions.declare(ACTION)
    workspace.subscriptions.declare(SUBSCRIPTION)
    grouped = replace(SUBSCRIPTION, group_by=("endpoint",))
    assert workspace.subscriptions.declare(grouped, expected=SUBSCRIPTION) == grouped
    assert (workspace.channels.list(), workspace.actions.get("retrain")) == ([CHANNEL], ACTION)
    with pytest.raises(InUse, match="The subscription 'team' names it"):
        workspace.channels.delete("mail")
    workspace.subscriptions.delete("team")
    workspace.channels.delete("mail")
    assert workspace.channels.find("mail") is None


def test_a_new_endpoint_takes_nobodys_place(declared):
    declared.endpoints.create(replace(ENDPOINT, name="churn"))
    with pytest.raises(Conflict, match="'churn'"):
        declared.endpoints.create(replace(ENDPOINT, name="churn", captures="other"))
    assert declared.endpoints.get("churn").captures == ENDPOINT.captures


def test_who_comes_second_is_told_so(declared):
    declared.endpoints.declare(replace(ENDPOINT, captures="other"))
    told = r"^The endpoint 'fraud' was changed by \S+ at \S+: captures: captures → other\.$"
    with pytest.raises(Conflict) as error:
        declared.endpoints.declare(replace(ENDPOINT, variants=("a",)), expected=ENDPOINT)
    assert re.match(told, error.value.message)
    assert error.value.next_step == "Look at it, and run the command again."
    assert declared.endpoints.get("fraud").captures == "other"


def test_who_comes_after_it_was_deleted_is_told_so(declared):
    declared.datasets.delete("orders")
    with pytest.raises(Conflict, match=r"The dataset 'orders' was deleted by \S+ at 20"):
        declared.datasets.declare(replace(DATASET, url="other"), expected=DATASET)
    assert declared.datasets.find("orders") is None


def test_of_what_is_there_already_is_told_who_made_it(declared):
    with pytest.raises(Conflict, match=r"There is a definition 'fraud-1', made by \S+ at 20") as error:
        declared.definitions.create(DEFINITION)
    assert (error.value.field, error.value.next_step) == ("name", "Take another name.")


def test_what_is_needed_is_not_deleted(scheduled):
    with pytest.raises(InUse, match="'hourly' looks at it"):
        scheduled.endpoints.delete("fraud")
    with pytest.raises(InUse, match="'hourly' uses it"):
        scheduled.definitions.delete("fraud-1")


def test_what_is_deleted_is_gone_and_its_history_stays(scheduled):
    scheduled.schedules.delete("hourly")
    scheduled.definitions.delete("fraud-1")
    scheduled.endpoints.delete("fraud")
    assert scheduled.endpoints.list() == []
    assert [one.after is None for one in scheduled.history("endpoint", "fraud")] == [False, True]


def test_what_never_was_has_no_history(workspace):
    with pytest.raises(NotFound, match="no endpoint 'fraud'"):
        workspace.history("endpoint", "fraud")


def test_what_is_not_there_is_not_deleted(workspace):
    for kind in (workspace.endpoints, workspace.datasets, workspace.definitions, workspace.schedules):
        with pytest.raises(NotFound, match="'nothing'"):
            kind.delete("nothing")


def test_a_definition_never_changes(declared):
    with pytest.raises(Conflict):
        declared.definitions.create(replace(DEFINITION, minimum_rows=5))
    assert declared.definitions.get("fraud-1") == DEFINITION


def test_baselines_have_versions_and_a_way_back(workspace):
    first = workspace.baselines.add(BASELINE)
    second = workspace.baselines.add(replace(BASELINE, url="other"))
    assert (first.reference, second.reference) == ("normal:1", "normal:2")
    assert workspace.baselines.current("normal") == second == workspace.baselines.resolve("normal")
    assert workspace.baselines.roll_back("normal") == workspace.baselines.resolve("normal")
    assert [one.status for one in workspace.baselines.versions("normal")] == ["Current", "Retired"]
    assert workspace.baselines.get("normal:2").url == "other"


def test_a_baseline_that_is_not_there_is_told(workspace):
    workspace.baselines.add(BASELINE)
    assert workspace.baselines.current("other") is None
    with pytest.raises(NotFound, match=r"no baseline 'normal:7'. There are: normal:1\."):
        workspace.baselines.resolve("normal:7")
    with pytest.raises(NotFound, match=r"no baseline 'normal:7'\. There are: normal:1\."):
        workspace.baselines.roll_back("normal", 7)


def test_a_schedule_is_stopped_and_started(scheduled):
    made = scheduled.schedules.get("hourly")
    assert (made.status, made.data_analysis_start_time) == ("Scheduled", timedelta(hours=-1))
    assert made.next_time > datetime.now(UTC)
    assert scheduled.schedules.stop("hourly") == replace(made, status="Stopped", next_time=None)
    assert scheduled.schedules.start("hourly").status == "Scheduled"


def test_a_schedule_is_made_once_and_changed(scheduled):
    with pytest.raises(Conflict):
        scheduled.schedules.create(SCHEDULE)
    now = scheduled.schedules.get("hourly")
    assert scheduled.schedules.update(replace(now, catch_up="skip"), expected=now).catch_up == "skip"
    with pytest.raises(Conflict):
        scheduled.schedules.update(now, expected=now)
    with pytest.raises(NotFound, match="no schedule 'hurly'"):
        scheduled.schedules.update(replace(SCHEDULE, name="hurly"))


def test_a_schedule_tells_what_it_does(scheduled):
    assert scheduled.schedules.definition(scheduled.schedules.get("hourly")) == DEFINITION


def test_a_slot_is_run_now_and_not_twice_at_once(scheduled):
    made = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    assert (made.status, made.cause, made.window.end - made.window.start) == ("Pending", "run-now", HOUR)
    with pytest.raises(Conflict, match=f"{made.name}' is Pending"):
        scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    assert scheduled.executions.last("hourly", made.scheduled_time) == made


def test_slots_that_are_past_are_filled_once(scheduled):
    schedule = scheduled.schedules.get("hourly")
    made = scheduled.executions.backfill(schedule, NINE, NINE + 3 * HOUR)
    assert [one.scheduled_time for one in made] == [NINE + hour * HOUR for hour in (1, 2, 3)]
    assert scheduled.executions.backfill(schedule, NINE, NINE + 3 * HOUR) == []
    with pytest.raises(InputError, match="No slot of"):
        scheduled.executions.backfill(schedule, NINE, NINE)


def test_slots_that_broke_are_filled_again_where_that_is_asked(scheduled):
    executions, schedule = scheduled.executions, scheduled.schedules.get("hourly")
    made = executions.backfill(schedule, NINE, NINE + 3 * HOUR)
    executions.stop(made[0].name)
    with app.workspace(Settings(), "worker") as here:
        for one, status in zip(made[1:], ("Failed", "Completed"), strict=True):
            here.executions.change(one.name, lambda found, status=status: replace(found, status=status))
    assert executions.backfill(schedule, NINE, NINE + 3 * HOUR) == []
    again = executions.backfill(schedule, NINE, NINE + 3 * HOUR, again=True)
    assert [(one.name, one.revision, one.status) for one in again] == [
        (f"{one.name}-r2", 2, "Pending") for one in made[:2]
    ]
    assert executions.backfill(schedule, NINE, NINE + 3 * HOUR, again=True) == []


def test_executions_are_searched_the_latest_first(scheduled):
    made = scheduled.executions.backfill(scheduled.schedules.get("hourly"), NINE, NINE + 5 * HOUR)
    search = scheduled.executions.search
    assert search(schedule="hourly") == search(source="fraud") == made[::-1]
    assert search(since=NINE + 2 * HOUR, until=NINE + 4 * HOUR, limit=1) == [made[2]]
    assert search(status=("Failed", "Stopped")) == search(source="orders") == []


def test_the_newest_of_every_schedule_is_found(scheduled):
    scheduled.schedules.create(replace(SCHEDULE, name="other"))
    scheduled.schedules.create(replace(SCHEDULE, name="none"))
    last = {}
    for name, hours in (("hourly", 3), ("other", 5)):
        last[name] = scheduled.executions.backfill(scheduled.schedules.get(name), NINE, NINE + hours * HOUR)[-1]
    assert scheduled.executions.newest() == last


def test_an_execution_that_waits_is_stopped(scheduled):
    made = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    assert scheduled.executions.stop(made.name).status == "Stopped"
    with pytest.raises(Conflict, match="is Stopped"):
        scheduled.executions.stop(made.name)


def test_lists_are_filtered_ordered_and_limited(workspace):
    for name in ("b", "a", "c", "d-1", "d-2"):
        workspace.endpoints.declare(replace(ENDPOINT, name=name))
    names = [one.name for one in workspace.endpoints.list(order="created", descending=True, limit=2)]
    assert names == ["d-2", "d-1"]
    assert [one.name for one in workspace.endpoints.list(name_contains="d-")] == ["d-1", "d-2"]
    assert workspace.endpoints.list(created_until=NINE) == []


def test_records_are_found_by_their_names(workspace):
    for name in ("a", "b", "c"):
        workspace.endpoints.declare(replace(ENDPOINT, name=name))
    assert [one.name for one in workspace.endpoints.list(names=("c", "a", "d"))] == ["a", "c"]


def test_records_have_versions_and_pages(workspace):
    for name in ("a", "b", "c"):
        workspace.endpoints.declare(replace(ENDPOINT, name=name))
    workspace.endpoints.declare(replace(ENDPOINT, name="b", variants=("x",)))
    query = Query("endpoint", order="modified", limit=2)
    first = workspace.records(query)
    assert [one.name for one in first] == ["a", "c"]
    (last,) = workspace.records(replace(query, after=first[-1]))
    assert (last.name, last.version, last.document["variants"], last.created < last.modified) == ("b", 2, ["x"], True)


def test_a_file_is_planned_and_applied(workspace):
    plan = workspace.plan(FILE, "monitors.yaml")
    assert [(one.sign, one.kind, one.name) for one in plan] == [("+", "endpoint", "card")]
    assert workspace.endpoints.list() == []
    assert workspace.apply(FILE, "monitors.yaml", expected=plan) == plan
    assert workspace.endpoints.get("card").captures == str(Path("captures").resolve())
    assert workspace.apply(FILE, "monitors.yaml") == ()


def test_nothing_is_applied_but_what_was_seen(workspace):
    plan = workspace.plan(FILE, "monitors.yaml")
    workspace.endpoints.declare(replace(ENDPOINT, name="card"))
    with pytest.raises(Conflict):
        workspace.apply(FILE, "monitors.yaml", expected=plan)
    assert workspace.endpoints.get("card").ground_truth == "labels"


def test_what_is_wrong_in_a_file_is_told_with_its_line(workspace):
    with pytest.raises(DocumentError) as error:
        workspace.plan(b"endpoints:\n  card:\n    capture: x\n", "my.yaml")
    assert (str(error.value.file), error.value.line, error.value.field) == ("my.yaml", 3, "endpoints.card.capture")


def test_what_is_not_declared_any_more_is_deleted(declared):
    changes = declared.apply(FILE, "monitors.yaml", prune=True)
    assert {(one.sign, one.name) for one in changes if one.sign == "-"} == {("-", "orders"), ("-", "fraud")}


def test_what_an_execution_left_is_read(ran):
    (execution,) = ran.executions.search()
    assert ran.log(execution.name) == ["one", "", "  three € "]
    assert ran.report(execution.name) == ["deep/a b.bin", "violations.json"]
    assert ran.report_file(execution.name, "deep/a b.bin") == b"\x00\xff"
    with pytest.raises(NotFound, match=r"has no file '\.\./log'"):
        ran.report_file(execution.name, "../log")


def test_an_execution_that_left_nothing_says_so(scheduled):
    made = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    assert scheduled.log(made.name) == []
    with pytest.raises(InputError, match="left no report: it is Pending"):
        scheduled.report(made.name)
    with pytest.raises(NotFound, match="no execution 'x'"):
        scheduled.log("x")


def test_profiles_are_asked(workspace, profiles):
    question = Question("data-quality", "fraud", start=NINE, end=NINE + 2 * HOUR)
    answer = workspace.query(question, ("mean", "p50", "histogram"))
    assert (answer.window, answer.rows, dict(answer.merged)) == (Window(NINE, NINE + 2 * HOUR), 50, {"hour": 1})
    assert answer.gaps == {"AllTraffic": (Window(NINE + HOUR, NINE + 2 * HOUR),)}
    assert answer.features["age"]["mean"] == pytest.approx(24.5)
    assert set(answer.features["age"]["histogram"]) == {"counts", "edges"}
    assert json.loads(workspace.profile(question))["profiles"]


def test_a_feature_or_a_profile_that_is_not_there_is_told(workspace, profiles):
    with pytest.raises(SettingError, match=r"no feature 'agee'.*Did you mean 'age'"):
        workspace.query(Question(features=("agee",)), ("mean",))
    with pytest.raises(InputError, match="no profiles of bias here"):
        workspace.query(Question("bias"), ("mean",))


@pytest.fixture
def published():
    """Drift of two features for three hours."""
    with app.hub(Settings()) as hub:
        for name, value in (("age", 0.1), ("pay", 0.2)):
            metric = Metric.of("data", "drift", {"Endpoint": "fraud", "Feature": name})
            hub.records.points.append([(metric, Point(NINE + n * HOUR, n * value)) for n in range(3)])


def test_metrics_are_found_by_their_dimensions(workspace, published):
    [age, pay] = workspace.metrics()
    assert workspace.metrics("data", "drift", {"Feature": "pay"}) == [pay]
    assert workspace.metrics(name="other") == workspace.metrics(dimensions={"Feature": "other"}) == []
    assert dict(age.dimensions) == {"Endpoint": "fraud", "Feature": "age"}


def test_metrics_are_told_over_time(workspace, published):
    metric = Metric.of("data", "drift", {"Endpoint": "fraud"})
    points = workspace.points(metric, NINE + HOUR, NINE + 3 * HOUR, statistic="Maximum")
    assert points == [Point(NINE + HOUR, 0.2), Point(NINE + 2 * HOUR, 0.4)]


def test_a_metric_that_is_not_there_is_told_with_the_nearest(workspace, published):
    with pytest.raises(NotFound, match=r"no metric 'drif'.*Did you mean 'drift'"):
        workspace.points(Metric("data", "drif"), NINE, NINE + HOUR)
    with pytest.raises(NotFound, match="None of the metrics 'drift' has these dimensions"):
        workspace.points(Metric.of("data", "drift", {"Feature": "x"}), NINE, NINE + HOUR)
    with pytest.raises(SettingError, match="no statistic 'sum'"):
        workspace.points(Metric("data", "drift"), NINE, NINE + HOUR, statistic="sum")


@pytest.fixture
def alarmed(workspace, published):
    """Two alarms on the drift of the pay, of which the second alarms, and one of both."""
    pay = Metric.of("data", "drift", {"Feature": "pay"})
    for name, threshold in (("calm", 0.5), ("drift", 0.3)):
        workspace.alarms.declare(Alarm(name=name, metric=pay, threshold=threshold))
    workspace.alarms.declare(Alarm(name="worse", rule="drift and not calm"))
    with app.hub(Settings()) as hub:
        records = hub.records
        Watching(records, Values(records, records.points, None)).look(NINE + 3 * HOUR)
    return workspace


def test_alarms_are_declared_changed_and_deleted(workspace):
    alarm = Alarm(name="drift", metric=Metric.of("data", "drift", {"Feature": "pay"}), threshold=1.0)
    assert workspace.alarms.declare(alarm) == alarm == workspace.alarms.get("drift")
    changed = replace(alarm, threshold=0.5, period=timedelta(minutes=5))
    assert workspace.alarms.declare(changed, expected=alarm) == changed
    with pytest.raises(Conflict, match="The alarm 'drift' was changed"):
        workspace.alarms.declare(alarm, expected=alarm)
    assert [one.after and one.after["threshold"] for one in workspace.history("alarm", "drift")] == [1, 0.5]
    assert workspace.alarms.history("drift") == workspace.history("alarm", "drift")
    workspace.alarms.delete("drift")
    assert workspace.alarms.find("drift") is None


def test_alarms_tell_how_they_stand(alarmed):
    found = {one.alarm.name: one for one in alarmed.alarms.standings()}
    assert {name: one.alert.state for name, one in found.items()} == {"calm": "OK", "drift": "ALARM", "worse": "ALARM"}
    assert "0.4 (01/11/26 11:00:00)] was greater than the threshold (0.3)" in found["drift"].alert.reason
    assert alarmed.alarms.standing("drift") == found["drift"]
    assert alarmed.alarms.alert("drift") == found["drift"].alert
    assert [one.alarm for one in found.values()] == alarmed.alarms.list()


def test_alarms_are_found_by_how_they_stand(alarmed):
    names = [one.alarm.name for one in alarmed.alarms.standings(("ALARM", "INSUFFICIENT_DATA"), limit=1)]
    assert (names, [one.name for one in alarmed.alarms.list(status=("OK",))]) == (["drift"], ["calm"])
    with pytest.raises(SettingError, match=r"no 'ALARMS'.*Did you mean 'ALARM'"):
        alarmed.alarms.standings(("ALARMS",))


def test_alarms_tell_how_they_stood(alarmed):
    [went] = alarmed.alarms.transitions("drift")
    assert (went.state, went.previous, went.number, went.since) == ("ALARM", "INSUFFICIENT_DATA", 1, NINE + 3 * HOUR)
    assert [point.value for point in went.datapoints] == [0.4]
    with pytest.raises(NotFound, match=r"no alarm 'drit'. Did you mean 'drift'\?") as error:
        alarmed.alarms.transitions("drit")
    assert error.value.next_step == "kedge alarm list shows them."


def test_an_alarm_is_silenced_for_a_while(alarmed):
    later = datetime(2099, 1, 1, tzinfo=UTC)
    silence = alarmed.alarms.silence("drift", later, "a new model")
    assert (silence.until, silence.reason) == (later, "a new model")
    assert alarmed.alarms.silenced("drift") == silence == alarmed.alarms.standing("drift").silence
    with pytest.raises(SettingError, match="would be over already") as error:
        alarmed.alarms.silence("drift", NINE)
    assert error.value.field == "until"
    alarmed.alarms.unsilence("drift")
    assert alarmed.alarms.silenced("drift") is None


def test_an_alarm_that_alarms_is_acknowledged(alarmed):
    known = alarmed.alarms.acknowledge("drift", "looking")
    assert (known.number, known.reason) == (1, "looking")
    assert alarmed.alarms.acknowledged("drift") == known == alarmed.alarms.standings(("ALARM",))[0].acknowledgement
    with pytest.raises(Conflict, match="'calm' is OK, so that there is nothing to look after"):
        alarmed.alarms.acknowledge("calm")


def test_an_alarm_that_another_names_is_not_deleted(alarmed):
    with pytest.raises(InUse, match="'worse' names it"):
        alarmed.alarms.delete("drift")


def test_a_metric_that_no_monitor_publishes_is_told_with_the_nearest(scheduled):
    metric = Metric.of("", "feature_baseline_drft_age", {"MonitoringSchedule": "hourly"})
    with pytest.raises(NotFound, match="Did you mean 'feature_baseline_drift_age'") as error:
        scheduled.alarms.declare(Alarm(name="drift", metric=metric))
    assert error.value.field == "metric"
    with pytest.raises(KedgeError) as error:
        scheduled.alarms.declare(Alarm(name="often", executions_of="hourly", threshold="high"))
    assert error.value.field == "threshold"


def test_labels_and_captures_are_kept(declared):
    body = Payload("1,2", "CSV", "text/csv")
    capture = CaptureRecord("a", "2026-11-01T08:10:00Z", input=body, output=body).to_json().encode()
    assert declared.upload_labels("fraud", b'{"id": "a", "label": 1}\n{"id": "b", "label": 0}\n') == 2
    assert declared.upload_captures("fraud", capture) == 1
    assert len([*Path("labels").rglob("*.jsonl")]) == len([*Path("captures/fraud").rglob("*.jsonl")]) == 1
    with pytest.raises(InputError, match="line 2") as error:
        declared.upload_labels("fraud", b'{"id": "a", "label": 1}\nx')
    assert error.value.line == 2


def test_the_newest_captures_are_shown_with_where_they_are_from(declared):
    body = Payload("1,2", "CSV", "text/csv")
    lines = [CaptureRecord(id, f"2026-11-01T08:1{id}:00Z", input=body, output=body).to_json() for id in "012"]
    declared.upload_captures("fraud", "\n".join(lines).encode())
    found = declared.captures("fraud", most=2)
    assert [(one.variant, one.line.decode()) for one in found] == [("AllTraffic", line) for line in lines[1:]]
    assert found == declared.captures("fraud", "AllTraffic", 2)
    with pytest.raises(InputError, match="no captures of this variant: blue"):
        declared.captures("fraud", "blue")
    with pytest.raises(NotFound, match="no endpoint 'frod'"):
        declared.captures("frod")


def test_the_history_is_exported_table_by_table(ran, tmp_path):
    made = ran.export(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.parquet")) == [f"{name}.parquet" for name in sorted(TABLES)]
    assert made.rows == {"statistics": 0, "metrics": 0, "violations": 0, "executions": 1}
    assert (made.unread, len(made.skipped)) == (1, 1)
    (row,) = pyarrow.parquet.read_table(tmp_path / "executions.parquet").to_pylist()
    assert (row["schedule"], row["status"]) == ("hourly", "Completed")
    assert ran.export(tmp_path, Span(end=NINE), ("executions",)) == Exported({"executions": 0})
    with pytest.raises(NotFound, match="no schedule 'hurly'"):
        ran.export(tmp_path, Span(schedule="hurly"))


def test_events_come_as_they_happen(scheduled):
    coming = scheduled.events(after="0.0.")
    made = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    (event,) = islice(coming, 1)
    assert (event.kind, event.document["name"], event.document["status"]) == ("execution", made.name, "Pending")
    scheduled.executions.stop(made.name)
    (event,) = islice(scheduled.events(after=event.id), 1)
    assert event.document["status"] == "Stopped"


def test_tokens_are_issued_listed_and_taken_back(workspace):
    tokens, later = workspace.tokens, datetime(2099, 1, 1, tzinfo=UTC)
    made, secret = tokens.issue("ci", "operator", scopes=("ground-truth",), expires=later)
    assert secret.startswith(f"kedge_{made.id}_")
    assert (made.role, made.workspace, made.scopes, made.expires) == ("operator", "default", ("ground-truth",), later)
    assert tokens.list() == tokens.list("default") == [made] == [tokens.get(made.id)]
    assert tokens.list("*") == []
    revoked = tokens.revoke(made.id)
    assert revoked == tokens.revoke(made.id) == tokens.get(made.id)
    assert revoked.revoked is not None


def test_a_token_that_cannot_be_is_refused(workspace):
    with pytest.raises(NotFound, match="no workspace 'red'"):
        workspace.tokens.issue("ci", "viewer", "red")
    with pytest.raises(SettingError, match="is past") as error:
        workspace.tokens.issue("ci", "viewer", expires=NINE)
    assert error.value.field == "expires"
    with pytest.raises(NotFound, match="no token 'x'"):
        workspace.tokens.revoke("x")


def test_workspaces_are_declared_changed_and_deleted(workspace):
    teams, red = workspace.workspaces, WorkspaceSettings(name="red", places=("/data",), credentials={"A": "env:B"})
    assert teams.create(red) == red == teams.get("red")
    changed = replace(red, description="ours")
    assert teams.declare(changed, expected=red) == changed
    with pytest.raises(Conflict):
        teams.declare(replace(red, description="theirs"), expected=red)
    assert [one.name for one in teams.list()] == ["default", "red"]
    teams.delete("red")
    assert teams.find("red") is None
    assert [one.after is None for one in teams.history("red")] == [False, False, True]


def test_the_default_workspace_is_there_and_can_be_declared_once(workspace):
    teams, ours = workspace.workspaces, WorkspaceSettings(name="default", description="ours")
    assert (teams.get("default"), teams.is_declared("default")) == (WorkspaceSettings(name="default"), False)
    assert teams.create(ours) == ours
    assert teams.is_declared("default")
    with pytest.raises(Conflict, match="default"):
        teams.create(ours)


def test_a_workspace_that_has_something_is_deleted_only_by_force(workspace):
    workspace.workspaces.create(WorkspaceSettings(name="red"))
    with app.catalog(Settings(), "ann", "red") as red:
        red.endpoints.declare(ENDPOINT)
    with pytest.raises(InUse, match="not empty"):
        workspace.workspaces.delete("red")
    workspace.workspaces.delete("red", force=True)
    with pytest.raises(NotFound, match="no workspace 'red'"):
        workspace.workspaces.get("red")


# The service's own, and what each works with.
WITHIN = (
    *("cls", "other", "folder", "change", "make", "remove", "verify", "records", "clock", "by", "calls"),
    *("alerts", "beside", "features"),
)


def offered(cls) -> dict[str, list[str]]:
    """Return what a class offers: its methods with their arguments, and its properties."""
    found = {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")}
    told = {name: [*signature(one).parameters] if callable(one) else [] for name, one in found.items()}
    return {name: arguments for name, arguments in told.items() if name not in WITHIN}


def test_a_trial_tells_what_became_of_the_message_and_leaves_it_in_the_log(alarmed):
    alarmed.channels.create(Channel(name="hook", webhook="https://hooks.invalid/kedge"))
    alarmed.subscriptions.declare(Subscription(name="team", to=("hook",), alarms=("dr*",)))
    (one,) = alarmed.test("drift")
    assert (one.status, one.cause, one.to, one.incidents[0].alarm.name) == ("failed", "test", "hook", "drift")
    assert one.reason.startswith("The server cannot be reached")
    assert alarmed.notifications.list(alarm="drift") == [one] == alarmed.notifications.list(status="failed", to="hook")
    assert alarmed.notifications.list(alarm="calm") == alarmed.notifications.list(status="sent") == []
    assert alarmed.notifications.get(one.name) == one
    assert alarmed.notifications.deliveries() == []


def test_a_message_that_failed_is_sent_again_under_its_name(alarmed):
    alarmed.channels.create(Channel(name="hook", webhook="https://hooks.invalid/kedge"))
    alarmed.subscriptions.declare(Subscription(name="team", to=("hook",), alarms=("dr*",)))
    (failed,) = alarmed.test("drift")
    waits = alarmed.notifications.resend(failed.name)
    assert (waits.name, waits.status, waits.attempts, waits.ended) == (failed.name, "waiting", 0, None)
    assert waits == alarmed.notifications.get(failed.name)
    assert (alarmed.notifications.resend_all("hook"), alarmed.notifications.resend_all("hook", "waiting", 5)) == (0, 1)


def test_messages_that_are_not_sent_again_are_refused(workspace):
    place = {"workspace": "default", "subscription": "team", "to": "hook", "cause": "alarm", "created": NINE}
    with app.hub(Settings()) as hub:
        hub.records.put(to_record(Notification(name="n", status="silenced", reason="It was told.", **place)), "")
    with pytest.raises(Conflict, match="'n' is silenced, so that nobody is told: It was told") as error:
        workspace.notifications.resend("n")
    assert error.value.field == "notification"
    with pytest.raises(NotFound, match="There is no notification 'a'"):
        workspace.notifications.resend("a")
    with pytest.raises(NotFound, match="There is no channel or action 'hook'"):
        workspace.notifications.resend_all("hook")


def test_a_trial_of_an_alarm_that_nobody_is_told_of_is_refused(alarmed):
    with pytest.raises(NotFound, match="Nobody is told of the alarm 'calm' by a channel"):
        alarmed.test("calm")
    with pytest.raises(NotFound, match=r"There is no alarm 'drit'\. Did you mean 'drift'"):
        alarmed.test("drit")


def test_a_message_and_a_status_that_are_unknown_are_refused(workspace):
    with pytest.raises(NotFound, match="There is no notification 'a'"):
        workspace.notifications.get("a")
    with pytest.raises(SettingError, match=r"There is no status 'send'\. Did you mean 'sent'"):
        workspace.notifications.list(status="send")


def test_notifications_offer_the_same():
    assert offered(client_notifications.Notifications) == offered(Notifications)


def test_both_offer_the_same():
    elsewhere = offered(Client)
    assert {name: elsewhere.get(name) for name in offered(Workspace)} == offered(Workspace)


def test_alarms_offer_the_same():
    assert offered(client_alarms.Alarms) == offered(Alarms)


KINDS = ["Actions", "Baselines", "Channels", "Datasets", "Definitions", "Endpoints", "Executions", "Schedules"]


@pytest.mark.parametrize("kind", [*KINDS, "Subscriptions"])
def test_resources_of_a_kind_offer_the_same(kind):
    files = {"Datasets": "sources", "Endpoints": "sources"}
    here = import_module(f"kedge.service.catalog.{files.get(kind, kind.lower())}")
    assert offered(getattr(resources, kind)) == offered(getattr(here, kind))


@pytest.mark.parametrize("kind", ["Tokens", "Workspaces"])
def test_who_may_do_what_is_offered_the_same(kind):
    here = import_module(f"kedge.service.access.{kind.lower()}")
    assert offered(getattr(access, kind)) == offered(getattr(here, kind))
