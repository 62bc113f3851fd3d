from __future__ import annotations

import pytest

from kedge.analysis.distances import distances
from kedge.analysis.documents import Constraints
from kedge.analysis.overrides import monitoring_configs
from kedge.errors import DocumentError

DISABLED = {"evaluate_constraints": "Disabled"}


def config(feature: dict[str, object], **monitoring_config: object):
    document = {
        "features": [{"name": "f", "inferred_type": "String"} | feature],
        "monitoring_config": monitoring_config,
    }
    return monitoring_configs(Constraints.model_validate(document), distances=distances())["f"]


@pytest.mark.parametrize("spelling", ["monitoring_config_overrides", "monitoringConfigOverrides"])
@pytest.mark.parametrize("place", [None, "string_constraints", "num_constraints"])
def test_every_spelling_and_place_of_an_override_is_understood(spelling, place):
    override = {spelling: DISABLED}
    assert config({place: override} if place else override).evaluate_constraints == "Disabled"


def test_a_feature_without_an_override_has_the_files_config():
    assert config({}, datatype_check_threshold=0.5).datatype_check_threshold == 0.5


def test_an_override_replaces_only_its_own_keys():
    override = {"distribution_constraints": {"comparison_threshold": 0.3}}
    common = {"datatype_check_threshold": 0.9, "distribution_constraints": {"comparison_method": "Simple"}}
    merged = config({"monitoring_config_overrides": override}, **common)
    assert merged.datatype_check_threshold == 0.9
    assert merged.distribution_constraints.comparison_method == "Simple"
    assert merged.distribution_constraints.comparison_threshold == 0.3


def test_older_spellings_inside_an_override_are_understood():
    override = {"distribution_constraints": {"comparion_method": "linf_simple"}}
    merged = config({"monitoring_config_overrides": override})
    assert merged.distribution_constraints.comparison_method == "Simple"


def test_the_features_own_override_wins_over_that_of_older_sdks():
    feature = {
        "string_constraints": {"monitoring_config_overrides": DISABLED},
        "monitoring_config_overrides": {"evaluate_constraints": "Enabled"},
    }
    assert config(feature).evaluate_constraints == "Enabled"


def test_an_unknown_key_names_its_place_and_the_nearest_one():
    override = {"distribution_constraints": {"comparison_treshold": 0.3}}
    with pytest.raises(DocumentError) as refused:
        config({"monitoring_config_overrides": override})
    path = "features['f'].monitoring_config_overrides.distribution_constraints.comparison_treshold"
    assert refused.value.field == path
    assert "Did you mean 'comparison_threshold'?" in str(refused.value)


def test_a_key_that_belongs_one_level_deeper_names_that_level():
    with pytest.raises(DocumentError, match="belongs into distribution_constraints"):
        config({"monitoring_config_overrides": {"comparison_threshold": 0.3}})


def test_an_unknown_key_of_the_files_config_is_refused():
    with pytest.raises(DocumentError, match=r"monitoring_config\.emit_metric: .*Did you mean 'emit_metrics'"):
        config({}, emit_metric="Enabled")


def test_a_wrong_value_names_its_place_and_the_nearest_one():
    with pytest.raises(DocumentError, match="Did you mean 'Disabled'") as refused:
        config({"string_constraints": {"monitoring_config_overrides": {"evaluate_constraints": "disabled"}}})
    place = "features['f'].string_constraints.monitoring_config_overrides.evaluate_constraints"
    assert refused.value.field == place


@pytest.mark.parametrize("override", [["x"], 3, {"distribution_constraints": 1}, {"datatype_check_threshold": 2}])
def test_an_override_of_the_wrong_shape_is_refused(override):
    with pytest.raises(DocumentError):
        config({"string_constraints": {"monitoring_config_overrides": override}})


def test_a_method_that_is_no_distance_names_the_nearest_and_all():
    override = {"distribution_constraints": {"comparison_method": "wassersteen"}}
    with pytest.raises(DocumentError, match="Did you mean 'wasserstein'") as refused:
        config({"monitoring_config_overrides": override})
    assert refused.value.field == "features['f'].monitoring_config_overrides.distribution_constraints.comparison_method"
    assert "'Robust'" in str(refused.value)
    assert "'chi_squared'" not in str(refused.value)


@pytest.mark.parametrize(("key", "name"), [
    ("categorical_drift_method", "t_test does not compare categories"),
    ("comparison_method", "chi_squared does not compare numbers"),
])  # fmt: skip
def test_a_distance_of_the_other_kind_is_refused(key, name):
    override = {"distribution_constraints": {key: name.split()[0]}}
    with pytest.raises(DocumentError, match=name):
        config({"monitoring_config_overrides": override})


@pytest.mark.parametrize("place", ["file", "feature"])
def test_the_mode_of_the_service_knows_only_its_methods(place):
    psi = {"distribution_constraints": {"comparison_method": "psi"}}
    feature = {"name": "f", "inferred_type": "String"} | (
        {"monitoring_config_overrides": psi} if place != "file" else {}
    )
    document = {"features": [feature], "monitoring_config": psi if place == "file" else {}}
    constraints = Constraints.model_validate(document)
    assert monitoring_configs(constraints)["f"].distribution_constraints.comparison_method == "psi"
    with pytest.raises(DocumentError, match=r"'psi'.*Name Simple or Robust, or leave out --compat"):
        monitoring_configs(constraints, "sagemaker")


def test_unknown_keys_outside_the_config_are_kept():
    document = {"features": [], "monitoring_config": {}, "note": "ours"}
    constraints = Constraints.model_validate(document)
    assert monitoring_configs(constraints) == {}
    assert '"note" : "ours"' in constraints.to_json()
