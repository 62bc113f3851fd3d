"""Streams of numbers, shown to sketches the way an engine does: batch by batch."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest

from kedge.analysis.batch import Column, Kind


@pytest.fixture(scope="session")
def scan():
    """Show a sketch numbers in batches."""
    return lambda sketch, numbers, rows=122_880: reduce(_update, _cut(numbers, rows), sketch)


@pytest.fixture(scope="session")
def merge():
    """Sketch parts of numbers one by one, and merge the sketches."""
    return lambda kind, numbers, parts: reduce(kind.merge, (_update(kind(), p) for p in np.array_split(numbers, parts)))


def _cut(numbers, rows):
    return (numbers[start : start + rows] for start in range(0, len(numbers), rows))


def _update(sketch, numbers):
    return sketch.update(Column(np.full(len(numbers), Kind.FRACTIONAL, np.uint8), numbers))
