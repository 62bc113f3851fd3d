from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from kedge.adapters.renderers.tables import learned, remembered, statistics, verdict, violations
from kedge.analysis.batch import Batch, column
from kedge.analysis.documents import Constraints, ConstraintViolations, DatasetStatistics, Statistics
from kedge.analysis.profile import Feature, Profile
from kedge.analysis.report import Baseline, DriftDistance, Finding, Reading, Report, Summary
from kedge.domain.window import Window, parse_time
from kedge.monitors import data_quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType


def report(*findings: Finding) -> Report:
    constraints = Constraints(features=[{"name": "age", "inferred_type": "Integral"}])
    statistics = Statistics(dataset=DatasetStatistics(item_count=0), features=[])
    summary = Summary(kedge="1.0", created="2024-05-01T10:00:00Z", findings=list(findings))
    baseline = Baseline(statistics, constraints)
    return Report(summary, statistics, constraints, ConstraintViolations(), (), Profile(), baseline, {})


def drift(name: str, observed: float = 0.3079) -> Finding:
    description = f"Baseline drift distance: {observed} exceeds threshold: 0.1"
    kind = "baseline_drift_check"
    return Finding(
        feature_name=name,
        constraint_check_type=kind,
        description=description,
        observed=observed,
        expected=0.1,
    )


def feature(values: Sequence[object]) -> Feature:
    return Feature().update(column(values))


def profile_of(**columns: Sequence[object]) -> Profile:
    rows = max(map(len, columns.values()))
    return Profile().update(Batch({k: column(v) for k, v in columns.items()}, np.arange(rows, dtype=np.uint64)))


def shown(renderable: RenderableType, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(renderable)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_the_verdict_is_one_line() -> None:
    assert shown(verdict(report(drift("age"), drift("age")))) == "▲ 2 violations in 1 of 1 feature\n"


def test_a_verdict_without_violations_says_so() -> None:
    assert shown(verdict(report())) == "✓ No violations in 1 feature\n"


def test_a_violation_names_feature_check_and_both_values() -> None:
    line = shown(violations(report(drift("age")))).splitlines()[1]
    assert line.split()[:7] == ["age", "baseline", "drift", "0.308", "at", "most", "0.1"]


def test_the_worst_violation_comes_first() -> None:
    text = shown(violations(report(drift("near", 0.11), drift("far", 0.9))))
    assert text.index("far") < text.index("near")


def test_without_violations_the_verdict_takes_the_place_of_the_table() -> None:
    assert shown(violations(report())) == "✓ No violations in 1 feature\n"


def test_every_line_fits_into_80_columns() -> None:
    long = "a_feature_with_a_name_that_is_longer_than_any_column_can_be"
    features = {long: feature([1.23456789e-7, 123456789.0]), f"{long}_text": feature([long, "b"])}
    distances = {long: DriftDistance(distance=0.3079, threshold=0.1, method="Robust")}
    text = shown(violations(report(drift(long)))) + shown(statistics(features, distances))
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", ["汉" * 60, "no\xa0break" * 9, "👩\u200d👧" * 30, "z\u0338\u0322" * 40, "\u05d0" * 90])
def test_a_name_in_any_script_stays_in_its_column(name: str) -> None:
    lines = shown(statistics({name: feature([1, 2])}), 72).splitlines()
    (width,) = {cell_len(line) for line in lines}
    assert width <= 72
    assert lines[1].replace("\u200e", "").split()[-7:] == ["Integral", "100%", "1.5", "0.5", "1", "1", "2"]


def test_a_name_from_right_to_left_leaves_the_cells_after_it_in_order() -> None:
    line = shown(statistics({"\u05d0\u05d1": feature([1])})).splitlines()[1]
    assert [cell.strip() for cell in line.split("\u200e")[1:4]] == ["\u05d0\u05d1", "Integral", "100%"]


def test_a_baseline_shows_what_it_demands_and_what_it_was() -> None:
    sizes = {"S": 9, "M": 8, "L": 7, "XL": 6, "XXL": 5, "3XL": 4}
    known = profile_of(size=[size for size, count in sizes.items() for _ in range(count)], age=[None, *range(38)])
    title, *lines = shown(learned(data_quality.learn([known], Reading()), known.features), 100).splitlines()
    assert title == "Baseline of 2 features from 39 rows"
    assert lines[1] == "size    String             100% one of S, M, L, XL, XXL and 1 other at most 0.1"
    assert lines[2] == "age     Integral at least 97.4% not negative                        at most 0.1"
    assert lines[5].startswith("age     Integral   97.4%")


def test_a_profile_says_whose_it_is() -> None:
    window = Window(parse_time("2024-05-01T09:00:00Z"), parse_time("2024-05-01T10:00:00Z"))
    known = replace(profile_of(age=[1, 2]), endpoint="delays", variant="blue", window=window)
    said = "Profile of 1 feature from 2 rows, delays/blue, 2024-05-01 09:00 to 10:00 UTC"
    assert shown(remembered(known)).splitlines()[0] == said


def test_numbers_have_moments_and_the_median() -> None:
    lines = shown(statistics({"age": feature([1, 2, 3, None])})).splitlines()
    assert lines[1].split() == ["age", "Integral", "75%", "2", "0.816", "1", "2", "3"]


def test_texts_have_their_most_frequent_values() -> None:
    lines = shown(statistics({"colour": feature(["red", "blue", "red", "red"])})).splitlines()
    assert lines[1].split() == ["colour", "String", "100%", "2", "red", "75%,", "blue", "25%"]


def test_a_feature_without_a_value_has_dashes() -> None:
    lines = shown(statistics({"gone": feature([None, None])})).splitlines()
    assert lines[1].split() == ["gone", "Unknown", "0%", "–", "–"]


def test_a_distance_beyond_its_threshold_is_marked() -> None:
    features = {"calm": feature([1, 2]), "drifted": feature([3, 4])}
    distances = {
        name: DriftDistance(distance=distance, threshold=0.1, method="Robust")
        for name, distance in {"calm": 0.02, "drifted": 0.2}.items()
    }
    calm, drifted = shown(statistics(features, distances)).splitlines()[1:]
    assert calm.rstrip().endswith("0.020/0.1")
    assert drifted.endswith("0.200/0.1 ▲")


def test_large_numbers_stay_short() -> None:
    lines = shown(statistics({"id": feature([10**15, 10**15])})).splitlines()
    assert lines[1].split()[3:] == ["1.00e15", "0", "1.00e15", "1.00e15", "1.00e15"]


def test_names_are_neither_markup_nor_escape_sequences() -> None:
    text = shown(statistics({"[bold]x[/bold]": feature([1]), "\x1b[31mred": feature([1])}))
    assert "[bold]x[/bold]" in text
    assert "\x1b" not in text


def test_no_features_are_said_to_be_none() -> None:
    assert shown(statistics({})) == "No features\n"
