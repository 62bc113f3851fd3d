"""How DuckDB cuts rows depends on the threads at work; what the sketches are fed with does not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kedge.analysis.batch import column
from kedge.reading import columns

VALUES = [None if i % 7 == 0 else f"text {i}" if i % 3 else i for i in range(1000)]


def cut(places):
    return [[column(VALUES[start:end]), column(range(start, end))] for start, end in pairwise(places)]


def told(group):
    return [[found.value(row) for row in range(len(found))] for found in group]


@pytest.mark.parametrize("places", [[0, 1000], [0, 128, 256, 1000], [0, 1, 500, 501, 900, 1000]], ids=str)
def test_rows_come_in_groups_of_one_size_however_they_were_cut(places):
    found = [told(group) for group in columns._groups(iter(cut(places)), 128)]
    assert found == [[VALUES[i : i + 128], list(range(1000))[i : i + 128]] for i in range(0, 1000, 128)]
