"""What monitors leave becomes rows, whatever the monitor."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.analysis.attribution.summary import AttributionSummary
from kedge.analysis.bias.summary import BiasSummary
from kedge.analysis.embeddings.summary import EmbeddingsSummary
from kedge.analysis.quality.documents import QualityStatistics
from kedge.domain.catalog import Execution, to_record
from kedge.domain.history import TABLES, Span
from kedge.domain.window import Window
from kedge.service.history.history import History
from kedge.service.history.metrics import metrics, segments
from kedge.service.history.violations import violation

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MADE = {"kedge": "1.0", "created": "2024-05-01T12:00:00Z"}


def test_a_metric_of_bias_has_its_interval_also_where_it_is_infinite():
    told = {"facet": "sex", "facet_value": "F", "metric_name": "DI"}
    summary = BiasSummary(**MADE, metrics=[{**told, "value": "Infinity", "interval": [1.5, "Infinity"]}])
    (row,) = metrics(summary)
    assert (row["metric"], row["facet"], row["facet_value"]) == ("DI", "sex", "F")
    assert (row["value"], row["lower"], row["upper"]) == (float("inf"), 1.5, float("inf"))


def test_an_attribution_has_the_interval_of_its_value_and_of_its_change():
    sides = {
        "value": 0.4,
        "share": 0.8,
        "rank": 1,
        "standard_deviation": 0.1,
        "change": 0.3,
        "lower": 0.1,
        "upper": 0.5,
    }
    label = {"ndcg": 0.7, "lower": 0.6, "upper": 0.8, "threshold": 0.9, "features": {"age": sides}}
    rows = {row["metric"]: row for row in metrics(AttributionSummary(**MADE, labels={"paid": label}))}
    ends = {name: (row.get("lower"), row.get("upper")) for name, row in rows.items()}
    assert ends["ndcg"] == (0.6, 0.8)
    assert ends["shap"] == pytest.approx((0.2, 0.6))
    assert ends["shap_change"] == (0.1, 0.5)
    assert {(row["label"], row.get("feature")) for row in rows.values()} == {("paid", None), ("paid", "age")}


def test_a_test_of_embeddings_has_its_value_and_its_p_value():
    tests = {"mmd": {"value": 0.2, "p_value": 0.01, "rows": (100, 100)}}
    rows = list(metrics(EmbeddingsSummary(**MADE, column="vector", tests=tests)))
    assert [(row["metric"], row["value"], row["feature"]) for row in rows] == [
        ("mmd", 0.2, "vector"),
        ("mmd_p_value", 0.01, "vector"),
    ]


def test_a_metric_of_a_segment_names_it():
    found = {"item_count": 40, "mae": {"value": 2.0, "standard_deviation": 0.5}}
    block = {"regression_metrics": {}, "segments": {"region": {"north": found}}}
    statistics = QualityStatistics.model_validate({"dataset": {"item_count": 40}, **block})
    (row,) = segments(statistics)
    assert (row["metric"], row["segment"], row["value"], row["lower"]) == ("mae", "region=north", 2.0, 1.0)


def test_a_violation_has_figures_or_texts():
    row = violation({"feature_name": "age", "observed": "String", "expected": 0.5})
    assert (row["feature"], row["observed_text"], row["expected"], "observed" in row) == ("age", "String", 0.5, False)


def test_a_violation_of_bias_has_both_ends_of_both_ranges():
    row = violation({"interval": (0.2, 0.3), "allowed_range": (0.1, 0.9)})
    ends = [row[name] for name in ("allowed_lower", "lower", "upper", "allowed_upper")]
    assert ends == [0.1, 0.2, 0.3, 0.9]


@pytest.fixture
def records(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield records
    records.close()


def _put(records: Sql, name: str, **told: object) -> None:
    execution = Execution(
        name=name,
        monitoring_schedule_name="hourly",
        monitoring_job_definition_name="job",
        dataset_name="files",
        scheduled_time=NOON,
        window=Window(NOON - timedelta(hours=1), NOON),
        **told,
    )
    records.put(to_record(execution), "")


def _rows(records: Sql) -> dict[str, list[dict[str, object]]]:
    found = list(History(records, Local()).rows(Span()))
    return {name: [row for table, row in found if table == name] for name in TABLES}


def test_what_an_analyzer_of_somebody_else_left_is_told_as_far_as_it_can_be(records, tmp_path):
    entry = {"feature_name": "age", "constraint_check_type": "mine", "description": "odd", "more": 1}
    (tmp_path / "constraint_violations.json").write_text(json.dumps({"violations": [entry, "no object"]}))
    _put(records, "one", monitoring_type="Custom", status="CompletedWithViolations", report=str(tmp_path))
    _put(records, "two", monitoring_type="Custom", status="Completed", report=str(tmp_path / "nothing"))
    found = _rows(records)
    assert [(row["feature"], row["constraint_check"]) for row in found["violations"]] == [("age", "mine")]
    assert [(row["monitor"], row["endpoint"]) for row in found["executions"]] == [("custom", "files")] * 2


def test_a_verdict_that_is_still_to_come_takes_the_place_of_none(records):
    _put(records, "one", status="Completed")
    _put(records, "two", revision=2, status="Pending")
    assert [row["latest"] for row in _rows(records)["executions"]] == [True, False]


def test_every_page_of_executions_is_told(records, monkeypatch):
    monkeypatch.setattr("kedge.service.history.history.PAGE", 2)
    for name in ("one", "two", "three", "four", "five"):
        _put(records, name)
    assert len(_rows(records)["executions"]) == 5


def test_rows_have_only_columns_that_are_promised(records):
    _put(records, "one", status="Completed", rows=3)
    (row,) = _rows(records)["executions"]
    assert row.keys() == TABLES["executions"].keys()
