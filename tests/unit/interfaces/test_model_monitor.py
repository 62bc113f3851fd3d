"""The classes that programs of the service use: their signatures, what they keep, and what they refuse."""

from __future__ import annotations

import inspect
import json
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from kedge import model_monitor
from kedge.app import workspace
from kedge.domain.schedule_expression import parse
from kedge.errors import Conflict, DocumentError, InputError, NotFound, SettingError
from kedge.model_monitor import (
    BatchTransformInput,
    BiasConfig,
    Constraints,
    ConstraintViolations,
    CronExpressionGenerator,
    DataCaptureConfig,
    DataConfig,
    DatasetFormat,
    DefaultModelMonitor,
    EndpointInput,
    ModelBiasMonitor,
    ModelConfig,
    ModelMonitor,
    ModelQualityMonitor,
    MonitoringDatasetFormat,
    MonitoringExecution,
    MonitoringOutput,
    NetworkConfig,
    Session,
    SHAPConfig,
    Statistics,
)
from kedge.settings import Settings

# The specification's own words (scheduling-and-jobs.md, 7.8): "machines" and "looking" are what several of them share.
MACHINES = (
    "volume_kms_key=None, output_kms_key=None, max_runtime_in_seconds=None, base_job_name=None, "
    "sagemaker_session=None, env=None, tags=None, network_config=None"
)
MANAGED = f"role=None, instance_count=1, instance_type='ml.m5.xlarge', volume_size_in_gb=30, {MACHINES}"
INPUT = (
    "s3_input_mode='File', s3_data_distribution_type='FullyReplicated', start_time_offset=None, end_time_offset=None, "
    "features_attribute=None, inference_attribute=None, probability_attribute=None, "
    "probability_threshold_attribute=None, exclude_features_attribute=None"
)
TIMES = "batch_transform_input=None, data_analysis_start_time=None, data_analysis_end_time=None"
SCHEDULED = (
    "output_s3_uri=None, constraints=None, monitor_schedule_name=None, schedule_cron_expression=None, "
    f"enable_cloudwatch_metrics=True, {TIMES}"
)
SCRIPTS = "record_preprocessor_script=None, post_analytics_processor_script=None"
SIGNATURES = {
    "ModelMonitor": "role=None, image_uri=None, instance_count=1, instance_type='ml.m5.xlarge', entrypoint=None, "
    f"volume_size_in_gb=30, {MACHINES}",
    "ModelMonitor.run_baseline": "baseline_inputs, output, arguments=None, wait=True, logs=True, job_name=None",
    "ModelMonitor.create_monitoring_schedule": "endpoint_input=None, output=None, statistics=None, constraints=None, "
    "monitor_schedule_name=None, schedule_cron_expression=None, batch_transform_input=None, arguments=None, "
    "data_analysis_start_time=None, data_analysis_end_time=None",
    "ModelMonitor.start_monitoring_schedule": "",
    "ModelMonitor.stop_monitoring_schedule": "",
    "ModelMonitor.delete_monitoring_schedule": "",
    "ModelMonitor.baseline_statistics": "file_name='statistics.json'",
    "ModelMonitor.suggested_constraints": "file_name='constraints.json'",
    "ModelMonitor.latest_monitoring_statistics": "file_name='statistics.json'",
    "ModelMonitor.latest_monitoring_constraint_violations": "file_name='constraint_violations.json'",
    "ModelMonitor.describe_latest_baselining_job": "",
    "ModelMonitor.describe_schedule": "",
    "ModelMonitor.list_executions": "",
    "ModelMonitor.get_latest_execution_logs": "wait=False",
    "ModelMonitor.update_monitoring_alert": "monitoring_alert_name, data_points_to_alert, evaluation_period",
    "ModelMonitor.list_monitoring_alerts": "next_token=None, max_results=10",
    "ModelMonitor.list_monitoring_alert_history": "monitoring_alert_name=None, sort_by='CreationTime', "
    "sort_order='Descending', next_token=None, max_results=10, creation_time_before=None, creation_time_after=None, "
    "status_equals=None",
    "ModelMonitor.attach": "monitor_schedule_name, sagemaker_session=None",
    "ModelMonitor.monitoring_type": "",
    "DefaultModelMonitor": MANAGED,
    "DefaultModelMonitor.suggest_baseline": f"baseline_dataset, dataset_format, {SCRIPTS}, output_s3_uri=None, "
    "wait=True, logs=True, job_name=None, monitoring_config_override=None",
    "DefaultModelMonitor.create_monitoring_schedule": f"endpoint_input=None, {SCRIPTS}, output_s3_uri=None, "
    "constraints=None, statistics=None, monitor_schedule_name=None, schedule_cron_expression=None, "
    f"enable_cloudwatch_metrics=True, {TIMES}",
    "ModelQualityMonitor": MANAGED,
    "ModelQualityMonitor.suggest_baseline": "baseline_dataset, dataset_format, problem_type, inference_attribute=None, "
    "probability_attribute=None, ground_truth_attribute=None, probability_threshold_attribute=None, "
    "post_analytics_processor_script=None, output_s3_uri=None, wait=False, logs=False, job_name=None",
    "ModelQualityMonitor.create_monitoring_schedule": "endpoint_input=None, ground_truth_input=None, "
    f"problem_type=None, {SCRIPTS}, {SCHEDULED}",
    "ModelBiasMonitor": MANAGED,
    "ModelBiasMonitor.suggest_baseline": "data_config, bias_config, model_config, model_predicted_label_config=None, "
    "wait=False, logs=False, job_name=None, kms_key=None",
    "ModelBiasMonitor.create_monitoring_schedule": "endpoint_input=None, ground_truth_input=None, "
    f"analysis_config=None, {SCHEDULED}",
    "ModelExplainabilityMonitor": MANAGED,
    "ModelExplainabilityMonitor.suggest_baseline": "data_config, explainability_config, model_config, "
    "model_scores=None, wait=False, logs=False, job_name=None, kms_key=None",
    "ModelExplainabilityMonitor.create_monitoring_schedule": f"endpoint_input=None, analysis_config=None, {SCHEDULED}",
    "EndpointInput": f"endpoint_name, destination, {INPUT}",
    "BatchTransformInput": f"data_captured_destination_s3_uri, destination, dataset_format, {INPUT}",
    "MonitoringOutput": "source, destination=None, s3_upload_mode='Continuous'",
    "DatasetFormat.csv": "header=True, output_columns_position='START'",
    "DatasetFormat.json": "lines=True",
    "DatasetFormat.sagemaker_capture_json": "",
    "MonitoringDatasetFormat.csv": "header=True",
    "MonitoringDatasetFormat.json": "lines=True",
    "MonitoringDatasetFormat.parquet": "",
    "CronExpressionGenerator.hourly": "",
    "CronExpressionGenerator.daily": "hour=0",
    "CronExpressionGenerator.daily_every_x_hours": "hour_interval, starting_hour=0",
    "CronExpressionGenerator.now": "",
    "Statistics.save": "new_save_location_s3_uri=None",
    "Constraints.set_monitoring": "enable_monitoring, feature_name=None",
    "BiasConfig": "label_values_or_threshold, facet_name, facet_values_or_threshold=None, group_name=None",
    "BiasAnalysisConfig": "bias_config, headers=None, label=None",
    "ModelPredictedLabelConfig": "label=None, probability=None, probability_threshold=None, label_headers=None",
    "SHAPConfig": "baseline=None, num_samples=None, agg_method=None, use_logit=False, save_local_shap_values=True, "
    "seed=None, num_clusters=None, text_config=None, image_config=None, features_to_explain=None",
    "ExplainabilityAnalysisConfig": "explainability_config, model_config, headers=None, label_headers=None",
}
CSV = DatasetFormat.csv()


