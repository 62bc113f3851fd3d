from __future__ import annotations

import math

import pytest

from kedge.adapters.presentation.intervals import Reach, Scale, ends, reach, within


def test_a_scale_shows_every_interval_whole() -> None:
    scale = Scale.over(ends(reach(0.8, 0.05), reach(0.2, 0.01)))
    mark = scale.mark(reach(0.8, 0.05))
    assert mark
    assert 0 < scale.share(0.18) < scale.share(0.9) < 1
    assert float(mark.high.rstrip("%")) < 100


def test_a_small_difference_is_drawn_small() -> None:
    scale = Scale.over([0.9, 0.901])
    assert scale.share(0.901) - scale.share(0.9) < 0.02


@pytest.mark.parametrize(
    ("allowed", "limits", "beyond"),
    [
        ((0.5, math.inf), ("50%",), (("0%", "50%"),)),
        ((-math.inf, 0.5), ("50%",), (("50%", "50%"),)),
        ((0.25, 0.5), ("25%", "50%"), (("0%", "25%"), ("50%", "50%"))),
        (None, (), ()),
    ],
)
def test_the_shade_is_where_a_metric_may_not_lie(
    allowed: tuple[float, float] | None, limits: tuple[str, ...], beyond: tuple[tuple[str, str], ...]
) -> None:
    interval = Scale(0.0, 1.0).interval(reach(0.6), reach(0.4), allowed)
    assert (interval.limits, interval.beyond) == (limits, beyond)


def test_a_bar_goes_from_0_to_either_side() -> None:
    scale = Scale(-1.0, 1.0)
    assert (scale.bar(0.5), scale.bar(-0.5)) == (("50%", "25%"), ("25%", "25%"))


@pytest.mark.parametrize("interval", [None, (math.nan, 0.7), (-math.inf, math.inf)])
def test_an_interval_without_ends_is_a_point(interval: tuple[float, float] | None) -> None:
    assert within(0.5, interval) == Reach(0.5, 0.5, 0.5)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_no_number_is_not_drawn(value: float | None) -> None:
    assert Scale(0.0, 1.0).interval(reach(value), within(value, (0.1, 0.2)), middle=value).middle is None
    assert ends(reach(value), within(value, (0.1, 0.2))) == []
