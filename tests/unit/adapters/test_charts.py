from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kedge.adapters.presentation.charts import bars, categories, histogram
from kedge.analysis.batch import column
from kedge.analysis.profile import Feature

if TYPE_CHECKING:
    from collections.abc import Iterable


def feature(values: Iterable[object]) -> Feature:
    return Feature().update(column(list(values)))


def normal(rows: int) -> list[float]:
    return [float(value) for value in np.random.default_rng(0).normal(size=rows)]


def test_equal_distributions_are_drawn_alike() -> None:
    chart = histogram(feature(normal(1000)), feature(normal(1000)))
    assert chart is not None
    assert chart.baseline == chart.window != ""


def test_without_numbers_there_is_no_histogram() -> None:
    assert histogram(feature(["x"]), feature([None])) is None


def test_a_histogram_of_one_side_leaves_the_other_empty() -> None:
    chart = histogram(feature([]), feature(normal(100)))
    assert chart is not None
    assert (chart.baseline, chart.window != "") == ("", True)


def test_few_whole_numbers_are_drawn_one_bar_each() -> None:
    chart = histogram(feature([0, 1, 1]), feature([1, 3]))
    assert chart is not None
    assert chart.baseline == "M0 100V50h3V100M4 100V0h3V100M8 100V100h3V100M12 100V100h3V100"
    assert [label for _, label in chart.ticks] == ["0", "1", "2", "3"]


def test_a_tick_stands_in_the_middle_of_its_bar() -> None:
    chart = histogram(feature([0, 1]), feature([0, 1]))
    assert chart is not None
    assert chart.ticks == ((pytest.approx(1.5 / 7), "0"), (pytest.approx(5.5 / 7), "1"))


@pytest.mark.parametrize("values", [[5e-324, 0.0], [1.0, 1.0 + 2**-52], [1e17, 1e17 + 16], [1e299, -1e299]])
def test_numbers_too_close_or_too_large_for_halves_are_drawn(values: list[float]) -> None:
    chart = histogram(feature(values), feature(values))
    assert chart is not None
    assert chart.window


def test_outliers_are_set_apart_instead_of_flattening_the_rest() -> None:
    chart = histogram(feature([*normal(1000), 1e6]), feature(normal(1000)))
    assert chart is not None
    assert chart.tails.startswith("right bar: all above")
    assert chart.window.count("h") > 10


def test_a_single_value_is_drawn_in_the_middle() -> None:
    chart = histogram(feature([0.5] * 9), feature([0.5]))
    assert chart is not None
    assert chart.baseline == "M0 100V100h4V0h1V100h4V100"


def test_a_path_is_compact() -> None:
    chart = histogram(feature(normal(100_000)), feature(normal(100_000)))
    assert chart is not None
    assert len(chart.window) < 300


def test_a_share_too_small_to_see_is_still_drawn() -> None:
    chart = histogram(feature([0] * 5000 + [1]), feature([0]))
    assert chart is not None
    assert "V99h3" in chart.baseline


def test_rare_categories_are_put_together() -> None:
    values = [f"value {i % 20}" for i in range(200)]
    rows = categories(feature(values), feature(values))
    assert [row.name for row in rows][-1] is None
    assert len(rows) == 13
    assert rows[-1].window == pytest.approx(0.4)


def test_a_category_of_one_side_has_no_share_on_the_other() -> None:
    (row,) = categories(feature([1]), feature(["new"]))
    assert (row.baseline, row.window) == (None, 1.0)


def test_ids_are_not_drawn() -> None:
    ids = feature(f"id {i}" for i in range(500))
    assert categories(ids, ids) == []


def test_bars_stand_in_the_order_of_the_categories() -> None:
    chart = bars(categories(feature("aab"), feature("abb")))
    assert chart is not None
    assert (chart.baseline, chart.window) == (
        "M0 100V0h3V100M4 100V50h3V100",
        "M0 100V50h3V100M4 100V0h3V100",
    )
