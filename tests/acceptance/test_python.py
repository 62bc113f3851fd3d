"""The two lines of Python: frames of every kind in, violations out."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kedge
from kedge.analysis.documents import FeatureConstraints
from kedge.errors import InputError, SettingError

RNG = np.random.default_rng(3)
DATA = {"miles": RNG.gamma(2, 400, 2000), "carrier": RNG.choice(["a", "b"], 2000), "stops": RNG.integers(0, 3, 2000)}
FRAMES = {"polars": pl.DataFrame, "pandas": pd.DataFrame, "arrow": pa.table}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_is_checked_against_a_frame(frame):
    baseline = kedge.baseline(frame(DATA))
    result = kedge.check(frame(DATA | {"miles": DATA["miles"] * 1.609}), baseline)
    assert [v.feature_name for v in result.violations] == ["miles"]


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_every_frame_gives_the_same_statistics_as_its_file(frame, tmp_path):
    pl.DataFrame(DATA).write_parquet(tmp_path / "data.parquet")
    assert kedge.baseline(frame(DATA)).statistics == kedge.baseline(tmp_path / "data.parquet").statistics


def test_a_feature_that_only_the_constraints_know_is_noted_to_have_no_distance():
    baseline = kedge.baseline(pl.DataFrame({"miles": DATA["miles"]}))
    for name in ("stops", "absent"):
        baseline.constraints.features.append(FeatureConstraints(name=name, inferred_type="Integral"))
    result = kedge.check(pl.DataFrame(DATA), baseline)
    note = "The baseline remembers nothing of stops, so there is no distance."
    assert (list(result.distances), result.report.summary.reading.notes) == (["miles"], [note])


def test_a_saved_baseline_checks_like_the_one_in_memory(tmp_path):
    baseline = kedge.baseline(pl.DataFrame(DATA))
    baseline.save(tmp_path / "baseline")
    frame = pl.DataFrame(DATA | {"miles": DATA["miles"] + 900})
    assert kedge.check(frame, tmp_path / "baseline").violations == kedge.check(frame, baseline).violations


def test_violations_are_a_table_in_a_notebook():
    result = kedge.check(pl.DataFrame(DATA | {"carrier": ["<b>"] * 2000}), kedge.baseline(pl.DataFrame(DATA)))
    html = result.violations._repr_html_()
    assert ("<table>" in html, "&lt;b&gt;" in html, "<b>" in html) == (True, True, False)


def test_nulls_and_nans_are_missing_and_infinities_are_not():
    frame = pl.DataFrame({"x": [1.0, None, float("nan"), float("inf")]})
    (feature,) = kedge.baseline(frame).statistics.features
    assert (feature.numerical_statistics.common.num_missing, feature.numerical_statistics.max) == (2, 1.0)


def test_integers_that_pandas_made_floats_for_a_gap_are_integers_still():
    baseline = kedge.baseline(pd.DataFrame({"stops": [0, 1, 2] * 100}))
    result = kedge.check(pd.DataFrame({"stops": [0, 1, None] * 100}), baseline)
    assert [v.constraint_check_type for v in result.violations] == ["baseline_drift_check", "completeness_check"]


def test_a_column_can_be_left_out():
    names = [f.name for f in kedge.baseline(pl.DataFrame(DATA), exclude=["stops"]).constraints.features]
    assert names == ["miles", "carrier"]


def test_what_is_no_frame_is_refused_in_words():
    with pytest.raises(InputError, match="neither a path nor a frame"):
        kedge.baseline(42)


@pytest.mark.parametrize("frame", [pl.DataFrame(), pa.table({"long": pa.array([1], pa.decimal256(50))})])
def test_a_frame_that_holds_what_cannot_be_read_is_no_broken_file(frame):
    with pytest.raises(InputError, match=r"\w\. Give columns of numbers, texts, booleans and times\.$"):
        kedge.baseline(frame)


def test_an_unknown_option_suggests_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'delimiter'"):
        kedge.baseline("x.csv", delimeter=";")


def test_importing_kedge_loads_nothing_heavy():
    code = (
        "import sys, kedge; print({m.partition('.')[0] for m in sys.modules} & {'numpy', 'duckdb', 'pydantic', 'rich'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
