"""The sample of ids is the same wherever it is drawn, and as large as was asked."""

from __future__ import annotations

import subprocess
import sys

import pytest
from scipy.stats import binomtest

from kedge.capture.sampling import drawn, sampled

IDS = [f"order-{number}" for number in range(20_000)]


@pytest.mark.parametrize("percentage", [1, 20, 50.5, 99])
def test_a_sample_of_ids_is_as_large_as_was_asked(percentage):
    taken = sum(sampled(id, percentage) for id in IDS)
    assert binomtest(taken, len(IDS), percentage / 100).pvalue > 1e-4


def test_a_smaller_sample_is_part_of_a_larger_one():
    small, large = ({id for id in IDS if sampled(id, percentage)} for percentage in (5, 20))
    assert small < large


def test_another_process_draws_the_same_sample():
    code = "from kedge.capture import sampled; print([i for i in range(200) if sampled(f'order-{i}', 20)])"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.strip() == str([i for i in range(200) if sampled(f"order-{i}", 20)])


@pytest.mark.parametrize(("percentage", "taken"), [(0, 0), (100, 500)])
def test_none_and_all_are_exact(percentage, taken):
    assert sum(drawn(percentage) for _ in range(500)) == taken
    assert sum(sampled(id, percentage) for id in IDS[:500]) == taken


def test_chance_takes_the_share_that_was_asked():
    assert binomtest(sum(drawn(20) for _ in range(20_000)), 20_000, 0.2).pvalue > 1e-6
