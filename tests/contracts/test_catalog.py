"""The rules of the catalog, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.catalog import (
    Answers,
    Baseline,
    Endpoint,
    JobDefinition,
    MonitoringSchedule,
    PlainFiles,
    Program,
    from_record,
    to_record,
)
from kedge.domain.record import Query
from kedge.errors import Conflict, InputError, InUse, NotFound, SettingError
from kedge.service.catalog.catalog import Catalog
from kedge.service.catalog.draft import Draft

HALF_PAST = datetime(2026, 11, 1, 9, 30, 12, tzinfo=UTC)
ENDPOINT = Endpoint(name="fraud", captures="captures", ground_truth="labels")
DATASET = PlainFiles(name="orders", url="orders")
DEFINITION = JobDefinition(name="fraud-1", endpoint_name="fraud", baseline="./baseline")
SCHEDULE = MonitoringSchedule(
    name="hourly", monitoring_job_definition_name="fraud-1", schedule_expression="cron(0 * ? * * *)"
)
HOUR = timedelta(hours=1)


class Clock:
    time = HALF_PAST

    def now(self):
        return self.time


@pytest.fixture
def catalog(database):
    """A catalog with an endpoint, a dataset and a definition, at half past nine."""
    made = Catalog(database, Clock(), "ann")
    made.endpoints.declare(ENDPOINT)
    made.datasets.declare(DATASET)
    made.definitions.create(DEFINITION)
    return made


@pytest.fixture
def scheduled(catalog):
    """The same, with a schedule of every hour."""
    catalog.schedules.create(SCHEDULE)
    return catalog


def test_what_nobody_has_begun_is_stopped_and_what_runs_is_told_to(scheduled):
    made = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    assert scheduled.executions.stop(made.name).status == "Stopped"
    again = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    scheduled.executions.change(again.name, lambda found: replace(found, status="InProgress"))
    assert scheduled.executions.stop(again.name).status == "Stopping"
    with pytest.raises(Conflict, match="is Stopped"):
        scheduled.executions.stop(made.name)


def bo(catalog) -> Catalog:
    return replace(catalog, by="bo")


def test_what_was_declared_is_there(catalog):
    assert catalog.endpoints.get("fraud") == ENDPOINT
    assert catalog.datasets.list() == [DATASET]
    assert catalog.definitions.find("other") is None


def test_a_name_that_is_not_there_is_told_with_the_nearest(catalog):
    with pytest.raises(NotFound, match=r"no endpoint 'fruad'. Did you mean 'fraud'\?"):
        catalog.endpoints.get("fruad")


@pytest.mark.parametrize(
    ("name", "near"),
    [("my fraud!", "my-fraud"), ("-a", "a"), ("a" * 64, "a" * 63), ("ä", "Give another"), ("", "Give another")],
)
def test_a_name_that_is_none_is_refused(catalog, name, near):
    with pytest.raises(SettingError, match=near) as error:
        catalog.endpoints.declare(replace(ENDPOINT, name=name))
    assert error.value.field == "name"


def test_a_name_is_of_an_endpoint_or_of_a_dataset(catalog):
    with pytest.raises(Conflict, match="There is an endpoint 'fraud'"):
        catalog.datasets.declare(replace(DATASET, name="fraud"))


def test_an_endpoint_that_is_declared_anew_is_changed(catalog):
    bo(catalog).endpoints.declare(replace(ENDPOINT, variants=("a",)))
    assert catalog.endpoints.get("fraud").variants == ("a",)
    assert [change.by for change in catalog.endpoints.history("fraud")] == ["ann", "bo"]


def test_an_endpoint_that_is_declared_as_it_is_has_not_changed(catalog):
    bo(catalog).endpoints.declare(ENDPOINT)
    assert [change.by for change in catalog.endpoints.history("fraud")] == ["ann"]


def test_who_changed_it_first_is_told_to_who_comes_second(catalog):
    bo(catalog).endpoints.declare(replace(ENDPOINT, captures="other"))
    with pytest.raises(Conflict, match=r"'fraud' was changed by bo at .*: captures: captures → other\. Look at it"):
        catalog.endpoints.declare(replace(ENDPOINT, variants=("a",)), expected=ENDPOINT)


def test_an_endpoint_that_a_schedule_looks_at_is_not_deleted(scheduled):
    with pytest.raises(InUse, match=r"'hourly' looks at it. Delete that first: kedge schedule delete hourly"):
        scheduled.endpoints.delete("fraud")
    scheduled.schedules.delete("hourly")
    scheduled.endpoints.delete("fraud")
    assert scheduled.endpoints.find("fraud") is None


def test_a_definition_never_changes(catalog):
    with pytest.raises(Conflict, match="fraud-1"):
        catalog.definitions.create(replace(DEFINITION, minimum_rows=5))
    assert catalog.definitions.get("fraud-1") == DEFINITION


def test_a_definition_that_a_schedule_uses_is_not_deleted(scheduled):
    with pytest.raises(InUse, match="'hourly' uses it"):
        scheduled.definitions.delete("fraud-1")
    scheduled.schedules.delete("hourly")
    scheduled.definitions.delete("fraud-1")
    assert scheduled.definitions.list() == []


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"endpoint_name": None}, "endpoint", "No endpoint or dataset"),
        ({"dataset_name": "orders"}, "endpoint", "Both an endpoint and a dataset"),
        ({"endpoint_name": "frau"}, "endpoint", "Did you mean 'fraud'"),
        ({"monitoring_type": "DataQualty"}, "monitoring_type", "Did you mean 'DataQuality'"),
        ({"baseline": None}, "baseline", "nothing to hold the data against"),
        ({"baseline": "normal"}, "baseline", "no baseline 'normal'"),
        ({"baseline": "normal:2"}, "baseline", "no baseline 'normal:2'"),
        ({"max_runtime_in_seconds": 86_401}, "max_runtime_in_seconds", "between 1 and 86,400"),
        ({"max_runtime_in_seconds": 0}, "max_runtime_in_seconds", "between"),
        ({"minimum_rows": -1}, "minimum_rows", "between"),
        ({"memory_limit": "much"}, "memory_limit", "Write it like 2GB"),
        ({"environment": {str(i): "" for i in range(51)}}, "environment", "51 entries, and 50"),
        ({"config_uri": "a" * 1025}, "config_uri", "1,025 characters"),
        ({"answers": Answers(problem_type="Clustering")}, "problem_type", "no 'Clustering'"),
        ({"answers": Answers(probability_threshold_attribute=2)}, "probability_threshold_attribute", "between"),
        ({"monitoring_type": "Custom", "baseline": None}, "program", "has a program"),
        ({"monitoring_type": "Custom", "program": Program(analyzer="a", image_uri="b")}, "program", "one alone"),
        (
            {"monitoring_type": "Custom", "program": Program(analyzer="a"), "record_preprocessor_source_uri": "p.py"},
            "record_preprocessor_source_uri",
            "without other scripts",
        ),
        ({"program": Program(container_entrypoint=("a",))}, "program", "runs no program"),
        ({"id": "key"}, "id", "of no use without labels"),
    ],
)
def test_a_definition_that_breaks_a_rule_is_refused(catalog, changed, field, told):
    with pytest.raises((SettingError, NotFound), match=told) as error:
        catalog.definitions.create(replace(DEFINITION, name="new", **changed))
    assert error.value.field == field
    assert error.value.next_step
    assert catalog.definitions.find("new") is None


def test_labels_are_where_the_endpoint_says(catalog):
    wanted = replace(DEFINITION, name="new", monitoring_type="ModelQuality")
    catalog.endpoints.declare(replace(ENDPOINT, ground_truth=None))
    with pytest.raises(SettingError, match="ModelQuality needs labels"):
        catalog.definitions.create(wanted)
    catalog.endpoints.declare(ENDPOINT)
    assert catalog.definitions.create(wanted) == wanted


def test_a_new_schedule_is_pending_and_then_scheduled(scheduled):
    schedule = scheduled.schedules.get("hourly")
    assert (schedule.status, schedule.next_time) == ("Scheduled", HALF_PAST.replace(hour=10, minute=0, second=0))
    assert (schedule.endpoint_name, schedule.monitoring_type) == ("fraud", "DataQuality")
    assert [change.after["status"] for change in scheduled.schedules.history("hourly")] == ["Pending", "Scheduled"]


def test_a_schedule_that_runs_once_is_due_this_minute(catalog):
    offsets = {"data_analysis_start_time": -HOUR, "data_analysis_end_time": timedelta()}
    made = catalog.schedules.create(replace(SCHEDULE, schedule_expression="NOW", **offsets))
    assert made.next_time == HALF_PAST.replace(second=0)


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"name": "a b"}, "name", "Write 'a-b'"),
        ({"monitoring_job_definition_name": "fraud-2"}, "definition", "Did you mean 'fraud-1'"),
        ({"schedule_expression": "now and then"}, "schedule_expression", "no expression"),
        ({"schedule_expression": "0 " * 200}, "schedule_expression", "400 characters, and 256"),
        ({"schedule_expression": "NOW"}, "data_analysis_start_time", "Give both offsets"),
        (
            {"schedule_expression": "NOW", "data_analysis_start_time": -HOUR},
            "data_analysis_end_time",
            "Give both offsets",
        ),
        (
            {"data_analysis_start_time": -HOUR, "data_analysis_end_time": -2 * HOUR},
            "data_analysis_start_time",
            "Nothing lies between the offsets -PT1H to -PT2H",
        ),
        (
            {"data_analysis_start_time": -25 * HOUR, "data_analysis_end_time": timedelta()},
            "data_analysis_start_time",
            "more than 24 hours",
        ),
        ({"catch_up_limit": 0}, "catch_up_limit", "between 1 and 10,000"),
    ],
)
def test_a_schedule_that_breaks_a_rule_is_refused(catalog, changed, field, told):
    with pytest.raises((SettingError, NotFound), match=told) as error:
        catalog.schedules.create(replace(SCHEDULE, **changed))
    assert error.value.field == field
    assert catalog.schedules.list() == []


@pytest.mark.parametrize(
    ("monitoring_type", "expression", "seconds"),
    [("DataQuality", "hourly", 3600), ("ModelQuality", "hourly", 1800), ("ModelBias", "every 10 minutes", 600)],
)
def test_an_execution_may_run_until_the_next_and_no_longer(catalog, monitoring_type, expression, seconds):
    for name, longest in (("most", seconds), ("more", seconds + 1)):
        limits = {"monitoring_type": monitoring_type, "max_runtime_in_seconds": longest}
        catalog.definitions.create(replace(DEFINITION, name=name, **limits))
    wanted = replace(SCHEDULE, schedule_expression=expression)
    with pytest.raises(SettingError, match=f"may run {seconds:,} seconds") as error:
        catalog.schedules.create(replace(wanted, monitoring_job_definition_name="more"))
    assert error.value.field == "max_runtime_in_seconds"
    assert catalog.schedules.create(replace(wanted, monitoring_job_definition_name="most"))


def test_offsets_of_a_definition_leave_something_to_look_at(catalog):
    catalog.definitions.create(replace(DEFINITION, name="late", start_time_offset=2 * HOUR))
    with pytest.raises(SettingError, match=r"ends .* before it starts") as error:
        catalog.schedules.create(replace(SCHEDULE, monitoring_job_definition_name="late"))
    assert error.value.field == "start_time_offset"


def test_a_stopped_schedule_is_not_due_and_a_started_one_misses_what_was(scheduled):
    assert (scheduled.schedules.stop("hourly").status, scheduled.schedules.get("hourly").next_time) == ("Stopped", None)
    later = replace(scheduled, clock=type("Later", (), {"now": lambda _: HALF_PAST + 5 * HOUR})())
    started = later.schedules.start("hourly")
    assert (started.status, started.next_time) == ("Scheduled", HALF_PAST.replace(hour=15, minute=0, second=0))


def test_what_is_started_already_goes_on_as_it_was(scheduled):
    before = scheduled.schedules.get("hourly")
    assert bo(scheduled).schedules.start("hourly") == before
    assert {change.by for change in scheduled.schedules.history("hourly")} == {"ann"}


def test_an_update_starts_a_stopped_schedule(scheduled):
    scheduled.schedules.stop("hourly")
    updated = scheduled.schedules.update(replace(SCHEDULE, catch_up="skip"))
    assert (updated.status, updated.catch_up, updated.next_time is not None) == ("Scheduled", "skip", True)


def test_an_update_leaves_the_next_slot_where_it_is_unless_the_expression_changes(scheduled):
    due = HALF_PAST - 3 * HOUR
    record = scheduled.records.get("schedule", "hourly")
    scheduled.records.put(replace(record, time=due), "")
    assert scheduled.schedules.update(replace(SCHEDULE, catch_up="skip")).next_time == due
    daily = scheduled.schedules.update(replace(SCHEDULE, schedule_expression="daily"))
    assert daily.next_time == datetime(2026, 11, 2, tzinfo=UTC)


def test_a_schedule_that_moves_on_meanwhile_is_stopped_all_the_same(scheduled, monkeypatch):
    put, moved = scheduled.records.put, []

    def faster(record, by):
        if not moved:
            moved.append(put(replace(scheduled.records.get("schedule", "hourly"), time=HALF_PAST), ""))
        return put(record, by)

    monkeypatch.setattr(scheduled.records, "put", faster)
    assert scheduled.schedules.stop("hourly").status == "Stopped"


def test_executions_of_a_deleted_schedule_stay_and_those_to_come_are_stopped(scheduled):
    made = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    scheduled.schedules.delete("hourly")
    left = scheduled.executions.get(made.name)
    assert (left.status, left.failure_reason) == ("Stopped", "Its schedule was deleted.")


def learned(catalog, **changed) -> Baseline:
    return catalog.baselines.add(Baseline(name="normal", version=0, url="here", **changed))


def test_the_version_that_was_learned_last_is_current(catalog):
    first, second = learned(catalog), learned(catalog)
    assert (first.reference, second.reference) == ("normal:1", "normal:2")
    assert catalog.baselines.resolve("normal") == second
    assert [version.status for version in catalog.baselines.versions("normal")] == ["Retired", "Current"]


def test_a_roll_back_makes_the_version_before_current(catalog):
    for _ in range(3):
        learned(catalog)
    assert catalog.baselines.roll_back("normal").version == 2
    assert catalog.baselines.roll_back("normal", 1).version == 1
    assert [version.status for version in catalog.baselines.versions("normal")] == ["Current", "Retired", "Retired"]


def test_there_is_nothing_before_the_first_version(catalog):
    learned(catalog)
    with pytest.raises(NotFound, match=r"no baseline 'normal:0'. There are: normal:1"):
        catalog.baselines.roll_back("normal")


def test_of_two_current_versions_the_one_that_became_so_last_counts(catalog):
    learned(catalog)
    learned(catalog)
    record = catalog.records.get("baseline", "normal:1")
    catalog.records.put(to_record(replace(from_record(Baseline, record), status="Current"), record), "ann")
    assert catalog.baselines.current("normal").version == 1


def test_versions_of_a_baseline_are_of_one_monitor(catalog):
    learned(catalog)
    with pytest.raises(SettingError, match="is of DataQuality, and the new version is of ModelBias"):
        learned(catalog, monitoring_type="ModelBias")


def test_a_definition_takes_a_baseline_of_its_own_monitor(catalog):
    learned(catalog, monitoring_type="ModelBias")
    with pytest.raises(SettingError, match="'normal:1' is of ModelBias, and not of DataQuality"):
        catalog.definitions.create(replace(DEFINITION, name="new", baseline="normal"))


def test_run_now_judges_the_last_whole_hour_and_again_when_it_was_judged(scheduled):
    schedule = scheduled.schedules.get("hourly")
    first = scheduled.executions.run_now(schedule)
    assert (first.name, first.status, first.cause) == ("hourly-202611010900", "Pending", "run-now")
    assert (first.window.start.hour, first.window.end.hour) == (8, 9)
    with pytest.raises(Conflict, match="'hourly-202611010900' is Pending"):
        scheduled.executions.run_now(schedule)
    scheduled.executions.change(first.name, lambda found: replace(found, status="Completed"))
    assert scheduled.executions.run_now(schedule).name == "hourly-202611010900-r2"


def test_an_execution_that_waits_is_stopped_at_once(scheduled):
    waiting = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    stopped = scheduled.executions.stop(waiting.name)
    assert (stopped.status, stopped.failure_reason, stopped.end_time) == (
        "Stopped",
        "It was stopped on request.",
        HALF_PAST,
    )
    assert scheduled.executions.history(waiting.name)[-1].by == "ann"


def test_an_execution_that_runs_is_stopped_by_its_worker(scheduled):
    running = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    scheduled.executions.change(running.name, lambda found: replace(found, status="InProgress", worker="one"))
    found = [scheduled.executions.stop(running.name) for _ in range(2)]
    assert [(each.status, each.worker) for each in found] == [("Stopping", "one")] * 2


def test_an_execution_that_has_ended_cannot_be_stopped(scheduled):
    ended = scheduled.executions.run_now(scheduled.schedules.get("hourly"))
    scheduled.executions.change(ended.name, lambda found: replace(found, status="Completed"))
    with pytest.raises(Conflict, match="'hourly-202611010900' has ended already: it is Completed"):
        scheduled.executions.stop(ended.name)


def test_run_now_of_a_schedule_that_runs_once_is_this_minute(catalog):
    offsets = {"data_analysis_start_time": -HOUR, "data_analysis_end_time": timedelta()}
    schedule = catalog.schedules.create(replace(SCHEDULE, schedule_expression="NOW", **offsets))
    made = catalog.executions.run_now(schedule)
    assert (made.scheduled_time, made.window.start) == (schedule.next_time, schedule.next_time - HOUR)


def test_a_backfill_makes_what_is_past_and_was_not_run(scheduled):
    schedule = scheduled.schedules.get("hourly")
    scheduled.executions.run_now(schedule)
    start = HALF_PAST.replace(hour=6, minute=0, second=0)
    made = scheduled.executions.backfill(schedule, start, start + 9 * HOUR)
    assert [execution.name for execution in made] == ["hourly-202611010700", "hourly-202611010800"]
    assert scheduled.executions.backfill(schedule, start, start + 9 * HOUR) == []


def test_a_backfill_of_nothing_is_refused(scheduled):
    with pytest.raises(InputError, match="No slot"):
        scheduled.executions.backfill(scheduled.schedules.get("hourly"), HALF_PAST, HALF_PAST + HOUR)


def test_executions_are_searched_the_latest_first(scheduled):
    schedule = scheduled.schedules.get("hourly")
    scheduled.executions.backfill(schedule, HALF_PAST - 5 * HOUR, HALF_PAST)
    hours = [execution.scheduled_time.hour for execution in scheduled.executions.search(source="fraud", limit=3)]
    assert hours == [9, 8, 7]
    assert scheduled.executions.search(source="orders") == []
    late = scheduled.executions.search(since=HALF_PAST - 2 * HOUR, until=HALF_PAST - HOUR)
    assert [execution.scheduled_time.hour for execution in late] == [8]


def test_a_draft_is_seen_by_nobody_until_it_is_carried_out(catalog):
    draft = Draft(catalog.records)
    replace(catalog, records=draft).schedules.create(SCHEDULE)
    assert catalog.schedules.list() == []
    draft.commit("bo")
    assert catalog.schedules.get("hourly").status == "Scheduled"
    assert [(change.by, change.before) for change in catalog.schedules.history("hourly")] == [("bo", None)]


def test_a_draft_lists_what_would_be(scheduled):
    draft = Draft(scheduled.records)
    planned = replace(scheduled, records=draft)
    planned.schedules.create(replace(SCHEDULE, name="another"))
    planned.schedules.delete("hourly")
    assert [record.name for record in draft.list(Query("schedule", parent="fraud"))] == ["another"]
    assert draft.list(Query("schedule", parent="orders")) == []


def test_a_draft_that_fails_in_the_middle_leaves_all_as_it_was(scheduled):
    draft = Draft(scheduled.records)
    planned = replace(scheduled, records=draft)
    planned.endpoints.declare(replace(ENDPOINT, name="new"))
    planned.endpoints.declare(replace(ENDPOINT, variants=("a",)))
    planned.schedules.stop("hourly")
    bo(scheduled).schedules.update(replace(SCHEDULE, catch_up="skip"))
    with pytest.raises(Conflict, match="'hourly' was changed by bo"):
        draft.commit("ann")
    assert scheduled.endpoints.list() == [ENDPOINT]


def test_a_draft_of_a_schedule_that_moved_on_meanwhile_is_carried_out(scheduled):
    draft = Draft(scheduled.records)
    replace(scheduled, records=draft).schedules.update(replace(SCHEDULE, catch_up="skip"))
    record = scheduled.records.get("schedule", "hourly")
    scheduled.records.put(replace(record, time=HALF_PAST + HOUR), "")
    draft.commit("ann")
    changed = scheduled.schedules.get("hourly")
    assert (changed.catch_up, changed.next_time) == ("skip", HALF_PAST + HOUR)


def test_the_newest_execution_of_every_schedule_is_found_at_once(scheduled):
    scheduled.schedules.create(replace(SCHEDULE, name="other"))
    scheduled.schedules.create(replace(SCHEDULE, name="none"))
    for name, hours in (("hourly", 3), ("other", 2)):
        schedule = scheduled.schedules.get(name)
        last = scheduled.executions.backfill(schedule, HALF_PAST - (hours + 1) * HOUR, HALF_PAST - HOUR)[-1]
        scheduled.executions.change(last.name, lambda found: replace(found, status="Completed"))
    again = scheduled.executions.run_now(scheduled.schedules.get("other"))
    found = {name: one.name for name, one in scheduled.executions.newest().items()}
    assert found == {"hourly": "hourly-202611010800", "other": again.name}
