from __future__ import annotations

import sys

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from kedge.analysis.batch import Batch, column
from kedge.analysis.profile import Feature
from kedge.analysis.scores import score
from kedge.analysis.usual import Usual
from kedge.errors import MissingDependency, SettingError

RNG = np.random.default_rng(8)
DRAWN = RNG.multivariate_normal([10, 20], [[1, 0.95], [0.95, 1]], 256)
ROWS = [{"a": a, "b": b} for a, b in DRAWN.tolist()]


def usual(rows=ROWS) -> dict[str, Usual]:
    columns = {name: column([row[name] for row in rows]) for name in ("a", "b")}
    return {name: Usual.of(Feature().update(values)) for name, values in columns.items()}


def batch(rows) -> Batch:
    columns = {name: column([row.get(name) for row in rows]) for name in ("a", "b")}
    return Batch(columns, np.arange(len(rows), dtype=np.uint64))


def test_robust_takes_the_value_that_is_farthest_out():
    known = usual()
    values = [{"a": 1e3, "b": 20}, {"a": 30, "b": -500}, {"a": 10, "b": None}]
    found = score("robust")(known, ())(batch(values))
    bound = known["b"].median - known["b"].low
    expected = [(1e3 - known["a"].median) / (known["a"].high - known["a"].median), (known["b"].median + 500) / bound, 0]
    assert found == pytest.approx(expected)


def test_the_forest_is_scikit_learns_on_robust_deviations():
    known = usual()
    scaled = (DRAWN - [known[name].median for name in "ab"]) / [known[name].spread for name in "ab"]
    forest = IsolationForest(max_samples=256, random_state=0).fit(scaled)
    expected = -forest.score_samples(scaled) / max(0.6, np.quantile(-forest.score_samples(scaled), 0.99))
    assert score("isolation_forest")(known, ROWS)(batch(ROWS)) == pytest.approx(expected)


def test_the_forest_sees_a_row_that_is_odd_though_each_of_its_values_is_usual():
    known, row = usual(), [{"a": 13.0, "b": 17.0}, {"a": 10.0, "b": 20.0}]
    assert score("robust")(known, ROWS)(batch(row)).tolist() == [0, 0]
    odd, ordinary = score("isolation_forest")(known, ROWS)(batch(row))
    assert odd > 1 > ordinary


def test_the_forest_takes_what_is_missing_or_infinite():
    found = score("isolation_forest")(usual(), [{"a": 1}, *ROWS])(batch([{"a": np.inf}, {}, {"b": -np.inf}]))
    assert np.isfinite(found).all()


def test_a_forest_without_rows_says_how_to_get_them():
    with pytest.raises(SettingError, match=r"keeps 3 rows.*--sample 256"):
        score("isolation_forest")(usual(), ROWS[:3])


def test_an_unknown_score_suggests_the_nearest():
    with pytest.raises(SettingError, match=r"no score 'robst'. Did you mean 'robust'\?"):
        score("robst")


def test_a_score_without_its_package_gives_the_command(monkeypatch):
    monkeypatch.setattr("kedge.registry.find_spec", lambda _: None)
    with pytest.raises(MissingDependency, match=r"pip install 'kedge\[forest\]'"):
        score("isolation_forest")


def test_scores_are_listed_without_loading_their_packages(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    assert score("robust")(usual(), ())(batch(ROWS)).max() == 0
