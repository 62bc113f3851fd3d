from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import hypergeom

from kedge.analysis.anomalies import Outside
from kedge.analysis.batch import Batch, column
from kedge.analysis.checks import Comparison
from kedge.analysis.checks.anomaly import anomaly, surprise
from kedge.analysis.documents import Constraints, FeatureConstraints, MonitoringConfig
from kedge.analysis.overrides import monitoring_configs
from kedge.analysis.profile import Feature, Profile
from kedge.analysis.questions import Answers
from kedge.analysis.suggest import constraints
from kedge.errors import DocumentError

RNG = np.random.default_rng(2)
BASELINE = Feature().update(column(RNG.normal(0, 1, 5000).tolist()))
QUIET = RNG.normal(0, 1, 1000).tolist()


def account(values: int, outside: int, before: float = 0.0, baseline_values: int = 5000) -> Outside:
    known = {"median": 0, "spread": 1, "low": -6, "high": 6, "baseline_values": baseline_values}
    return Outside(**known, values=values, outside=outside, baseline_share=before)


def found(outside: Outside | None, window=QUIET, **demanded):
    constraint = FeatureConstraints(name="x", inferred_type="Fractional")
    config = MonitoringConfig(anomaly_constraints=demanded) if demanded else MonitoringConfig()
    seen = Feature().update(column(window))
    answers = Answers(outside={"x": outside} if outside else {})
    return anomaly(Comparison("x", constraint, config, BASELINE, seen, "default", 1, 1, answers=answers))


def test_a_burst_is_told_with_its_figures():
    finding = found(account(1000, 5))
    assert finding.description == "Anomalous values: 0.5% are outside of -6.0 to 6.0. Expected: At most 0.2%."
    assert (finding.observed, finding.expected, finding.detail["outside"]) == (0.005, 0.002, 5)


QUIET_CASES = {
    "one stray value": account(1000, 1),
    "no more than the baseline has": account(1000, 50, before=0.05),
    "no values at all": account(0, 0),
    "nobody watched": None,
}


@pytest.mark.parametrize("outside", QUIET_CASES.values(), ids=QUIET_CASES)
def test_nothing_is_told_of(outside):
    assert found(outside) is None


@pytest.mark.parametrize("shift", [0.3, 3.0], ids=["moved", "drifted"])
def test_the_tail_of_a_distribution_that_moved_is_no_burst(shift):
    assert found(account(1000, 5), window=[value + shift for value in QUIET]) is None


def test_more_can_be_allowed():
    assert found(account(1000, 5), maximum_share=0.01) is None


@pytest.mark.parametrize(("n", "m", "k", "before"), [(1000, 5000, 5, 2), (100, 100_000, 3, 9), (5000, 300, 40, 1)])
def test_the_surprise_bounds_the_exact_probability(n, m, k, before):
    exact = hypergeom.sf(k - 1, n + m, k + before, n)
    assert exact <= math.exp(-surprise(account(n, k, before / m, m))) <= 40 * exact + 1e-12


def test_a_feature_can_have_a_limit_of_its_own():
    profile = Profile().update(Batch({"x": column(QUIET), "y": column(QUIET)}, np.arange(1000, dtype=np.uint64)))
    demanded = constraints(profile).model_dump()
    demanded["monitoring_config"]["anomaly_constraints"] = {"maximum_share": 0.5}
    demanded["features"][1]["monitoring_config_overrides"] = {"anomaly_constraints": {"limit": 9}}
    configs = monitoring_configs(Constraints.model_validate(demanded))
    both = [(configs[name].anomalies.limit, configs[name].anomalies.maximum_share) for name in "xy"]
    assert both == [(6, 0.5), (9, 0.5)]


def test_an_override_alone_is_enough():
    feature = {"name": "x", "inferred_type": "Integral"}
    feature["monitoring_config_overrides"] = {"anomaly_constraints": {"limit": 9}}
    assert monitoring_configs(Constraints(features=[feature]))["x"].anomalies.limit == 9


@pytest.mark.parametrize("config", [{"maximum_shares": 1}, {"maximum_share": 2}, {"limit": 0}], ids=str)
def test_a_bad_demand_is_refused_with_its_place(config):
    feature = {"name": "x", "inferred_type": "Integral", "monitoring_config_overrides": {"anomaly_constraints": config}}
    with pytest.raises(DocumentError, match=r"anomaly_constraints\.(maximum|limit)"):
        monitoring_configs(Constraints(features=[feature]))


def test_what_is_written_names_no_demand_that_nobody_made():
    assert "anomaly" not in constraints(Profile()).to_json()
