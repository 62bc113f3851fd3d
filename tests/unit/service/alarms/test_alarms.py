"""Alarms keep their rules; silences and acknowledgements stand beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.alarm import Alarm, Lines
from kedge.domain.catalog import MonitoringSchedule, from_record, to_record
from kedge.domain.metric import Metric, Point
from kedge.errors import Conflict, InUse, NotFound, SettingError
from kedge.service.alarms.alarms import FEW, Alarms
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
METRIC = Metric("data", "drift", (("Endpoint", "fraud"),))
DRIFT = Alarm(name="drift", metric=METRIC, threshold=0.1)
SCHEDULE = MonitoringSchedule(name="hourly", monitoring_job_definition_name="d", schedule_expression="hourly")


class Clock:
    time = NOON

    def now(self):
        return self.time


@pytest.fixture
def alarms(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    records.put(to_record(SCHEDULE), "ann")
    yield Alarms(records, "ann", Clock())
    records.close()


def alarmed(alarms: Alarms, value: float = 0.31) -> None:
    """Have the alarm be told a value of the hour."""
    now, records = alarms.clock.now(), alarms.records
    records.points.append([(METRIC, Point(now - HOUR, value))])
    Watching(records, Values(records, records.points, None)).look(now, [METRIC])


@pytest.mark.parametrize(
    "alarm",
    [
        replace(DRIFT, period=timedelta(minutes=15), datapoints_to_alarm=2, evaluation_periods=3, statistic="p99.9"),
        Alarm(name="errors", lines=Lines("hourly", "ERROR"), treat_missing_data="notBreaching", actions_enabled=False),
        Alarm(name="alert", executions_of="hourly", description="Often wrong."),
        Alarm(name="worse", rule="drift and not TRUE"),
    ],
)
def test_an_alarm_is_kept_as_it_was_declared(alarms, alarm):
    alarms.declare(DRIFT)
    assert alarms.declare(alarm) == alarms.get(alarm.name) == from_record(Alarm, to_record(alarm)) == alarm


REFUSED = [
    ({"name": "no name"}, "name", "A name has letters"),
    ({"metric": None}, "metric", "An alarm watches either a metric, or lines, or executions, or what its rule names"),
    ({"rule": "drift"}, "rule", "An alarm watches either"),
    ({"statistic": "Mean"}, "statistic", "There is no statistic 'Mean'"),
    ({"period": timedelta(0)}, "period", "0 is not between 1 and 604,800."),
    ({"evaluation_periods": 0}, "evaluation_periods", "0 is not between 1 and 100."),
    ({"datapoints_to_alarm": 2}, "datapoints_to_alarm", "2 is not between 1 and 1."),
    ({"comparison_operator": "GreaterThan"}, "comparison_operator", "Did you mean 'GreaterThanThreshold'?"),
    ({"treat_missing_data": "notBreeching"}, "treat_missing_data", "Did you mean 'notBreaching'?"),
    ({"threshold": float("nan")}, "threshold", "The threshold is no number."),
    ({"description": "x" * 1025}, "description", "1,024 are allowed"),
]


@pytest.mark.parametrize(("change", "field", "told"), REFUSED)
def test_what_breaks_a_rule_is_told_with_its_field(alarms, change, field, told):
    with pytest.raises(SettingError) as error:
        alarms.declare(replace(DRIFT, **change))
    assert (error.value.field, told in error.value.message) == (field, True)


UNKNOWN = [
    (Alarm(name="a", executions_of="hourli"), "executions_of", "no schedule 'hourli'. Did you mean 'hourly'?"),
    (Alarm(name="a", lines=Lines("hourli", "x")), "lines", "no schedule 'hourli'. Did you mean 'hourly'?"),
    (Alarm(name="a", rule="drift and drit"), "rule", "There is no alarm 'drit'. Did you mean 'drift'?"),
]


@pytest.mark.parametrize(("alarm", "field", "told"), UNKNOWN)
def test_what_is_not_there_is_told_with_what_is_nearest(alarms, alarm, field, told):
    alarms.declare(DRIFT)
    with pytest.raises(NotFound) as error:
        alarms.declare(alarm)
    assert (error.value.field, told in error.value.message) == (field, True)


@pytest.mark.parametrize("rule", ["a or drift", "not b"])
def test_a_rule_that_leads_back_to_itself_is_refused(alarms, rule):
    alarms.declare(DRIFT)
    alarms.declare(Alarm(name="a", rule="drift"))
    alarms.declare(Alarm(name="b", rule="a"))
    with pytest.raises(SettingError, match="names its own alarm"):
        alarms.declare(Alarm(name="a", rule=rule))


def test_an_alarm_that_a_rule_names_stays(alarms):
    alarms.declare(DRIFT)
    alarms.declare(Alarm(name="worse", rule="not drift"))
    with pytest.raises(InUse, match="The rule of the alarm 'worse' names it"):
        alarms.delete("drift")


def test_an_alarm_that_is_declared_anew_begins_anew(alarms):
    alarms.declare(DRIFT)
    alarmed(alarms)
    alarms.silence("drift", NOON + HOUR)
    alarms.acknowledge("drift")
    alarms.delete("drift")
    alarms.declare(DRIFT)
    now = alarms.alert("drift").state, alarms.silenced("drift"), alarms.acknowledged("drift")
    assert now == ("INSUFFICIENT_DATA", None, None)


def test_somebody_elses_change_is_not_overwritten(alarms):
    then = alarms.declare(DRIFT)
    alarms.declare(replace(DRIFT, threshold=0.2))
    with pytest.raises(Conflict, match=r"threshold: 0.1 → 0.2"):
        alarms.declare(replace(DRIFT, threshold=0.3), expected=then)


def test_a_silence_holds_until_it_is_over(alarms):
    alarms.declare(DRIFT)
    alarms.silence("drift", NOON + HOUR, "deployment")
    told = []
    for alarms.clock.time in (NOON, NOON + HOUR):
        told.append(bool(alarms.silenced("drift")))
    assert told == [True, False]


def test_the_last_silence_counts_and_may_be_taken_back(alarms):
    alarms.declare(DRIFT)
    alarms.silence("drift", NOON + HOUR)
    alarms.silence("drift", NOON + 2 * HOUR, "longer")
    assert (alarms.silenced("drift").reason, alarms.silenced("drift").by) == ("longer", "ann")
    alarms.unsilence("drift")
    assert alarms.silenced("drift") is None


def test_a_silence_that_is_over_already_is_refused(alarms):
    alarms.declare(DRIFT)
    with pytest.raises(SettingError, match="would be over already"):
        alarms.silence("drift", NOON)


def test_an_acknowledgement_is_of_one_alert_and_not_of_the_next(alarms):
    alarms.declare(DRIFT)
    alarmed(alarms)
    alarms.acknowledge("drift", "looking")
    assert alarms.acknowledged("drift").reason == "looking"
    for alarms.clock.time, value in ((NOON + HOUR, 0.01), (NOON + 2 * HOUR, 0.31)):
        alarmed(alarms, value)
    assert (alarms.alert("drift").state, alarms.acknowledged("drift")) == ("ALARM", None)


def test_there_is_nothing_to_acknowledge_while_nothing_alarms(alarms):
    alarms.declare(DRIFT)
    with pytest.raises(Conflict, match="is INSUFFICIENT_DATA, so that there is nothing to look after"):
        alarms.acknowledge("drift")


@pytest.mark.parametrize("asked", ["alert", "delete", "unsilence", "acknowledge"])
def test_an_alarm_that_is_not_there_is_told_with_the_nearest(alarms, asked):
    alarms.declare(DRIFT)
    with pytest.raises(NotFound, match=r"There is no alarm 'drit'\. Did you mean 'drift'\?"):
        getattr(alarms, asked)("drit")


def of(schedule: str, name: str, namespace: str = "") -> Alarm:
    return replace(DRIFT, metric=Metric(namespace, name, (("MonitoringSchedule", schedule),)))


@pytest.mark.parametrize(
    ("monitor", "endpoint", "name", "namespace"),
    [
        ("DataQuality", "fraud", "feature_baseline_drift_amount", "aws/sagemaker/Endpoints/data-metrics"),
        ("ModelQuality", "fraud", "f1_best_constant_classifier", "aws/sagemaker/Endpoints/model-metrics"),
        ("ModelBias", None, "bias_metric_DPPL", "aws/sagemaker/ModelMonitoring/bias-metrics"),
        ("ModelExplainability", None, "feature_age", "aws/sagemaker/ModelMonitoring/explainability-metrics"),
        ("Custom", "fraud", "mine", "aws/sagemaker/Endpoints/data-metrics"),
    ],
)
def test_a_metric_has_the_namespace_of_its_schedule(alarms, monitor, endpoint, name, namespace):
    schedule = replace(SCHEDULE, name="other", monitoring_type=monitor, endpoint_name=endpoint)
    alarms.records.put(to_record(schedule), "ann")
    assert alarms.declare(of("other", name)).metric.namespace == namespace


@pytest.mark.parametrize(
    ("monitor", "name", "near"),
    [
        ("DataQuality", "feature_baseline_drfit_amount", "feature_baseline_drift_amount"),
        ("DataQuality", "feature_completness_the_amount", "feature_completeness_the_amount"),
        ("DataQuality", "violation", "violations"),
        ("ModelQuality", "acuracy", "accuracy"),
        ("ModelBias", "bias_metric_DPPPL", "bias_metric_DPPL"),
    ],
)
def test_a_metric_that_no_monitor_has_is_told_with_the_nearest(alarms, monitor, name, near):
    alarms.records.put(to_record(replace(SCHEDULE, name="other", monitoring_type=monitor)), "ann")
    with pytest.raises(NotFound) as error:
        alarms.declare(of("other", name))
    assert error.value.field == "metric"
    assert error.value.message == f"There is no metric {name!r}. Did you mean {near!r}?"


def test_a_metric_is_watched_by_the_name_under_which_it_is_published(alarms):
    whose = (("EndpointName", "fraud"), ("ScheduleName", "hourly"))
    written = Metric("/aws/sagemaker/Endpoint/data-metric", "feature_null_age", whose)
    declared = alarms.declare(replace(DRIFT, metric=written))
    published = {"Endpoint": "fraud", "MonitoringSchedule": "hourly"}
    assert declared.metric == Metric.of("aws/sagemaker/Endpoints/data-metrics", "feature_null_age", published)


def test_a_metric_of_another_namespace_may_have_any_name(alarms):
    assert alarms.declare(of("hourly", "mine", "own")).metric.namespace == "own"


def test_a_metric_without_a_place_is_refused(alarms):
    with pytest.raises(SettingError, match="neither a namespace nor a schedule"):
        alarms.declare(replace(DRIFT, metric=Metric("", "violations")))


def test_alerts_are_found_by_how_they_stand(alarms):
    alarms.declare(DRIFT)
    alarms.declare(Alarm(name="alert", executions_of="hourly"))
    alarmed(alarms)
    assert [alert.name for alert in alarms.alerts(status=("ALARM",))] == ["drift"]


class Counted:
    """Records that tell how often they were asked."""

    def __init__(self, records):
        self._records, self.asked = records, 0

    def list(self, query):
        self.asked += 1
        return self._records.list(query)


@pytest.mark.parametrize("many", [3, FEW + 1])
def test_how_many_alarms_stand_is_asked_in_as_many_questions_as_how_few(alarms, many):
    alarms.records.put(to_record(DRIFT), "ann")
    alarmed(alarms)
    for n in range(many):
        alarms.records.put(to_record(replace(DRIFT, name=f"a{n}")), "ann")
    counted = Counted(alarms.records)
    found = replace(alarms, records=counted).standings()
    assert (len(found), counted.asked) == (many + 1, 4)
    assert [one.alarm.name for one in found if one.alert.state == "ALARM"] == ["drift"]


def test_a_silence_that_is_over_and_an_acknowledgement_of_before_do_not_stand(alarms):
    alarms.declare(DRIFT)
    alarmed(alarms)
    alarms.silence("drift", NOON + HOUR)
    alarms.acknowledge("drift")
    alarms.clock.time = NOON + HOUR
    assert (alarms.standing("drift").silence, alarms.standing("drift").acknowledgement.number) == (None, 1)
    alarmed(alarms, 0.0)
    assert alarms.standing("drift").acknowledgement is None


@pytest.mark.parametrize("threshold", ["0.1", None, True, float("inf")])
def test_a_threshold_that_is_no_number_is_refused(alarms, threshold):
    with pytest.raises(SettingError, match="The threshold is no number") as error:
        alarms.declare(replace(DRIFT, threshold=threshold))
    assert error.value.field == "threshold"


def test_a_silence_without_a_zone_is_in_utc(alarms):
    alarms.declare(DRIFT)
    assert alarms.silence("drift", NOON.replace(tzinfo=None) + HOUR).until == NOON + HOUR