def _signature(name: str) -> str:
    """Return names and defaults of what is called so, without what is said of types."""
    first, _, method = name.partition(".")
    called = getattr(model_monitor, first)
    called = getattr(called, method) if method else called
    given = [p.replace(annotation=p.empty) for p in inspect.signature(called).parameters.values() if p.name != "self"]
    return str(inspect.Signature(given))[1:-1]


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_is_the_services(name):
    assert _signature(name) == SIGNATURES[name]


@pytest.fixture
def train():
    Path("train.csv").write_text("score,amount\n" + "".join(f"0.5,{i % 50}\n" for i in range(200)))
    return "train.csv"


@pytest.fixture
def endpoint():
    """The name of an endpoint that captures."""
    return DataCaptureConfig(True, destination_s3_uri="captures").declare("fraud").name


@pytest.fixture
def monitor(train, endpoint):
    """A monitor with a schedule."""
    made = DefaultModelMonitor(role="role", instance_count=2, tags=[{"Key": "team", "Value": "risk"}])
    made.suggest_baseline(train, CSV, output_s3_uri="baseline")
    made.create_monitoring_schedule(endpoint, monitor_schedule_name="fraud-daily")
    return made


def _definition(monitor: ModelMonitor) -> dict:
    return monitor.describe_schedule()["MonitoringScheduleConfig"]["MonitoringJobDefinition"]


