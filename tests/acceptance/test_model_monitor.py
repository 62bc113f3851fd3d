"""Programs for the service run with another import line: from the capture of traffic to what drifted."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Event
from types import ModuleType, SimpleNamespace

import pytest

from kedge.app import catalog, server, shipper
from kedge.capture import Capture, Exchange
from kedge.domain.record import Record
from kedge.model_monitor import (
    CronExpressionGenerator,
    DataCaptureConfig,
    DatasetFormat,
    DefaultModelMonitor,
    EndpointInput,
    GroundTruthInput,
    ModelQualityMonitor,
    Session,
)
from kedge.settings import Settings

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CSV = DatasetFormat.csv(header=True)
ENDPOINT = "fraud-detection-monitored"


def _rows(path: str, head: str, row: str) -> str:
    """Write a table, and return where."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(
        head + "\n" + "".join(row.format(i=i, a=i % 50, b=i % 7, c=i % 2) + "\n" for i in range(2000))
    )
    return path


def _training(path: str) -> str:
    return _rows(path, "score,amount,kind", "0.5,{a},{b}")


def _judged(path: str) -> str:
    return _rows(path, "prediction,probability,amount,label", "{c},0.{b},{a},{c}")


def _capture(config: DataCaptureConfig, endpoint: str) -> None:
    """Serve an hour of traffic, in which the amount has grown."""
    capture = Capture(config.to_capture_config(endpoint, "journal"))
    for i in range(300):
        if capture.wants():
            at = (NOON - HOUR).timestamp() + i * 10
            capture.record(Exchange(f"{i % 50 + 100},{i % 7}".encode(), b"0.5", "text/csv", "text/csv", time=at))
    capture.close()
    assert shipper(Path("journal"), str(config.destination_s3_uri), Event()).once()


@pytest.fixture
def served():
    """Return what lets the hour of noon pass on a server."""
    with catalog(Settings(), "test") as known:
        offset = (NOON - timedelta(minutes=5) - datetime.now(UTC)).total_seconds()
        known.records.put(Record("clock", "offset", {"seconds": offset}), "test")

    def pass_noon() -> None:
        running = server(Settings(), 1, schedules=True)
        [(_, scheduling)], [(_, worker)] = running.scheduling.each.all(), running.workers[0].each.all()
        scheduling.scheduler.tick(NOON + timedelta(seconds=1))
        while worker.work_once():
            pass
        running.close()

    return pass_noon


def test_what_drifted_is_found_by_the_program_that_learned_and_scheduled(served, capsys):
    config = DataCaptureConfig(enable_capture=True, sampling_percentage=100, destination_s3_uri="captures")
    config.declare("fraud")
    monitor = DefaultModelMonitor(role="role", instance_type="ml.m5.xlarge")
    monitor.suggest_baseline(_training("train.csv"), CSV, output_s3_uri="baseline", wait=True)
    hourly = CronExpressionGenerator.hourly()
    monitor.create_monitoring_schedule("fraud", output_s3_uri="reports", schedule_cron_expression=hourly)
    _capture(config, "fraud")
    served()
    [execution] = monitor.list_executions()
    assert execution.processing_job["ProcessingJobStatus"] == "Completed"
    [violation] = execution.constraint_violations().body_dict["violations"]
    assert (violation["feature_name"], violation["constraint_check_type"]) == ("amount", "baseline_drift_check")
    monitor.get_latest_execution_logs()
    assert "2,000 rows" in capsys.readouterr().out


