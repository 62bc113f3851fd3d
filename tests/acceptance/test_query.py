"""Any interval is answered from what is stored, in a folder or by a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge.app import memory
from kedge.domain.window import HOUR, Window

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)


@pytest.fixture
def reports(run):
    """Three hours of captures, of which two were judged."""
    for hour in (9, 10):
        place = Path(f"live/fraud/main/2024/05/01/{hour:02d}")
        place.mkdir(parents=True)
        lines = [_record(f"{hour}-{i}", f"{hour * 100 + i},{'ab'[i % 2]}", hour) for i in range(50)]
        (place / "a.jsonl").write_text("\n".join(lines))
        window = ["--from", f"2024-05-01T{hour:02d}", "--to", f"2024-05-01T{hour + 1:02d}"]
        if hour == 9:
            run("baseline", "live", *window, "--output", "baseline")
        run("check", "live", "--baseline", "baseline", *window, "--output", f"reports/{hour}", "--exit-zero")
    return "reports"


def _record(event, data, hour):
    sides = {"observedContentType": "text/csv", "mode": "INPUT", "data": data, "encoding": "CSV"}
    answer = {**sides, "mode": "OUTPUT", "data": "1"}
    metadata = {"eventId": event, "inferenceTime": f"2024-05-01T{hour:02d}:10:00Z"}
    return json.dumps(
        {
            "captureData": {"endpointInput": sides, "endpointOutput": answer},
            "eventMetadata": metadata,
            "eventVersion": "0",
        }
    )


def _ask(run, *given):
    return json.loads(run("query", *given, "--statistic", "mean,p99,completeness", "--json")[1])


def test_a_folder_of_reports_answers_without_a_server(run, reports):
    found = _ask(run, reports)
    numbers = [hour * 100 + i for hour in (9, 10) for i in range(50)]
    told = next(told for told in found["features"].values() if (told["mean"] or 0) > 1)
    assert told == {"mean": pytest.approx(sum(numbers) / 100), "p99": sorted(numbers)[98], "completeness": 1}


def test_a_server_answers_the_same_and_tells_the_hour_that_it_has_not(run, reports):
    with memory("sqlite:///kedge-data/kedge.db", "kedge-data/profiles") as remembered:
        for hour in (0, 1):
            window = Window(NINE + hour * HOUR, NINE + (hour + 1) * HOUR)
            remembered.remember("data-quality", "fraud", window, f"{reports}/{9 + hour}")
    span = ["--from", "2024-05-01T08", "--to", "2024-05-01T11"]
    found, folder = _ask(run, "--endpoint", "fraud", *span), _ask(run, reports, *span)
    assert found == folder
    assert found["gaps"] == {"main": [["2024-05-01T08:00:00Z", "2024-05-01T09:00:00Z"]]}


def test_an_interval_is_judged_without_its_rows(run, reports):
    run("query", reports, "--from", "2024-05-01T10", "--to", "2024-05-01T11", "--output", "ten.json")
    code, told = run("check", "--profile", "ten.json", "--baseline", "baseline", "--json")
    findings = {finding["constraint_check_type"] for finding in json.loads(told)["findings"]}
    assert (code, "baseline_drift_check" in findings) == (1, True)


def test_where_no_server_is_it_is_said_what_to_do(run):
    code, told = run("query", "--endpoint", "fraud")
    assert (code, "or give a folder of reports: kedge query reports/" in told) == (2, True)
