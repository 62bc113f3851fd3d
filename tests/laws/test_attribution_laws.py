"""The rows to explain are a commutative monoid, too."""

from __future__ import annotations

import pytest

from kedge.analysis.attribution.attribution import Attribution
from kedge.analysis.sketches.sample import Sample
from kedge.testing import laws

MEGABYTE = 1 << 20
COLUMNS = {"age": lambda value: value, "city": str}
JOINTS = {
    "named": laws.Joint(Attribution(("city",), Sample(size=50)), COLUMNS, MEGABYTE // 16),
    "all": laws.Joint(Attribution(), COLUMNS, MEGABYTE // 4),
    "none": laws.Joint(Attribution().without_rows(), COLUMNS, 100),
}


@pytest.mark.parametrize("law", laws.SKETCH_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("joint", JOINTS.values(), ids=JOINTS)
def test_the_rows_to_explain_keep_every_law(joint, law):
    law(joint)
