"""What is remembered of vectors is a commutative monoid, too."""

from __future__ import annotations

import math
import zlib

import pytest

from kedge.analysis.embeddings.embeddings import Embeddings
from kedge.testing import laws

MEGABYTE = 1 << 20
DIMENSIONS = 8


def place(value) -> int:
    return zlib.crc32(repr(value).encode())


def vector(value):
    """Make a vector of any value: missing, short, zero, not finite or large ones among them."""
    odd = [None, [], [0.0] * DIMENSIONS, [1.0, math.nan], [value] * 3 if isinstance(value, float) else [1e308, -1e308]]
    at = place(value)
    return odd[at % 5] if at % 7 == 0 else [math.sin(at + i) for i in range(DIMENSIONS)]


JOINTS = {
    "kept": laws.Joint(Embeddings("e", 20), {}, MEGABYTE // 4, {"e": vector}),
    "hashed": laws.Joint(Embeddings("e", 0), {}, MEGABYTE // 4, {"e": vector}),
    "another column": laws.Joint(Embeddings("other"), {}, 1000, {"e": vector}),
}


@pytest.mark.parametrize("law", laws.SKETCH_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("joint", JOINTS.values(), ids=JOINTS)
def test_the_sketch_of_vectors_keeps_every_law(joint, law):
    law(joint)