def test_every_expression_is_one_that_schedules_take():
    made = CronExpressionGenerator.daily_every_x_hours(12, 17)
    given = [CronExpressionGenerator.hourly(), CronExpressionGenerator.daily(5), made, CronExpressionGenerator.now()]
    assert given == ["cron(0 * ? * * *)", "cron(0 5 ? * * *)", "cron(0 17/12 ? * * *)", "NOW"]
    assert all(parse(expression) for expression in given)


def test_what_means_nothing_here_is_told_as_it_was_given(monitor):
    told = _definition(monitor)
    assert (told["RoleArn"], told["Tags"]) == ("role", [{"Key": "team", "Value": "risk"}])
    assert told["MonitoringResources"]["ClusterConfig"] == {
        "InstanceCount": 2,
        "InstanceType": "ml.m5.xlarge",
        "VolumeSizeInGB": 30,
    }


def test_a_network_is_told_in_the_services_names(train, endpoint):
    network = NetworkConfig(enable_network_isolation=True, subnets=["one"])
    made = DefaultModelMonitor(network_config=network)
    made.suggest_baseline(train, CSV)
    made.create_monitoring_schedule(endpoint)
    assert _definition(made)["NetworkConfig"] == {"EnableNetworkIsolation": True, "VpcConfig": {"Subnets": ["one"]}}


def test_a_monitor_is_attached_to_what_another_program_declared(monitor):
    attached = DefaultModelMonitor.attach("fraud-daily")
    assert (attached.role, attached.instance_count) == ("role", 2)
    assert attached.describe_schedule() == monitor.describe_schedule()


def test_a_monitor_of_another_type_is_not_attached(monitor):
    with pytest.raises(SettingError, match="is of DataQuality, and not of ModelQuality"):
        ModelQualityMonitor.attach("fraud-daily")


def test_an_update_changes_what_was_said_and_nothing_else(monitor):
    before = monitor.describe_schedule()
    monitor.update_monitoring_schedule(instance_type="ml.large", env={"A": "1"}, schedule_cron_expression="hourly")
    after = monitor.describe_schedule()
    config, definition = after["MonitoringScheduleConfig"], _definition(monitor)
    assert config["ScheduleConfig"] == {"ScheduleExpression": "hourly"}
    assert definition["MonitoringResources"]["ClusterConfig"]["InstanceType"] == "ml.large"
    assert definition["Environment"] == {"A": "1", "publish_cloudwatch_metrics": "Enabled"}
    assert {**_old(before), "NetworkConfig": None} == {**_old(after), "NetworkConfig": None}


