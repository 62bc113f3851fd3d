"""Every metric of bias beside the open library of the service, which decides to 1e-9; the flip test apart."""

from __future__ import annotations

import json
import os
import subprocess

import polars as pl
import pytest

import kedge.analysis.bias_metrics as room
from kedge.analysis.batch import Batch, column
from kedge.analysis.bias.bias import Bias
from kedge.analysis.bias.config import BiasConfig
from kedge.analysis.bias.kinds import kinds
from kedge.analysis.bias.measures import Reader
from kedge.analysis.bias.summarize import analysis
from kedge.analysis.hashing import hash_keys
from kedge.analysis.profile import Profile

PYTHON = os.environ.get("KEDGE_SMCLARIFY_PYTHON")
ORACLE = """
import json, logging, sys, warnings
import pandas as pd
from smclarify.bias import report
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
path, asked = sys.argv[1], json.loads(sys.argv[2])
rows = pd.read_csv(path)
group = rows[asked["group_variable"]] if asked.get("group_variable") else None
label = lambda name: report.LabelColumn(name, rows[name], list(asked["label_values_or_threshold"]))
found = {}
for facet in asked["facet"]:
    values = list(facet.get("value_or_threshold", [])) or None
    column = report.FacetColumn(facet["name_or_index"], values)
    for stage in (report.StageType.PRE_TRAINING, report.StageType.POST_TRAINING):
        predicted = label(asked["predicted_label"]) if stage == report.StageType.POST_TRAINING else None
        names = [name for name in asked["metrics"][stage.value]]
        for entry in report.bias_report(rows, column, label(asked["label"]), stage, predicted, names, group):
            for metric in entry["metrics"]:
                value = metric.get("value")
                found[f"{column.name}|{entry['value_or_threshold']}|{metric['name']}"] = value
performance = report.model_performance_report(rows, label(asked["label"]), label(asked["predicted_label"]))
print(json.dumps({"metrics": found, "performance": performance}))
"""
STAGES = {
    stage: [m.name for m in room.bias_metrics().values() if m.stage == stage and m.name != "FT"]
    for stage in room.STAGES
}


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    if not PYTHON:
        pytest.skip("KEDGE_SMCLARIFY_PYTHON does not name a Python that has smclarify")
    path = tmp_path_factory.mktemp("oracle") / "rows.csv"

    def ask(rows: pl.DataFrame, asked: dict) -> dict:
        rows.write_csv(path)
        command = [PYTHON, "-c", ORACLE, str(path), json.dumps(asked | {"metrics": STAGES})]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return ask


def counted(rows: pl.DataFrame, asked: dict) -> Bias:
    batch = Batch({name: column(rows[name].to_list()) for name in rows.columns}, hash_keys("rows", 0, len(rows)))
    plan = BiasConfig(**asked).plan()
    profile = Profile(joints={"bias": Bias(plan)}).update(batch)
    return profile.joints["bias"].deciding(plan.deciding(kinds(plan, profile.features)))


def ours(rows: pl.DataFrame, asked: dict) -> dict[str, float | None]:
    bias = counted(rows, asked)
    return {
        f"{sides.facet}|{sides.told}|{measure.name}": measure.value
        for sides in Reader(bias, flip=False).sides()
        for measure in sides.measures(room.bias_metrics())
        if measure.name != "FT"
    }


def plain(value) -> float | None:
    return value if value is None else float(value)


def agree(found: dict, expected: dict) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert (found[name] is None) == (value is None), name
        assert value is None or found[name] == pytest.approx(plain(value), rel=1e-9, abs=1e-9), name


