from __future__ import annotations

import pytest

from kedge.analysis.attribution.config import AttributionConfig
from kedge.analysis.attribution.documents import AttributionAnalysis
from kedge.errors import DocumentError, KedgeError
from kedge.reading import documents

SPECIFIED = b"""{"version":"1.0","headers":["age","income","tenure"],
 "methods":{"shap":{"baseline":[[40,52000,3.1]],"num_samples":100,"agg_method":"mean_abs","use_logit":false,
 "save_local_shap_values":false,"seed":7}},
 "predictor":{"model_name":"m-1","instance_type":"ml.m5.xlarge","initial_instance_count":1,"content_type":"text/csv",
 "accept_type":"text/csv","label_headers":["approved"]}}"""
FEATURES = ("age", "income", "tenure")


def config(**shap) -> AttributionConfig:
    return AttributionConfig.model_validate({"methods": {"shap": shap}})


def test_the_configuration_of_the_specification_is_understood():
    found = documents.read(AttributionConfig, SPECIFIED, "shap.json")
    assert found.baseline_rows(FEATURES) == [{"age": 40, "income": 52000, "tenure": 3.1}]
    assert (found.shap.num_samples, found.predictor.label_headers) == (100, ["approved"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"methods": {"shap": {"num_sample": 5}}}', "no key 'num_sample'. Did you mean 'num_samples'"),
        (b'{"predictor": {"contenttemplate": ""}}', "Did you mean 'content_template'"),
        (b'{"methods": {"shap": {"agg_method": "mean"}}}', "agg_method"),
        (b'{"methods": {"shap": {"num_samples": 0}}}', "greater than or equal to 1"),
        (b'{"methods": {"shap": {"text_config": {}}}}', "Only tables are explained"),
        (b'{"methods": {"shap": {"baseline": [[1]], "num_clusters": 2}}}', "found both"),
        (b'{"methods": {"shap": {"baseline": []}}}', "at least one row"),
        (b'{"headers": ["a", "a"]}', "The header 'a' is there twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(content, said):
    with pytest.raises(DocumentError) as refused:
        documents.read(AttributionConfig, content, "shap.json")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "baseline",
    [
        [{"age": 1, "income": 2, "tenure": 3}],
        [{"features": [1, 2, 3]}],
        {"instances": [{"features": [1, 2, 3]}]},
        {"age": 1, "income": 2, "tenure": 3},
    ],
)
def test_rows_may_be_objects(baseline):
    assert config(baseline=baseline).baseline_rows(FEATURES) == [{"age": 1, "income": 2, "tenure": 3}]


@pytest.mark.parametrize("row", [[1, 2], {"age": 1}])
def test_a_row_of_other_features_is_refused(row):
    with pytest.raises(DocumentError, match=r"methods.shap.baseline\[0\]"):
        config(baseline=[row]).baseline_rows(FEATURES)


def test_features_to_explain_are_names_or_places():
    assert config(features_to_explain=["tenure", 0]).explained(FEATURES) == ["tenure", "age"]


@pytest.mark.parametrize("asked", ["tenur", 7, -1])
def test_a_feature_to_explain_that_is_not_there_is_refused(asked):
    with pytest.raises(KedgeError, match="There is no feature"):
        config(features_to_explain=[asked]).explained(FEATURES)


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ({"minimum_shares": 0.1}, "Did you mean 'minimum_share'"),
        ({"minimum_share": 2}, "less than or equal to 1"),
        ({"allowed_range": [2, 1]}, "the lower end and the upper end"),
        ({}, "There should be one of allowed_range"),
    ],
)
def test_a_demand_that_cannot_be_meant_is_refused(demand, said):
    told = {"explanations": {"kernel_shap": {}}, "feature_constraints": [{"feature_name": "age", **demand}]}
    with pytest.raises(ValueError, match=said):
        AttributionAnalysis.model_validate(told)
