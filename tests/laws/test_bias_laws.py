"""What is remembered of facets, labels and answers is a commutative monoid, too."""

from __future__ import annotations

import math
import zlib

import pytest

from kedge.analysis.bias.bias import Bias
from kedge.analysis.bias.plan import Facet, Plan
from kedge.testing import laws

MEGABYTE = 1 << 20


def place(value) -> int:
    return zlib.crc32(repr(value).encode())


def one_of(*values, salt=""):
    return lambda value: values[place(f"{value!r}{salt}") % len(values)]


LABEL = one_of(0, 1, True, "false", "1.0", None)
ANSWER = one_of(0, 1, " true", 0.0, "2", None, salt="answer")
SEX = one_of("F", "M", "F ", None, salt="sex")
AGE = one_of(*range(18, 90), None, 40.5, "?", salt="age")
COUNTED = {"y": LABEL, "p": ANSWER, "sex": SEX, "age": AGE}
SEXES, AGES = Facet("sex", ("F",)), Facet("age", (40,))
JOINTS = {
    "answers": laws.Joint(
        Bias(Plan("y", (1,), (SEXES, AGES), "p", group="age", intersections=(("sex", "age"),))), COUNTED, 4 * MEGABYTE
    ),
    "scores": laws.Joint(
        Bias(Plan("y", (1,), (SEXES,), probability="s")),
        {"y": LABEL, "sex": SEX, "s": lambda v: abs(math.sin(place(v))), "x": lambda v: place(v) / 7},
        2 * MEGABYTE,
    ),
    "labels": laws.Joint(Bias(Plan("y", (1,), (Facet("sex"), Facet("id")))), COUNTED | {"id": place}, MEGABYTE // 4),
    "groups": laws.Joint(
        Bias(Plan("y", ("1",), (Facet("sex"), AGES), "p", group="id")), COUNTED | {"id": lambda value: value}, MEGABYTE
    ),
}


@pytest.mark.parametrize("law", laws.SKETCH_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("joint", JOINTS.values(), ids=JOINTS)
def test_the_joint_sketch_keeps_every_law(joint, law):
    law(joint)