def _old(answer: dict) -> dict:
    definition = answer["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    names = ("BaselineConfig", "MonitoringInputs", "MonitoringOutputConfig", "RoleArn", "Tags")
    return {name: definition[name] for name in names}


def test_new_constraints_keep_the_statistics_and_the_profile(monitor):
    changed = monitor.suggested_constraints()
    changed.set_monitoring(False, "amount")
    changed.save("elsewhere/mine.json")
    monitor.update_monitoring_schedule(constraints=changed)
    folder = Path(_definition(monitor)["BaselineConfig"]["ConstraintsResource"]["S3Uri"]).parent
    assert {file.name for file in folder.iterdir()} == {"constraints.json", "statistics.json", "profile.json"}
    assert json.loads((folder / "constraints.json").read_text()) == changed.body_dict
    assert (folder / "profile.json").read_bytes() == Path("baseline/profile.json").read_bytes()


def test_a_schedule_that_is_refused_leaves_no_definition(train, endpoint):
    monitor = DefaultModelMonitor(max_runtime_in_seconds=7200)
    monitor.suggest_baseline(train, CSV)
    with pytest.raises(SettingError, match="may run 3,600 seconds"):
        monitor.create_monitoring_schedule(endpoint, schedule_cron_expression="hourly")
    with workspace(Settings(), "test") as known:
        assert known.definitions.list() == []


def test_a_monitor_makes_one_schedule(monitor, endpoint):
    with pytest.raises(Conflict, match="has made the schedule 'fraud-daily'"):
        monitor.create_monitoring_schedule(endpoint)


def test_a_schedule_rests_runs_again_and_is_deleted(monitor):
    monitor.stop_monitoring_schedule()
    assert monitor.describe_schedule()["MonitoringScheduleStatus"] == "Stopped"
    monitor.start_monitoring_schedule()
    assert monitor.describe_schedule()["MonitoringScheduleStatus"] == "Scheduled"
    monitor.delete_monitoring_schedule()
    with pytest.raises(NotFound, match="has made no schedule"):
        monitor.describe_schedule()


def test_nothing_has_run_yet_is_printed_and_not_raised(monitor, capsys):
    assert monitor.latest_monitoring_constraint_violations() is None
    assert "fraud-daily has no execution yet" in capsys.readouterr().out


def test_an_execution_that_waits_has_no_report(monitor):
    with workspace(Settings(), "test") as known:
        execution = known.executions.run_now(known.schedules.get("fraud-daily"))
    [found] = monitor.list_executions()
    assert found.describe()["ProcessingJobStatus"] == "InProgress"
    assert found.output.destination == _report_of(execution)
    with pytest.raises(InputError, match="left no report: it is Pending"):
        found.constraint_violations()
    found.stop()
    assert found.describe()["ProcessingJobStatus"] == "Stopped"


def test_executions_are_listed_with_the_latest_at_the_end(monitor):
    with workspace(Settings(), "test") as known:
        now = known.catalog.clock.now()
        made = known.executions.backfill(known.schedules.get("fraud-daily"), now - timedelta(days=3), now)
    assert [found.job_name for found in monitor.list_executions()] == [execution.name for execution in made]
    assert len(made) == 3


def _report_of(execution) -> str:
    root = Path("kedge-data/model-monitor/monitoring/fraud-daily/results").absolute()
    return f"{root}/fraud/fraud-daily/{execution.scheduled_time:%Y/%m/%d/%H}"


def test_an_endpoint_that_nobody_declared_is_said_how_to_declare(train):
    monitor = DefaultModelMonitor()
    monitor.suggest_baseline(train, CSV)
    with pytest.raises(NotFound, match=r"'fraud' is not declared.* DataCaptureConfig\(\.\.\.\)\.declare"):
        monitor.create_monitoring_schedule(EndpointInput("fraud", "/opt/ml/processing/input"))


def test_a_schedule_looks_at_one_thing(train, endpoint):
    batch = BatchTransformInput("batch", "/opt/ml/processing/input", MonitoringDatasetFormat.csv())
    with pytest.raises(SettingError, match="looks at one thing"):
        DefaultModelMonitor().create_monitoring_schedule(endpoint, batch_transform_input=batch)
    with pytest.raises(SettingError, match="nothing to look at"):
        DefaultModelMonitor().create_monitoring_schedule()


def test_a_batch_transform_is_a_dataset_of_the_schedules_name(train):
    monitor = DefaultModelMonitor()
    monitor.suggest_baseline(train, CSV)
    batch = BatchTransformInput("batch", "/opt/ml/processing/input", MonitoringDatasetFormat.csv(header=False))
    monitor.create_monitoring_schedule(batch_transform_input=batch, monitor_schedule_name="nightly")
    with workspace(Settings(), "test") as known:
        found = known.datasets.get("nightly")
    assert (found.url, found.reading.header, found.reading.format) == (str(Path("batch").absolute()), False, None)


def test_a_baseline_that_is_learned_aside_is_waited_for(train, endpoint):
    monitor = DefaultModelMonitor()
    job = monitor.suggest_baseline(train, CSV, wait=False)
    assert [feature["name"] for feature in monitor.suggested_constraints().body_dict["features"]] == ["score", "amount"]
    assert job.describe()["ProcessingJobStatus"] == "Completed"


def test_a_baseline_that_cannot_be_learned_says_why_when_it_is_waited_for():
    job = DefaultModelMonitor().suggest_baseline("nowhere.csv", CSV, wait=False)
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        job.wait()
    assert job.describe()["ProcessingJobStatus"] == "Failed"


def test_records_that_could_not_be_read_are_told_in_the_log(capsys):
    rows = "".join(f"{i},{i}\n" for i in range(200))
    Path("torn.csv").write_text(f"a,b\n{rows}1,2,3\n")
    DefaultModelMonitor().suggest_baseline("torn.csv", CSV)
    assert "200 rows of torn.csv\n1 record could not be read\nThe documents are in" in capsys.readouterr().out


def test_how_categories_are_compared_can_be_said(train):
    monitor = DefaultModelMonitor()
    drift = model_monitor.DataQualityDistributionConstraints(categorical_drift_method="ChiSquared")
    override = model_monitor.DataQualityMonitoringConfig(drift)
    monitor.suggest_baseline(train, CSV, monitoring_config_override=override)
    config = monitor.suggested_constraints().body_dict["monitoring_config"]
    assert config["distribution_constraints"]["categorical_drift_method"] == "ChiSquared"


def test_constraints_are_switched_for_one_feature_or_all():
    constraints = Constraints.from_string('{"features": [{"name": "age"}]}')
    constraints.set_monitoring(False, "age")
    constraints.set_monitoring(True)
    assert constraints.body_dict == {
        "features": [{"name": "age", "monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}],
        "monitoring_config": {"evaluate_constraints": "Enabled"},
    }
    with pytest.raises(DocumentError, match="no feature 'aeg'"):
        constraints.set_monitoring(True, "aeg")


@pytest.mark.parametrize("document", [Statistics, Constraints, ConstraintViolations])
def test_a_document_is_saved_where_it_was_or_elsewhere(document):
    Path("mine.json").write_text('{"version": 0.0}')
    made = document.from_file_path("mine.json")
    made.body_dict["more"] = 1
    made.save()
    assert Path("mine.json").read_text() == '{"version": 0.0}'
    assert document.from_s3_uri(made.file_s3_uri).body_dict == {"version": 0.0, "more": 1}
    assert document.from_s3_uri(made.save("there/other.json")).body_dict["more"] == 1


def test_a_document_that_is_not_there_may_not_be_finished():
    with pytest.raises(NotFound, match=r"nowhere\.json.*may not be finished"):
        Statistics.from_s3_uri("nowhere.json")


def test_a_capture_configuration_is_that_of_kedge():
    config = DataCaptureConfig(True, 50, "captures", capture_options=["REQUEST"], json_content_types=["text/json"])
    made = config.to_capture_config("fraud", "journal", variant="blue")
    assert (made.endpoint, made.variant, made.sampling_percentage) == ("fraud", "blue", 50)
    assert (made.sides, made.json_content_types) == ({"Input"}, ("text/json",))
    assert made.destination == str(Path("captures").absolute())


def test_an_endpoint_that_is_declared_again_keeps_what_else_was_said_of_it(endpoint):
    with workspace(Settings(), "test") as known:
        found = known.endpoints.get(endpoint)
        known.endpoints.declare(type(found)(name=endpoint, captures="old", variants=("blue",)), found)
    declared = DataCaptureConfig(True, destination_s3_uri="s3://bucket/new").declare(endpoint)
    assert (declared.captures, declared.variants) == ("s3://bucket/new", ("blue",))


def test_monitors_without_an_analyzer_have_nothing_to_run():
    with pytest.raises(NotImplementedError, match="suggest_baseline"):
        ModelBiasMonitor().run_baseline()
    with pytest.raises(NotImplementedError, match=r"analysis\.json"):
        ModelBiasMonitor().latest_monitoring_statistics()


def test_an_analyzer_of_ones_own_makes_the_baseline_and_is_scheduled(endpoint):
    Path("data").mkdir()
    Path("data/rows.csv").write_text("a\n1\n")
    command = ["sh", "-c", 'echo "{\\"of\\": \\"$TEAM\\"}" > "$output_path/constraints.json"', "analyzer"]
    monitor = ModelMonitor(entrypoint=command, env={"TEAM": "risk"})
    monitor.run_baseline(["data"], MonitoringOutput("/opt/ml/processing/output", "own"), logs=False)
    assert monitor.suggested_constraints().body_dict == {"of": "risk"}
    monitor.create_monitoring_schedule(endpoint, constraints=monitor.suggested_constraints(), arguments=["one"])
    monitor.update_monitoring_schedule(entrypoint="analyze")
    assert _definition(monitor)["MonitoringAppSpecification"] == {
        "ContainerEntrypoint": ["analyze"],
        "ContainerArguments": ["one"],
    }


def test_facets_are_those_of_the_analysis_configuration():
    made = BiasConfig([1], ["sex", "age"], [["F"], 40], group_name="office").get_config()
    assert made == {
        "label_values_or_threshold": [1],
        "facet": [
            {"name_or_index": "sex", "value_or_threshold": ["F"]},
            {"name_or_index": "age", "value_or_threshold": [40]},
        ],
        "group_variable": "office",
    }


def test_columns_may_be_told_by_their_place():
    made = DataConfig("in", "out", label=2, headers=["sex", "age", "paid"], predicted_label=1, excluded_columns=[0])
    assert made.get_config() == {
        "dataset_type": "text/csv",
        "headers": ["sex", "age", "paid"],
        "label": "paid",
        "predicted_label": "age",
        "excluded_columns": ["sex"],
    }


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: BiasConfig([1], ["sex", "age"], [["F"]]), "2 facets"),
        (lambda: ModelConfig(), "One model"),
        (lambda: ModelConfig("one", endpoint_name="two"), "One model"),
        (lambda: SHAPConfig(agg_method="mean_sqr"), "Did you mean 'mean_sq'"),
        (lambda: DataConfig("in", "out", dataset_type="text/cvs"), "Did you mean 'text/csv'"),
        (lambda: DataConfig("in", "out", joinsource="id"), "no such analysis"),
        (lambda: ModelMonitor(sagemaker_session=object()), "no workspace"),
        (lambda: DefaultModelMonitor().suggest_baseline("a.csv", {"avro": {}}), "no format"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(call, said):
    with pytest.raises(SettingError, match=re.escape(said)):
        call()


def test_another_workspace_is_asked_for_what_it_holds(monitor):
    asked = []

    def report_file(name: str, file: str) -> bytes:
        asked.append((name, file))
        return b'{"violations": []}'

    with workspace(Settings(), "test") as known:
        execution = known.executions.run_now(known.schedules.get("fraud-daily"))
        remote = {name: getattr(known, name) for name in ("schedules", "executions", "definitions")}
        found = MonitoringExecution(SimpleNamespace(**remote, report_file=report_file), execution.name)
        assert found.constraint_violations().body_dict == {"violations": []}
    assert asked == [(execution.name, "constraint_violations.json")]


def test_verdicts_can_be_the_services(train, endpoint):
    monitor = DefaultModelMonitor(sagemaker_session=Session(compat="sagemaker"))
    monitor.suggest_baseline(train, CSV)
    monitor.create_monitoring_schedule(endpoint)
    with workspace(Settings(), "test") as known:
        assert [definition.compat for definition in known.definitions.list()] == ["sagemaker"]
