"""What is remembered of labels and answers is a commutative monoid, too."""

from __future__ import annotations

import math
import zlib

import pytest

from kedge.analysis.quality.quality import Quality
from kedge.domain.roles import Roles
from kedge.testing import laws

MEGABYTE = 1 << 20


def place(value) -> int:
    return zlib.crc32(repr(value).encode())


def number(value):
    return value if isinstance(value, float) and math.isfinite(value) else (place(value) % 1000) / 1000


def one_of(*values, salt=""):
    return lambda value: values[place(f"{value!r}{salt}") % len(values)]


LABEL = one_of(0, 1, True, "false", "1.0", None)
ANSWER = one_of(0, 1, " true", 0.0, "2", None, salt="answer")
SHOP = one_of(*"abcdef", None, salt="shop")
JOINTS = {
    "binary": laws.Joint(
        Quality(Roles("BinaryClassification", "y", "p", "s", segments=("g",))),
        {"y": LABEL, "p": ANSWER, "s": lambda v: v if place(v) % 3 else abs(math.sin(place(v))), "g": SHOP},
        2 * MEGABYTE,
    ),
    "score": laws.Joint(
        Quality(Roles("BinaryClassification", "y", probability="s")),
        {"y": LABEL, "s": lambda value: abs(math.sin(number(value)))},
        MEGABYTE,
    ),
    "multiclass": laws.Joint(
        Quality(Roles("MulticlassClassification", "y", "p", segments=("g",))),
        {"y": LABEL, "p": ANSWER, "g": place},
        MEGABYTE // 4,
    ),
    "regression": laws.Joint(
        Quality(Roles("Regression", "y", "p")),
        {"y": lambda value: value, "p": lambda value: 1e6 + 2 * number(value)},
        MEGABYTE // 4,
    ),
}


@pytest.mark.parametrize("law", laws.SKETCH_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("joint", JOINTS.values(), ids=JOINTS)
def test_the_joint_sketch_keeps_every_law(joint, law):
    law(joint)
