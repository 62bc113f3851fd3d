from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from pydantic import ValidationError

from kedge.analysis.batch import Batch, column
from kedge.analysis.bias.bias import Bias
from kedge.analysis.bias.config import BiasConfig
from kedge.analysis.bias.kinds import kinds
from kedge.analysis.bias.measures import Reader
from kedge.analysis.bias.neighbours import voted
from kedge.analysis.bias.plan import Facet, Plan
from kedge.analysis.bias.states import states
from kedge.analysis.bias_metrics import bias_metrics
from kedge.analysis.hashing import hash_keys
from kedge.analysis.profile import Profile
from kedge.analysis.quality.replicas import weights
from kedge.errors import InputError

METRICS = bias_metrics()
SEX = Facet("sex", ("F",))
MONITOR = {
    "version": "1.0",
    "headers": ["age", "sex", "income", "hired"],
    "label": "hired",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "sex", "value_or_threshold": ["F"]}],
    "group_variable": "age_band",
}


def counted(plan: Plan, **columns) -> Bias:
    """Return what is remembered of rows, the kinds of their columns decided."""
    rows = {name: column(list(values)) for name, values in columns.items()}
    batch = Batch(rows, hash_keys("rows", 0, max(map(len, rows.values()))))
    profile = Profile(joints={"bias": Bias(plan)}).update(batch)
    return profile.joints["bias"].deciding(plan.deciding(kinds(plan, profile.features)))


def measured(bias: Bias) -> dict[str, dict[str, float | str | None]]:
    found = {}
    for sides in Reader(bias).sides():
        told = {
            measure.name: measure.value if measure.error is None else measure.error
            for measure in sides.measures(METRICS)
        }
        found[f"{sides.facet}={sides.told}"] = told
    return found


# --- the configuration -------------------------------------------------------------------------------


def test_the_monitors_few_keys_are_a_plan():
    plan = BiasConfig(**MONITOR).plan(prediction="0")
    assert (plan.label, plan.positive, plan.facets, plan.prediction) == ("hired", (1,), (SEX,), "0")
    assert (plan.group, plan.threshold, plan.least) == ("age_band", 0.5, 30)


def test_an_index_counts_the_headers():
    told = MONITOR | {"label": 3, "facet": [{"name_or_index": 1}], "group_variable": 0}
    plan = BiasConfig(**told).plan()
    assert (plan.label, plan.facets, plan.group) == ("hired", (Facet("sex"),), "age")


@pytest.mark.parametrize(("headers", "classes"), [(["no", 2], ("no", "2")), (["approved"], ())])
def test_several_label_headers_are_the_classes_of_a_list_and_one_is_of_a_score(headers, classes):
    plan = BiasConfig(**MONITOR, predictor={"label_headers": headers}).plan(probability="s")
    assert plan.classes == classes
    assert (plan.prediction, plan.probability) == (("s", None) if classes else (None, "s"))


@pytest.mark.parametrize("key", ["predictor", "dataset_type", "joinsource_name_or_index"])
def test_what_another_analysis_needs_is_passed_over(key):
    assert BiasConfig(**MONITOR, **{key: {"any": "thing"}}).plan() == BiasConfig(**MONITOR).plan()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"facets": []}, "no key 'facets' here. Did you mean 'facet'"),
        ({"facet": [{"name_or_index": "sex", "value_or_treshold": [1]}]}, "Did you mean 'value_or_threshold'"),
        ({"facet": []}, "at least 1 item"),
        ({"facet": [{"name_or_index": 9}]}, "no header 9; they are 0 to 3"),
        ({"facet": [{"name_or_index": "sex"}, {"name_or_index": 1}]}, "'sex' is there twice"),
        ({"intersections": [["sex", "rage"]]}, "'rage' is none"),
        ({"intersections": [["sex", "sex"]]}, "two different facets"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(change, said):
    with pytest.raises(ValidationError, match=said):
        BiasConfig(**MONITOR | change)


@pytest.mark.parametrize(
    ("methods", "chosen"),
    [(None, None), ({"post_training_bias": {"methods": "all"}}, None), ({"pre_training_bias": {}}, [])],
)
def test_methods_choose_the_metrics_of_a_stage(methods, chosen):
    assert BiasConfig(**MONITOR, methods=methods).chosen("post_training") == chosen


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [1, 1.0, "1", " 1.0 ", True, "true"])
def test_a_value_is_among_the_configured_ones_by_what_it_says(same):
    assert states(column([same, 0, "x"]), (1,), 3).tolist() == [1, 0, 0]


