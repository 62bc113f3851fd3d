from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kedge.domain.roles import Roles
from kedge.errors import InputError, SettingError

ROLES = Roles("BinaryClassification", "paid", "answer", "score", segments=("shop",), answers=("score", "answer"))


@pytest.mark.parametrize(
    ("asked", "names", "column"),
    [
        ("answer", ["answer", "0"], "answer"),
        ("0", ["0", "_c0"], "0"),
        ("0", ["_c0"], "_c0"),
        ("$.prediction.label", ["prediction.label"], "prediction.label"),
        ("predictions[*].score", ["score"], "score"),
        ("$.predictions[0]['score']", ["score"], "score"),
        ("predictions[*]", ["0"], "0"),
        ("[*].x", ["x"], "x"),
        ("a['b']", ["a.b"], "a.b"),
        ('a["b.c"]', ["a.b.c"], "a.b.c"),
        ("x[0]", ["x.0"], "x.0"),
        ("$['$.odd']", ["$['$.odd']", "$.odd"], "$['$.odd']"),
    ],
)
def test_a_prediction_is_found_by_name_place_or_path(asked, names, column):
    assert Roles("Regression", "y", asked).within(["y", *names]).prediction == column


def test_a_place_is_never_a_field_of_the_request():
    with pytest.raises(InputError, match="no column '7'"):
        Roles("Regression", "y", "7").within(["groundTruthData", "answer", "_c7"])


def test_the_truth_of_merged_records_is_the_label():
    assert Roles("Regression", "y", "p").within(["groundTruthData", "y", "p"]).label == "groundTruthData"


def test_a_response_as_wide_as_the_baselines_takes_its_order():
    found = ROLES.within(["groundTruthData", "0", "1", "shop"])
    assert (found.probability, found.prediction) == ("0", "1")


def test_a_single_value_is_the_probability_where_one_is_asked_for():
    found = replace(ROLES, answers=()).within(["groundTruthData", "0", "shop"])
    assert (found.probability, found.prediction) == ("0", None)


def test_a_single_value_is_the_prediction_where_the_problem_knows_no_threshold():
    roles = Roles("MulticlassClassification", "y", "answer", "score")
    assert roles.within(["groundTruthData", "0"]).prediction == "0"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["paid", "answer", "shop"], "probability: There is no column 'score'.*--probability"),
        (["payed", "answer", "score", "shop"], "label: There is no column 'paid'. Did you mean 'payed'"),
        (["paid", "answer", "score"], "segment: There is no column 'shop'"),
        (["paid", "0", "1", "2", "shop"], "There are: paid, 0, 1, 2, shop"),
    ],
)
def test_a_column_that_is_not_there_is_told(names, message):
    with pytest.raises(InputError, match=message):
        ROLES.within(names)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"problem": "BinaryClasification", "prediction": "p"}, "Did you mean 'BinaryClassification'"),
        ({"problem": "Regression"}, "No prediction is given"),
        ({"problem": "Regression", "probability": "p"}, "Only a probability is given"),
        ({"problem": "BinaryClassification", "probability": "p", "threshold": 1.5}, "between 0 and 1, and not 1.5"),
        ({"problem": "BinaryClassification", "probability": "p", "threshold": float("nan")}, "and not nan"),
    ],
)
def test_roles_that_cannot_be_are_refused(given, message):
    with pytest.raises(SettingError, match=message):
        Roles(label="y", **given)


@pytest.mark.parametrize("positive", ["1", "1.0", " true", "TRUE"])
def test_the_positive_class_is_understood_by_value(positive):
    assert replace(ROLES, positive=positive).positive == "1"


def test_what_was_written_is_read():
    assert Roles.from_json(json.loads(json.dumps(ROLES.to_json()))) == ROLES
