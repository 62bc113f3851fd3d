"""The history leaves as Parquet, for programs of others: what ran, what was seen, and what was found."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars
import pyarrow.parquet
import pytest

import kedge
from kedge import app
from kedge.app import server
from kedge.domain.catalog import Answers, Endpoint, JobDefinition, MonitoringSchedule, to_record
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.history import TABLES
from kedge.domain.record import Record
from kedge.settings import Settings

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _captured(hour: datetime, drift: int) -> None:
    """Capture 200 requests, of which a tenth are answered wrong."""
    folder = Path(f"captures/fraud/AllTraffic/{hour:%Y/%m/%d/%H}")
    folder.mkdir(parents=True)
    lines = [_record(i, f"{i % 50 + drift},{'ab'[i % 2]}", str(i % 2), hour) for i in range(200)]
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n")


def _record(i: int, request: str, answer: str, hour: datetime) -> str:
    side = {"observedContentType": "text/csv", "encoding": "CSV"}
    both = {
        "endpointInput": {**side, "mode": "INPUT", "data": request},
        "endpointOutput": {**side, "mode": "OUTPUT", "data": answer},
    }
    metadata = {"eventId": f"{hour:%H}-{i}", "inferenceTime": f"{hour:%Y-%m-%dT%H}:10:00Z"}
    return json.dumps({"captureData": both, "eventMetadata": metadata, "eventVersion": "0"})


def _labelled(name: str, labels: range) -> None:
    folder = Path("labels/2024/05/01/12")
    folder.mkdir(parents=True, exist_ok=True)
    lines = (GroundTruth(f"11-{i}", str((i + (i % 10 == 0)) % 2)).to_json() for i in labels)
    (folder / name).write_text("\n".join(lines) + "\n")


def _learned() -> None:
    Path("train.csv").write_text("0,amount,kind\n" + "".join(f"{i % 2},{i % 50},{'ab'[i % 2]}\n" for i in range(2000)))
    kedge.baseline("train.csv").save("baseline")
    rows = "".join(f"{i % 2},{(i + (i % 10 == 0)) % 2}\n" for i in range(2000))
    Path("judged.csv").write_text("answer,label\n" + rows)
    roles = {"problem_type": "BinaryClassification", "label": "label", "prediction": "answer"}
    kedge.baseline("judged.csv", monitor="model-quality", **roles).save("judged")


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """The folder of a server that judged two hours of data, of which one drifted, and a model before and after labels
    came late.
    """
    folder = tmp_path_factory.mktemp("history")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _served()
    return folder


def _served() -> None:
    _learned()
    _captured(NOON - HOUR, drift=0)
    _captured(NOON, drift=100)
    _labelled("first.jsonl", range(100))
    served = server(Settings(), 1, schedules=True)
    [(_, scheduling)], [(_, worker)] = served.scheduling.each.all(), served.workers[0].each.all()
    for resource in _declared():
        worker.records.put(to_record(resource), "ann")
    worker.records.put(Record("clock", "offset", {"seconds": (NOON + HOUR - datetime.now(UTC)).total_seconds()}), "ann")
    scheduling.scheduler.tick(NOON + HOUR)
    for _ in range(4):
        worker.work_once()
    _labelled("late.jsonl", range(100, 200))
    scheduling.late.again(NOON + 3 * HOUR)
    while worker.work_once():
        pass
    scheduling.publishing.once()
    served.close()


def _declared() -> list[Endpoint | JobDefinition | MonitoringSchedule]:
    answers = Answers(problem_type="BinaryClassification", inference_attribute="0")
    jobs = (
        JobDefinition(name="data", endpoint_name="fraud", baseline="./baseline"),
        JobDefinition(
            name="model",
            monitoring_type="ModelQuality",
            endpoint_name="fraud",
            baseline="./judged",
            ground_truth="labels",
            answers=answers,
            no_data="quiet",
        ),
    )
    when = {"schedule_expression": "hourly", "status": "Scheduled", "next_time": NOON, "endpoint_name": "fraud"}
    schedules = [
        MonitoringSchedule(
            name=f"{job.name}-hourly",
            monitoring_job_definition_name=job.name,
            monitoring_type=job.monitoring_type,
            **when,
        )
        for job in jobs
    ]
    return [Endpoint(name="fraud", captures="captures"), *jobs, *schedules]


@pytest.fixture
def export(history, run, monkeypatch):
    """Export, and return what a query of the files answers."""
    monkeypatch.chdir(history)

    def export(sql: str, *options: str) -> list[tuple[object, ...]]:
        code, printed = run("export", "--output", "history", *options)
        assert code == 0, printed
        return duckdb.sql(sql).fetchall()

    return export


def test_every_execution_is_a_row_and_the_last_verdict_on_a_window_is_marked(export):
    found = export(
        "SELECT execution, status, latest, coverage FROM 'history/executions.parquet'",
        "--to",
        "2024-05-01T12:00:00Z",
    )
    assert found == [
        ("data-hourly-202405011200", "Completed", True, None),
        ("model-hourly-202405011200", "Completed", False, 0.5),
        ("model-hourly-202405011200-r2", "Completed", True, 1.0),
    ]


def test_a_violation_has_its_severity_its_distance_and_its_threshold(export):
    found = export(
        "SELECT schedule, epoch(window_start), feature, constraint_check, severity, observed > 2 * expected, expected"
        " FROM 'history/violations.parquet' WHERE latest"
    )
    assert found == [("data-hourly", NOON.timestamp(), "amount", "baseline_drift_check", "error", True, 0.1)]


def test_statistics_are_those_of_the_rows(export):
    found = dict(
        export(
            "SELECT statistic, value FROM 'history/statistics.parquet'"
            " WHERE schedule = 'data-hourly' AND feature = 'amount' AND hour(window_start) = 11"
            " AND variant = 'AllTraffic'"
        )
    )
    rows = np.array([i % 50 for i in range(200)])
    of_all = {"present": 200, "missing": 0, "mean": rows.mean(), "std_dev": rows.std(), "max": 49, "distinct_count": 50}
    assert found == pytest.approx(found | of_all | {"p25": np.quantile(rows, 0.25, method="inverted_cdf")})


def test_a_metric_has_its_interval_and_what_it_is_held_against(export):
    ((value, lower, upper, baseline, threshold),) = export(
        "SELECT value, lower, upper, baseline, threshold FROM 'history/metrics.parquet'"
        " WHERE latest AND metric = 'accuracy' AND endpoint = 'fraud'"
    )
    assert (value, baseline, threshold) == (pytest.approx(0.9), 0.9, 0.9)
    assert 0.84 < lower < 0.9 < upper < 0.96


def test_other_readers_see_the_columns_that_are_promised(export):
    export("SELECT 1")
    types = {"text": "string", "number": "double", "count": "int64", "time": "timestamp[us, tz=UTC]", "flag": "bool"}
    for name, columns in TABLES.items():
        schema = pyarrow.parquet.read_schema(f"history/{name}.parquet")
        assert dict(zip(schema.names, map(str, schema.types), strict=True)) == {n: types[c] for n, c in columns.items()}
    assert polars.read_parquet("history/metrics.parquet")["metric"].null_count() == 0


def test_the_same_history_is_the_same_files(export):
    export("SELECT 1")
    before = {path.name: path.read_bytes() for path in Path("history").iterdir()}
    export("SELECT 1")
    assert {path.name: path.read_bytes() for path in Path("history").iterdir()} == before


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (("--schedule", "model-hourly"), 4),
        (("--endpoint", "fraud"), 6),
        (("--from", "2024-05-01T12:00:00Z"), 3),
        (("--from", "2024-05-02"), 0),
    ],
)
def test_what_is_exported_can_be_narrowed(export, options, rows):
    assert export("SELECT count(*) FROM 'history/executions.parquet'", *options) == [(rows,)]


def test_an_endpoint_that_nothing_is_called_by_is_refused_with_the_nearest(history, run, monkeypatch):
    monkeypatch.chdir(history)
    code, printed = run("export", "--output", "history", "--endpoint", "frau")
    assert (code, "Did you mean 'fraud'?" in printed) == (2, True)


def test_a_report_that_is_gone_is_told_and_hides_no_other(export, history, run):
    report = next(history.glob("kedge-data/reports/fraud/data-hourly/2024/05/01/12/report.json"))
    aside = report.rename(report.with_name("aside"))
    _, printed = run("export", "--output", "history")
    aside.rename(report)
    assert "1 report could not be read" in printed
    assert str(report.parent) in printed.replace("\n", "")
    assert duckdb.sql("SELECT count(*) FROM 'history/violations.parquet'").fetchall() == [(1,)]


def test_what_is_published_is_what_is_exported(export):
    figures = dict(
        export(
            "SELECT metric, value FROM 'history/metrics.parquet' WHERE latest AND endpoint = 'fraud'"
            " AND hour(window_start) = 11 AND (metric = 'accuracy' OR metric = 'drift' AND feature = 'amount')"
        )
    )
    with app.hub(Settings()) as hub:
        points = {one.name: one for one in hub.records.points.metrics(dimensions={"Endpoint": "fraud"})}
        names = {"accuracy": "accuracy", "drift": "feature_baseline_drift_amount"}
        spans = {name: hub.records.points.query(points[names[name]], NOON - HOUR, NOON, 3600, "Sum") for name in names}
    assert {name: found[0].value for name, found in spans.items()} == figures