def test_what_is_above_a_threshold_is_beyond_and_the_threshold_is_not():
    assert states(column([29, 30, 30.5, "31", None, nan, inf]), (30,), 7).tolist() == [0, 1, 2, 2, 4, 4, 4]


def test_many_different_texts_are_told_as_few_are():
    texts = [f"t{i % 40}" for i in range(200)]
    assert states(column(texts), ("t7", "t39"), 200).tolist() == [int(text in ("t7", "t39")) for text in texts]


@pytest.mark.parametrize(
    ("values", "configured", "kind"),
    [
        ([0, 1] * 21, (1,), "categorical"),
        ([0, 1] * 20, (1,), "continuous"),
        ([0.0, 1.0] * 50, (1,), "continuous"),
        (list(range(40)), (3, 4), "categorical"),
        (list(range(40)), (3,), "continuous"),
        ([True, False] * 5, (True,), "categorical"),
        ([1, 2, "x"], (1,), "categorical"),
    ],
)
def test_the_kind_of_a_column_follows_the_services_rules(values, configured, kind):
    plan = Plan("y", ("a",), (Facet("x", configured),))
    assert counted(plan, y=["a"] * len(values), x=values).plan.kinds[plan.facets[0].key] == kind


# --- what is counted ---------------------------------------------------------------------------------


def test_rows_without_a_label_are_left_out_and_rows_without_an_answer_of_answers_only():
    plan = Plan("y", ("a",), (SEX,), "p")
    bias = counted(plan, y=["a", "b", None, "a"], p=["a", None, "a", "b"], sex=["F", "M", "F", None])
    counts = next(Reader(bias).sides()).counts
    assert (bias.rows, bias.unlabelled, bias.unanswered, bias.unfaceted) == (4, 1, 1, {"sex": 1})
    assert (counts.rows[0].tolist(), counts.confusion[0].sum((1, 2)).tolist()) == ([2, 1], [1, 1])


def test_a_replica_counts_rows_as_often_as_their_keys_say():
    plan = Plan("y", ("a",), (SEX,))
    labels, sexes = ["a", "b", "b", "a", "b"] * 40, ["F", "M"] * 100
    rows = next(Reader(counted(plan, y=labels, sex=sexes)).sides()).counts.rows
    assert rows[1:, 1].tolist() == weights(hash_keys("rows", 0, 200))[:50, ::2].sum(1).tolist()


def test_a_probability_above_the_threshold_is_positive_however_labels_are_understood():
    plan = Plan("y", ("yes",), (SEX,), probability="s", threshold=0.3)
    bias = counted(plan, y=["yes", "no"] * 2, s=[0.3, 0.31, 0.9, 0.1], sex=["F", "F", "M", "M"])
    assert measured(bias)["sex=F"]["DI"] == 1


def test_facets_of_one_column_and_intersections_are_told_apart():
    plan = Plan("y", ("a",), (Facet("race", ("x",)), Facet("race", ("y", "z")), SEX), intersections=(("sex", "race"),))
    bias = counted(plan, y=list("abab"), race=list("xyzx"), sex=list("FFMM"))
    found = {name: told["CI"] for name, told in measured(bias).items()}
    assert found == {"race=x": 0, "race=y,z": 0, "sex=F": 0, "sex & race=F & x": 0.5}


def test_a_facet_without_values_is_each_of_them_against_the_others():
    plan = Plan("y", ("a",), (Facet("race"),))
    assert measured(counted(plan, y=list("abab"), race=list("xyzx"))).keys() == {"race=x", "race=y", "race=z"}


def test_a_threshold_is_told_as_an_interval_up_to_the_highest_value():
    plan = Plan("y", ("a",), (Facet("age", (30,)), Facet("score", (0.5,)), Facet("age", (99,))))
    ages, scores = [20, 30, 40, 90], [0.1, 0.2, 0.7, 0.99]
    found = measured(counted(plan, y=list("abab"), age=ages, score=scores))
    assert (*found,) == ("age=(30, 90]", "score=(0.5, 0.99]", "age=(99, 99]")


