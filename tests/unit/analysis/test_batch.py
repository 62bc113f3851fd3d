"""Batches are cut and joined without a change to what they hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from kedge.analysis.batch import Column, Kind, column

VALUES = [1, "blue", None, 2.5, "", "a longer text", True, float("inf"), "é", -3]


def told(found: Column) -> list[object]:
    return [found.value(row) for row in range(len(found))]


@pytest.mark.parametrize("places", [[0, 10], [0, 1, 2, 9, 10], [0, 3, 3, 10]], ids=str)
def test_pieces_joined_again_are_the_whole(places):
    whole = column(VALUES)
    pieces = [whole.cut(start, end) for start, end in pairwise(places)]
    assert told(Column.joined(pieces)) == told(whole)


def test_a_mask_keeps_values_in_their_order():
    kept = np.array([True, False] * 5)
    assert told(column(VALUES).where(kept)) == told(column(VALUES[::2]))


def test_a_column_without_texts_joins_without_texts():
    numbers = Column(np.full(2, Kind.FRACTIONAL, np.uint8), np.array([1.0, 2.0]))
    assert Column.joined([numbers, numbers]).texts is None


def test_texts_of_a_piece_are_hashed_as_in_the_whole():
    whole = column(VALUES)
    assert whole.cut(4, 9).texts.hashes.tolist() == whole.texts.hashes.tolist()[1:5]
