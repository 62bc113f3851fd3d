from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.evaluate import evaluate
from kedge.analysis.patterns import patterns
from kedge.analysis.profile import Profile
from kedge.analysis.suggest import constraints

RNG = np.random.default_rng(2)
ROWS = 400
COLUMNS = {f"c{i}": (RNG.normal(10 * i, 1 + i, ROWS)).tolist() for i in range(8)}


def found(window: dict[str, list[object]]) -> list[tuple[list[str], str]]:
    before, after = (
        Profile().update(Batch({n: column(v) for n, v in side.items()}, np.arange(ROWS, dtype=np.uint64)))
        for side in (COLUMNS, window)
    )
    demanded = constraints(before)
    findings, _ = evaluate(demanded, before.features, after.features)
    said = patterns(findings, demanded, before.features, after.features)
    return [(pattern.features, pattern.description) for pattern in said]


def test_without_violations_there_is_no_pattern():
    assert found(COLUMNS) == []


@pytest.mark.parametrize(("gone", "said"), [(2, []), (3, ["3 of the baseline's 8 columns are missing."])])
def test_columns_that_are_missing_together_are_said_once(gone, said):
    window = dict(list(COLUMNS.items())[gone:])
    assert [text for _, text in found(window)] == said


def test_a_column_under_another_spelling_is_named():
    window = {("C 3" if name == "c3" else name): values for name, values in COLUMNS.items()}
    ((names, text),) = found(window)
    assert (names, text.partition(":")[0]) == (["c3", "C 3"], "1 missing column is there under another spelling")


def test_a_renamed_column_is_not_counted_among_those_that_are_gone():
    window = {("C 3" if name == "c3" else name): values for name, values in COLUMNS.items() if name < "c4"}
    assert [names for names, _ in found(window)] == [["c3", "C 3"], ["c4", "c5", "c6", "c7"]]


@pytest.mark.parametrize(("step", "where"), [(1, "before them"), (-1, "after them")])
def test_columns_that_are_shifted_by_one_are_said_once(step, where):
    names = list(COLUMNS)
    moved = dict(zip(names, np.roll(names, step), strict=True))
    window = COLUMNS | {name: COLUMNS[moved[name]] for name in names[2:7]}
    ((shifted, text),) = found(window)
    assert (shifted, where in text) == (names[2:7], True)


def test_columns_that_lack_equally_many_values_are_said_once():
    window = {n: [None] * 40 + v[40:] if n in ("c1", "c4", "c6") else v for n, v in COLUMNS.items()}
    ((names, text),) = found(window)
    assert (names, text) == (
        ["c1", "c4", "c6"],
        "Each of these columns lacks 40 values: they may be of the same rows.",
    )


def test_columns_that_hold_equally_many_wrong_values_are_said_once():
    window = {n: ["?"] * 7 + v[7:] if n < "c3" else v for n, v in COLUMNS.items()}
    ((names, text),) = found(window)
    assert (names, text.partition(":")[0]) == (
        ["c0", "c1", "c2"],
        "Each of these columns holds 7 values of another type",
    )


def test_columns_that_were_converted_alike_are_said_once():
    window = {n: [x * 3.280839895 for x in v] if n in ("c2", "c3", "c5") else v for n, v in COLUMNS.items()}
    ((names, text),) = found(window)
    assert (names, "feet were sent for metres" in text) == (["c2", "c3", "c5"], True)