def test_labels_that_come_later_are_told_of_in_the_same_words(served):
    DataCaptureConfig(True, destination_s3_uri="captures").declare("fraud")
    monitor = ModelQualityMonitor(role="role")
    roles = {"inference_attribute": "prediction", "ground_truth_attribute": "label"}
    monitor.suggest_baseline(_judged("judged.csv"), CSV, problem_type="BinaryClassification", **roles)
    monitor.create_monitoring_schedule(
        endpoint_input=EndpointInput("fraud", "/input", start_time_offset="-PT6H", inference_attribute="0"),
        ground_truth_input=GroundTruthInput("labels"),
        problem_type="BinaryClassification",
        constraints=monitor.suggested_constraints(),
    )
    told = monitor.describe_schedule()["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    [looked] = told["MonitoringInputs"]
    assert looked["GroundTruthS3Input"] == {"S3Uri": str(Path("labels").absolute())}
    assert (looked["EndpointInput"]["StartTimeOffset"], looked["EndpointInput"]["InferenceAttribute"]) == ("-PT6H", "0")
    assert told["MonitoringAppSpecification"]["ProblemType"] == "BinaryClassification"


# --- the programs themselves -----------------------------------------------------------------------


class _Hosting(Session):
    """What the programs ask of the service beside its monitors: a bucket that is a folder."""

    boto_region_name = "local"

    def default_bucket(self) -> str:
        return "bucket"


class _Model:
    """Hosts nothing: it captures, and says where."""

    def __init__(self, **_: object) -> None: ...

    def deploy(self, endpoint_name: str, data_capture_config: DataCaptureConfig, **_: object) -> SimpleNamespace:
        data_capture_config.declare(endpoint_name)
        return SimpleNamespace(endpoint_name=endpoint_name)


class _Client:
    """Stands for a bucket and for alarms."""

    def get_object(self, Bucket: str, Key: str) -> dict[str, BytesIO]:  # noqa: N803 - the service's
        return {"Body": BytesIO((Path(Bucket) / Key).read_bytes())}

    def put_object(self, Bucket: str, Key: str, Body: str) -> None:  # noqa: N803
        (Path(Bucket) / Key).parent.mkdir(parents=True, exist_ok=True)
        (Path(Bucket) / Key).write_text(Body)

    def put_metric_alarm(self, **_: object) -> None: ...


@pytest.fixture
def program(test_data, monkeypatch):
    """Return what runs the blocks of a program, one after another, with its import lines changed."""
    folder = test_data.parent / "seeds"
    if not folder.is_dir():
        pytest.skip("The programs are not beside the folder of real data sets")
    image_uris = SimpleNamespace(retrieve=lambda *_: "image")
    stubs = {
        "sagemaker": {"Session": _Hosting, "get_execution_role": lambda: "role", "image_uris": image_uris},
        "sagemaker.model": {"Model": _Model},
        "boto3": {"client": lambda _: _Client()},
    }
    for name, members in stubs.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)

    def blocks(file: str, **names: object):
        text = next(folder.glob(file)).read_text()
        for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            changed = block.replace("sagemaker.model_monitor", "kedge.model_monitor").replace("s3://", "")
            exec(compile(changed.replace("    ...\n", "    **elided,\n"), file, "exec"), names)
            yield names

    return blocks


def test_the_blog_post_runs_and_finds_what_drifted(program, served, capsys):
    _training("bucket/training-data/train.csv")
    _judged("bucket/baseline/predictions-with-labels.csv")
    run = program("000_*.txt")
    for names in run:
        if "ground_truth_records" in names:
            _capture(names["data_capture_config"], ENDPOINT)
            served()
            break
    next(run)
    printed = capsys.readouterr().out
    assert "  Status: Completed\n  Violations found: 1\n    - Feature: amount" in printed
    *_, names = run
    before = names["monitor"].describe_schedule()["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    folder = str(Path("bucket/model-monitor/new-baseline").absolute())
    assert before["BaselineConfig"]["ConstraintsResource"]["S3Uri"] == f"{folder}/constraints.json"


def test_the_notes_run_and_leave_two_schedules(program):
    _training("bucket/training-data/train.csv")
    _judged("bucket/predictions/judged.csv")
    DataCaptureConfig(True).declare("fraud")
    elided = {"problem_type": "BinaryClassification", "endpoint_input": "fraud"}
    run = program("003_*.txt", role="role", endpoint_name="fraud", sns_topic_arn="topic", elided=elided)
    next(run)
    names = next(run)
    names["monitor"] = names["model_monitor"]  # whose labels the notes speak of
    [*_] = run
    with catalog(Settings(), "test") as known:
        found = {schedule.monitoring_type: schedule.schedule_expression for schedule in known.schedules.list()}
    assert found == {"DataQuality": "cron(0 * ? * * *)", "ModelQuality": "cron(0 0 ? * * *)"}