ADULT = {
    "label": "class",
    "label_values_or_threshold": [">50K"],
    "predicted_label": "told",
    "facet": [
        {"name_or_index": "sex", "value_or_threshold": ["Female"]},
        {"name_or_index": "race", "value_or_threshold": ["Black", "Other"]},
        {"name_or_index": "age", "value_or_threshold": [40]},
        {"name_or_index": "relationship"},
    ],
    "group_variable": "education",
}
GERMAN = {
    "label": "good",
    "label_values_or_threshold": [1],
    "predicted_label": "told",
    "facet": [
        {"name_or_index": "foreign", "value_or_threshold": ["A201"]},
        {"name_or_index": "age", "value_or_threshold": [25]},
        {"name_or_index": "housing"},
    ],
    "group_variable": "purpose",
}
ACS = {
    "label": "employed",
    "label_values_or_threshold": [1],
    "predicted_label": "prediction",
    "facet": [
        {"name_or_index": "SEX", "value_or_threshold": [2]},
        {"name_or_index": "RAC1P"},
        {"name_or_index": "AGEP", "value_or_threshold": [64.5]},
        {"name_or_index": "DIS", "value_or_threshold": ["1"]},
    ],
    "group_variable": "SCHL",
}
AMOUNTS = GERMAN | {"label": "amount", "label_values_or_threshold": [2500], "predicted_label": "foretold"}
NO_GROUP = {name: value for name, value in GERMAN.items() if name != "group_variable"}


@pytest.fixture(scope="module")
def adult(test_data):
    rows = pl.read_parquet(test_data / "adult" / "adult.parquet").drop_nulls()
    old, busy = pl.col("age") > 38, pl.col("hours-per-week") > 41
    return rows.with_columns(
        pl.col(pl.Categorical).cast(pl.String), told=pl.when(old & busy).then(pl.lit(">50K")).otherwise(pl.lit("<=50K"))
    )


@pytest.fixture(scope="module")
def german(test_data):
    names = {0: "account", 3: "purpose", 4: "amount", 12: "age", 14: "housing", 19: "foreign", 20: "good"}
    rows = pl.read_csv(test_data / "german_credit" / "german.csv", has_header=False)
    rows = rows.select(pl.col(f"column_{place}").alias(name) for place, name in names.items())
    told = pl.when(pl.col("account") == "A14").then(1).otherwise(2)
    return rows.with_columns(told=told, foretold=pl.col("amount") + pl.col("age") * 10 - 400)


@pytest.fixture(scope="module")
def acs(test_data):
    rows = pl.read_parquet(test_data / "acs_employment" / "reference.parquet")
    return rows.with_columns(pl.col(pl.Categorical).cast(pl.String)).drop_nulls(["SCHL"])


@pytest.mark.parametrize(
    ("data", "asked"),
    [("adult", ADULT), ("german", GERMAN), ("german", AMOUNTS), ("german", NO_GROUP), ("acs", ACS)],
    ids=["adult", "german", "amounts", "no group", "acs"],
)
def test_every_metric_is_that_of_the_services_library(oracle, request, data, asked):
    rows = request.getfixturevalue(data)
    agree(ours(rows, asked), oracle(rows, asked)["metrics"])


@pytest.mark.parametrize(("data", "asked"), [("adult", ADULT), ("german", GERMAN), ("german", AMOUNTS), ("acs", ACS)])
def test_the_models_performance_is_that_of_the_services_library(oracle, request, data, asked):
    rows = request.getfixturevalue(data)
    found = analysis(counted(rows, asked), room.bias_metrics()).model_performance
    expected = oracle(rows, asked)["performance"]
    values = {metric["name"]: metric["value"] for metric in expected["model_performance_metrics"]}
    assert {m.name: m.value for m in found.model_performance_metrics} == pytest.approx(values, rel=1e-9)
    assert found.binary_confusion_matrix == pytest.approx(expected["binary_confusion_matrix"], rel=1e-9)
    assert found.confusion_matrix == expected.get("confusion_matrix")


def test_of_a_facet_that_never_occurs_only_the_library_knows_a_disparity(oracle, german):
    asked = GERMAN | {"facet": [{"name_or_index": "foreign", "value_or_threshold": ["A299"]}]}
    found, expected = ours(german, asked), oracle(german, asked)["metrics"]
    assert {name for name, value in expected.items() if value is not None} == {
        f"foreign|A299|{name}" for name in ("CDDL", "CDDPL", "GE")
    }
    assert {name for name, value in found.items() if value is not None} == {"foreign|A299|GE"}
