from __future__ import annotations

import pytest

from kedge.endpoint.host.versions import Version, Versions, named
from kedge.errors import SettingError

NOW = "2024-05-01T09:00:00Z"


def _version(variant: str) -> Version:
    return Version(variant=variant, source="model.tar.gz", digest=variant, time=NOW, command="kedge model deploy")


def _deployed(*variants: str, percent: float | None = None) -> Versions:
    versions = Versions(endpoint="fraud")
    for variant in variants:
        versions = versions.deployed(_version(variant), percent)
    return versions


def _weighed(versions: Versions, **weights: float) -> Versions:
    return versions.weighed(weights, NOW, "kedge model weights")


def _weights(versions: Versions) -> dict[str, float]:
    return versions.traffic.weights


def test_the_first_version_takes_all_of_the_traffic():
    assert _weights(_deployed("v1", percent=10)) == {"v1": 100}


def test_a_version_without_a_share_takes_all_of_the_traffic_and_the_others_end():
    assert _weights(_deployed("v1", "v2")) == {"v2": 100}


def test_a_version_takes_its_share_from_all_the_others_alike():
    both = _weighed(_deployed("v1", "v2"), v1=3, v2=1)
    assert _weights(both.deployed(_version("v3"), 20)) == {"v1": 60, "v2": 20, "v3": 20}


def test_a_version_with_no_share_is_up_beside_the_others():
    versions = _deployed("v1", "v2", percent=0)
    assert _weights(versions) == {"v1": 100, "v2": 0}
    assert versions.traffic.taking == {"v1": 1}


def test_a_rollback_during_a_canary_gives_the_traffic_back():
    canary = _weighed(_deployed("v1", "v2", percent=10), v1=50, v2=50)
    assert _weights(canary.rolled_back(NOW, "")) == {"v1": 100}


def test_a_rollback_gives_the_traffic_to_those_who_had_it_before():
    shared = _weighed(_deployed("v1", "v2"), v1=30, v2=70).deployed(_version("v3"))
    assert _weights(shared.rolled_back(NOW, "")) == {"v1": 30, "v2": 70}


def test_a_second_rollback_goes_one_version_further():
    three = _deployed("v1", "v2", "v3")
    assert _weights(three.rolled_back(NOW, "").rolled_back(NOW, "")) == {"v1": 100}


def test_a_version_after_a_rollback_is_rolled_back_to_what_was_served_then():
    again = _deployed("v1", "v2").rolled_back(NOW, "").deployed(_version("v3"))
    assert _weights(again.rolled_back(NOW, "")) == {"v1": 100}


def test_the_first_version_cannot_be_rolled_back():
    with pytest.raises(SettingError, match="Nothing was served before v1"):
        _deployed("v1").rolled_back(NOW, "")


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"v1": -1}, "v1: -1 is no weight"),
        ({"v1": float("nan")}, "nan is no weight"),
        ({"v1": 0}, "Nobody would answer"),
        ({}, "Nobody would answer"),
        ({"v11": 1}, "There is no variant 'v11'. Did you mean 'v1'?"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, told):
    with pytest.raises(SettingError, match=told.replace("?", r"\?")):
        _weighed(_deployed("v1"), **weights)


def test_a_version_never_changes():
    with pytest.raises(SettingError, match="There is a variant v1 already"):
        _deployed("v1", "v1")


@pytest.mark.parametrize("percent", [-1, 101, float("nan")])
def test_a_share_that_is_no_percentage_is_refused(percent):
    with pytest.raises(SettingError, match="is no percentage"):
        _deployed("v1", "v2", percent=percent)


def test_the_next_version_takes_the_first_name_that_is_free():
    assert _deployed("v1", "other", "v2").next_variant() == "v3"


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a.b", "-a", "a" * 64, "a\n"])
def test_a_name_that_is_no_folder_is_refused(name):
    with pytest.raises(SettingError, match="--endpoint"):
        named(name, "--endpoint")
