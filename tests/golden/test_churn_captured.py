"""The churn run, end to end: a training file and captured traffic give the 60 violations of the service."""

from __future__ import annotations

import csv
from pathlib import Path

import kedge
from kedge.domain.capture_record import CaptureRecord, Payload


def _captured(folder: Path, rows: list[str]) -> None:
    """Write requests, each answered by a score, as the service captures them."""
    hour = folder / "churn/AllTraffic/2024/05/01/09"
    hour.mkdir(parents=True)
    records = [
        CaptureRecord(str(i), "2024-05-01T09:00:00Z", Payload(row, "CSV"), Payload(f"0.{i % 89 + 10}1", "CSV"))
        for i, row in enumerate(rows)
    ]
    (hour / "00-00-000-x.jsonl").write_text("\n".join(record.to_json() for record in records))


def test_the_churn_run_has_the_60_violations_of_the_service(test_data, tmp_path):
    with (test_data / "churn/test-dataset-input-cols.csv").open() as file:
        odd, *ordinary = [",".join(row) for row in csv.reader(file)]
    # 1,977 requests, 7 of them the one whose flags are fractions: 99.64592817400101 % are not.
    _captured(tmp_path, [odd] * 7 + [ordinary[i % len(ordinary)] for i in range(1970)])
    baseline = kedge.baseline(test_data / "churn/training-dataset-with-header.csv")
    found = kedge.check(tmp_path, baseline, compat="sagemaker").violations
    assert (len(found), {v.constraint_check_type for v in found}) == (60, {"data_type_check"})
    assert sum("Only 99.64592817400101% of data is Integral." in v.description for v in found) == 59
    assert [v.description.partition("Observed: ")[2] for v in found if v.feature_name == "Churn"] == [
        "Only 0.0% of data is Integral."
    ]
