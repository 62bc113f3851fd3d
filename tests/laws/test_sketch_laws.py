from __future__ import annotations

import pytest
from hypothesis import Phase, settings

from kedge.analysis import sketches
from kedge.analysis.sketches.extremes import Extremes
from kedge.analysis.sketches.kll import Kll
from kedge.testing import laws


@pytest.mark.parametrize("law", laws.SKETCH_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("sketch", laws.sketches_in(sketches), ids=lambda sketch: sketch.__name__)
def test_every_sketch_keeps_every_law(sketch, law):
    law(sketch)


def test_the_battery_finds_every_file_of_the_package():
    assert {Extremes, Kll} < set(laws.sketches_in(sketches))


class Newest(Extremes):
    def merge(self, other):
        return other


class Hoarder(Extremes):
    def to_json(self):
        return {**super().to_json(), "seen": "x" * 400_000}


class Nostalgic(Kll):
    def update(self, column):
        return type(self)((*self.levels, column.numbers), self.compactions)

    def to_json(self):
        return str(self.levels)


@pytest.fixture
def unshrunk():
    """What breaks a law is looked for as ever; the smallest example of it, half a minute's work, nobody reads."""
    before = settings.get_current_profile_name()
    settings.register_profile("unshrunk", settings.get_profile(before), phases=[Phase.generate])
    settings.load_profile("unshrunk")
    yield
    settings.load_profile(before)


@pytest.mark.parametrize(
    ("sketch", "law"),
    [
        (Newest, laws.merging_equals_one_scan),
        (Newest, laws.merging_commutes),
        (Newest, laws.zero_is_neutral),
        (Hoarder, laws.size_is_bounded),
        (Nostalgic, laws.sketches_are_values),
    ],
)
def test_a_sketch_that_breaks_a_law_is_caught(sketch, law, unshrunk):
    with pytest.raises(AssertionError):
        law(sketch)
