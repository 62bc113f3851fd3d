from __future__ import annotations

from dataclasses import replace

import numpy as np

from kedge.analysis.batch import Batch, column
from kedge.analysis.profile import Profile
from kedge.analysis.summarize import statistics
from kedge.domain.window import Window, parse_time


def profile(**columns: list[object]) -> Profile:
    rows = len(next(iter(columns.values())))
    batch = Batch({name: column(values) for name, values in columns.items()}, np.arange(rows, dtype=np.uint64))
    return Profile().update(batch)


def test_numbers_texts_and_nothing_have_blocks_of_their_own():
    summary = statistics(profile(n=[1, None], s=["a", "b"], b=[True, None], u=[None, None]))
    blocks = [
        (f.inferred_type, bool(f.numerical_statistics), bool(f.string_statistics), bool(f.common))
        for f in summary.features
    ]
    assert blocks == [
        ("Integral", True, False, False),
        ("String", False, True, False),
        ("String", False, True, False),
        ("Unknown", False, False, True),
    ]


def test_a_small_sketch_is_one_level_in_arrival_order():
    summary = statistics(profile(n=[18.0, 44.0, 31.0]))
    assert summary.features[0].numerical_statistics.distribution.kll.sketch.data == [[18.0, 44.0, 31.0]]


def test_the_dataset_has_the_rows_the_window_and_the_time_of_the_run():
    window = Window(parse_time("2024-05-01T09:00:00Z"), parse_time("2024-05-01T10:00:00Z"))
    dataset = statistics(replace(profile(n=[1, None]), window=window), evaluated="2024-05-01T10:20:00Z").dataset
    assert (dataset.item_count, dataset.start_time, dataset.end_time, dataset.evaluation_time) == (
        2,
        "2024-05-01T09:00:00Z",
        "2024-05-01T10:00:00Z",
        "2024-05-01T10:20:00Z",
    )


def test_texts_without_a_small_set_of_categories_have_no_distribution():
    summary = statistics(profile(id=[f"id-{i}" for i in range(20_000)]))
    assert summary.features[0].string_statistics.distribution is None
