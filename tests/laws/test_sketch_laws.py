from __future__ import annotations

import pytest

from kedge.analysis import sketches
from kedge.testing import laws


@pytest.mark.parametrize("law", laws.SKETCH_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("sketch", laws.sketches_in(sketches), ids=lambda sketch: sketch.__name__)
def test_every_sketch_keeps_every_law(sketch, law):
    law(sketch)


def test_a_sketch_that_counts_merges_twice_breaks_the_laws():
    class Careless:
        pass