def test_sketches_of_different_configurations_are_not_merged():
    with pytest.raises(InputError, match="count different things: 'y' and 'z'"):
        Bias(Plan("y", (1,), (SEX,))).merge(Bias(Plan("z", (1,), (SEX,))))


# --- what is wrong with one metric -------------------------------------------------------------------


def test_a_value_that_never_occurs_is_an_error_of_each_metric_that_compares():
    plan = Plan("y", ("a",), (Facet("sex", ("X",)),), "p", group="g")
    found = measured(counted(plan, y=list("abab"), p=list("aabb"), sex=list("FFMM"), g=list("uvuv")))["sex=X"]
    assert {name for name, told in found.items() if not str(told).startswith("The facet is empty")} == {"GE"}


def test_everybody_is_no_facet():
    found = measured(counted(Plan("y", ("a",), (SEX,)), y=list("ab"), sex=list("FF")))["sex=F"]
    assert "everybody" in found["DPL"]


def test_without_a_group_variable_there_is_no_conditional_disparity():
    found = measured(counted(Plan("y", ("a",), (SEX,), "p"), y=list("abab"), p=list("abab"), sex=list("FFMM")))["sex=F"]
    assert found["CDDL"] == found["CDDPL"] == "Group variable is empty or not provided"


def test_without_a_positive_answer_labels_are_still_measured():
    plan = Plan("y", ("a",), (SEX,), "p")
    found = measured(counted(plan, y=list("abab"), p=list("bbbb"), sex=list("FFMM")))["sex=F"]
    assert found["DPL"] == 0
    assert found["GE"].startswith("No Label values are present in the predicted Label Column")


def test_what_is_divided_by_nothing_is_infinite():
    plan = Plan("y", ("a",), (SEX,), "p")
    found = measured(counted(plan, y=list("abab"), p=list("bbab"), sex=list("FFMM")))["sex=F"]
    assert (found["TE"], found["DCA"], found["DI"]) == (inf, -inf, 0)


def test_groups_beyond_the_limit_are_not_told_apart():
    plan = Plan("y", ("a",), (SEX,), group="id")
    found = measured(counted(plan, y=list("ab") * 800, sex=list("FFMM") * 400, id=[f"i{i}" for i in range(1600)]))
    assert "too many values" in found["sex=F"]["CDDL"]


def test_a_facet_of_numbers_needs_a_threshold():
    found = measured(counted(Plan("y", ("a",), (Facet("age"),)), y=list("ab"), age=[0.5, 1.5]))
    assert "needs a threshold" in found["age="]["DPL"]


# --- the flip test -----------------------------------------------------------------------------------


def test_the_flip_test_asks_the_nearest_of_the_other_side():
    plan = Plan("y", ("a",), (SEX,), "p")
    x, told = [1.0, 2.0, 3.0, 1.1, 2.1, 3.1], list("abbabb")
    bias = counted(plan, y=list("aabbab"), p=[*told[:3], "a", "a", "b"], sex=list("MMMFFF"), x=x)
    assert measured(bias)["sex=F"]["FT"] == pytest.approx(1 / 3)


def test_neighbours_are_those_of_scikit_learn():
    neighbors = pytest.importorskip("sklearn.neighbors")
    random = np.random.default_rng(1)
    known, asked, answers = random.normal(size=(300, 4)), random.normal(size=(200, 4)), random.random(300) < 0.4
    expected = neighbors.KNeighborsClassifier(5).fit(known, answers).predict(asked)
    assert voted(known, answers, asked).tolist() == expected.tolist()


def test_of_equally_near_rows_the_first_count():
    known, answers = np.zeros((12, 1)), np.arange(12) < 3
    assert voted(known, answers, np.zeros((1, 1))).tolist() == [True]


@pytest.mark.parametrize(("extra", "said"), [({"job": list("uvuv")}, "non-numeric columns"), ({}, "no feature")])
def test_the_flip_test_needs_numbers_only(extra, said):
    plan = Plan("y", ("a",), (SEX,), "p")
    found = measured(counted(plan, y=list("abab"), p=list("abab"), sex=list("FFMM"), **extra))["sex=F"]
    assert said in found["FT"]
