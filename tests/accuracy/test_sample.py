"""Every row is as likely in the sample as every other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kedge.analysis.batch import Batch, column
from kedge.analysis.hashing import hash_keys
from kedge.analysis.sketches.sample import Sample

ROWS, SIZE, FILES = 200, 20, 1500
LEAST_P = 0.001


def sampled(file, cuts):
    """Return the row numbers that the merged samples of a file's parts hold."""
    whole = Sample(size=SIZE)
    for start, end in zip([0, *cuts], [*cuts, ROWS], strict=True):
        batch = Batch({"row": column(range(start, end))}, hash_keys(f"file-{file}.csv", start, end - start))
        whole = whole.merge(Sample(size=SIZE).update(batch))
    return [row["row"] for _, row in whole.rows]


def p_value(counts, share):
    """Return the chance of counts as uneven as these; a draw without replacement varies by 1 - share less."""
    expected = counts.mean()
    statistic = ((counts - expected) ** 2 / (expected * (1 - share))).sum() * (1 - 1 / len(counts))
    return stats.chi2.sf(statistic, len(counts) - 1)


@pytest.mark.parametrize("cuts", [[], [7, 50, 51, 190]], ids=["one scan", "merged"])
def test_every_row_is_drawn_equally_often(cuts):
    drawn = np.bincount(np.concatenate([sampled(file, cuts) for file in range(FILES)]), minlength=ROWS)
    p = p_value(drawn, SIZE / ROWS)
    print(f"chi-squared, p = {p:.3f}")
    assert LEAST_P < p < 1 - LEAST_P


def test_neighbouring_rows_are_drawn_together_no_more_often_than_others():
    together = [np.bincount(np.diff(sorted(sampled(file, []))), minlength=ROWS)[1] for file in range(FILES)]
    expected = FILES * (ROWS - 1) * SIZE / ROWS * (SIZE - 1) / (ROWS - 1)
    assert stats.poisson.sf(sum(together), expected) > LEAST_P
    assert stats.poisson.cdf(sum(together), expected) > LEAST_P


@pytest.mark.parametrize("start", [0, 10**12])
def test_keys_are_uniform(start):
    keys = hash_keys("traffic.jsonl", start, 100_000) / 2.0**64
    assert stats.kstest(keys, "uniform").pvalue > LEAST_P
