"""Figure 2 of the paper: its systems decide as the policy does, its drift is the drift of appendix D."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import numpy as np
import pytest
from benchmarks.paper import figure2

from kedge.analysis.retraining.policy import Policy, Retraining, decide
from kedge.analysis.retraining.recent import LabelledRow, Recent

START, MINUTE = datetime(2026, 11, 1, tzinfo=UTC), timedelta(minutes=1)


def systems(*, thresholds=(), intervals=()) -> figure2.Systems:
    adaptive, regular = len(thresholds), len(intervals)
    is_adaptive = np.arange(adaptive + regular) < adaptive
    return figure2.Systems(
        is_adaptive, np.array([*thresholds, *[1.0] * regular]), np.array([*[1] * adaptive, *intervals])
    )


def retrained(policy: Policy, errors) -> list[int]:
    """Return after which examples the policy of the service asks, of an example a minute."""
    seen, past = Recent(), []
    for minute, error in enumerate(errors.tolist()):
        seen = seen.merge(Recent(latest=(LabelledRow(START + minute * MINUTE, 0, abs(error)),)))
        now = START + (minute + 1) * MINUTE
        if (
            decide(policy, seen, now, START, [Retraining(START + m * MINUTE, START + m * MINUTE) for m in past]).verdict
            == "retrain"
        ):
            past.append(minute + 1)
    return past


@pytest.mark.parametrize("least", [1, 30, 100])
def test_all_runs_at_once_decide_as_the_policy_does_row_by_row(least):
    thresholds, intervals = [0.5, 1.0, 2.0], [70, 100]
    errors = np.random.default_rng(1).normal(0, 1 + np.arange(400)[:, None] / 200, (400, 5))
    step = figure2.asking(systems(thresholds=thresholds, intervals=intervals), least)
    found = np.array([step(error) for error in errors])
    policies = [Policy(t, least=least) for t in thresholds] + [Policy(every=n * MINUTE) for n in intervals]
    expected = [retrained(policy, errors[:, place]) for place, policy in enumerate(policies)]
    assert [(np.flatnonzero(run) + 1).tolist() for run in found.T] == expected
    assert all(expected)


def test_without_a_retraining_the_error_grows_as_the_drift_of_appendix_d_says():
    runs = figure2.played(systems(intervals=[10**6] * 4000), np.random.default_rng(1), examples=1000)
    shifts = np.arange(10)
    assert runs.cost.max() == 0
    # After k shifts a and b have each moved by N(k, k), so the squared error is 2 (k² + k) in the mean.
    assert np.mean(runs.rmse**2) == pytest.approx(np.mean(2 * (shifts**2 + shifts)), rel=0.02)


def test_an_interval_costs_as_often_as_it_fits():
    runs = figure2.played(systems(intervals=[50, 99, 100, 500, 999, 1000]), np.random.default_rng(1), examples=1000)
    assert runs.cost.tolist() == [19, 10, 9, 1, 1, 0]


def test_adaptive_is_better_at_every_cost_where_both_have_runs():
    random = np.random.default_rng(figure2.SEED)
    said = figure2.verdict(figure2.played(figure2.drawn(figure2.RUNS, random), random))
    assert said == "Both have runs at 19 costs; the adaptive mean RMSE is below the other at each of them."


def test_the_table_has_each_cost_and_the_picture_is_one():
    random = np.random.default_rng(1)
    runs = figure2.played(figure2.drawn(200, random), random)
    assert len(figure2.table(runs).splitlines()) == 2 + len(runs.costs())
    assert ElementTree.fromstring(figure2.drawing(runs)).tag.endswith("svg")
