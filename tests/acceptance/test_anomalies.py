"""A few crazy values in a window that is otherwise healthy: told, counted, and shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import kedge
from kedge.interfaces.cli import main


def frame(seed: int, rows: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    numbers = {"miles": rng.lognormal(6, 0.8, rows), "delay": rng.normal(0, 10, rows), "stops": rng.poisson(1, rows)}
    return pl.DataFrame(numbers | {"carrier": rng.choice(list("abc"), rows)})


@pytest.fixture
def odd() -> pl.DataFrame:
    """5,000 healthy rows, of which 30 have a delay of -9999 and one is off in two columns."""
    rows = frame(1, 5000)
    delays, miles = rows["delay"].to_numpy().copy(), rows["miles"].to_numpy().copy()
    delays[1000:1030], delays[7], miles[7] = -9999, 1e6, 1e9
    return rows.with_columns(delay=pl.Series(delays), miles=pl.Series(miles))


@pytest.fixture
def baseline() -> kedge.Baseline:
    return kedge.baseline(frame(0, 20_000))


def test_a_healthy_window_is_quiet(baseline):
    result = kedge.check(frame(1, 5000), baseline)
    assert (result.violations, result.anomalies.rows) == ((), 5000)
    assert result.anomalies.odd <= 10


def test_a_burst_is_a_violation_and_its_rows_are_shown(baseline, odd):
    result = kedge.check(odd, baseline)
    assert [(v.feature_name, v.constraint_check_type) for v in result.violations] == [("delay", "anomaly_check")]
    assert result.anomalies.features["delay"].outside == 31
    assert len(result.anomalies.sample) == 20
    worst = result.anomalies.sample[0]
    assert (worst.position, list(worst.deviations)) == (8, ["miles", "delay"])
    assert worst.row["miles"] == 1e9


@pytest.mark.parametrize("cut", [1, 1500, 4999])
def test_files_are_as_good_as_one_frame(baseline, odd, cut):
    Path("live").mkdir()
    odd[:cut].write_parquet("live/a.parquet")
    odd[cut:].write_parquet("live/b.parquet")
    whole, parts = (kedge.check(data, baseline).anomalies for data in (odd, "live"))
    assert (parts.odd, parts.features) == (whole.odd, whole.features)
    assert sorted(row.position for row in parts.sample if row.score > 1.5) != []
    assert parts.sample[0].row == whole.sample[0].row


@pytest.mark.parametrize("keep", [{"raw_values": False}, {"sample_rows": 0}], ids=str)
def test_no_raw_value_of_an_odd_row_is_kept_where_none_may_be(baseline, odd, keep):
    result = kedge.check(odd, baseline, **keep)
    assert result.anomalies.odd >= 31
    assert [row for row in result.anomalies.sample if row.row] == []
    assert bool(result.anomalies.sample) == ("raw_values" in keep)


def test_a_hashed_baseline_keeps_the_window_from_showing_rows(odd):
    result = kedge.check(odd, kedge.baseline(frame(0, 20_000), raw_values=False))
    assert {row.row for row in result.anomalies.sample} == {None}


def test_the_services_mode_looks_for_none(baseline, odd):
    result = kedge.check(odd, baseline, compat="sagemaker")
    assert result.anomalies is None
    assert "anomaly_check" not in {v.constraint_check_type for v in result.violations}


def test_a_baseline_that_the_service_wrote_will_do(baseline, odd):
    baseline.save("baseline")
    Path("baseline/profile.json").unlink()
    result = kedge.check(odd, "baseline")
    assert result.anomalies.features["delay"].outside == 31
    assert [v.feature_name for v in result.violations] == ["delay"]


def test_constraints_alone_leave_nothing_to_stand_out_from(baseline, odd):
    baseline.save("baseline")
    for name in ("profile.json", "statistics.json"):
        Path("baseline", name).unlink()
    assert kedge.check(odd, "baseline").anomalies is None


def test_the_forest_scores_rows_where_it_is_asked_for(baseline, odd):
    found = kedge.check(odd, baseline, score="isolation_forest").anomalies
    assert (found.score, found.rows) == ("isolation_forest", 5000)
    assert 0 < found.odd < 250
    assert 8 in {row.position for row in found.sample}


def test_the_rows_are_in_the_report_on_the_page_and_in_the_terminal(baseline, odd, capsys, monkeypatch):
    baseline.save("baseline")
    odd.write_csv("live.csv")
    for arguments in ("check live.csv -b baseline -o report", "show report"):
        monkeypatch.setattr("sys.argv", ["kedge", *arguments.split()])
        with pytest.raises(SystemExit):
            main()
        assert "rows stand out" in capsys.readouterr().out
    document = json.loads(Path("report/report.json").read_text())["anomalies"]
    assert document["sample"][0]["position"] == 8
    page = Path("report/report.html").read_text()
    assert "rows stand out" in page
    assert "1,000,000,000" in page
