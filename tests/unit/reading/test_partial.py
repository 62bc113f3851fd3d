"""Parts of profile files: what is read in part is what is read whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.analysis.batch import column
from kedge.analysis.profile import Feature, Profile
from kedge.reading.documents import write_profiles
from kedge.reading.partial import Part, heads, read_part

NUMBERS = Feature().update(column([1, 2.5, None]))
TEXTS = Feature().update(column(['"moments":', '{"types":{"missing":', "\\", None]))
NAMES = st.dictionaries(st.text(), st.sampled_from([NUMBERS, TEXTS, Feature()]), max_size=4)
SOME = st.sets(st.sampled_from(["types", "moments", "extremes", "kll", "tail", "distinct", "categories"]))
ODD = ['a"b', '"', "\\", "\\\\", '{"endpoint":', '":{"types":{"missing":', "é", '},"sample":{"size":', "sample"]


def _json(profile):
    return profile.to_json()


@given(NAMES, SOME)
def test_a_part_of_all_features_is_what_the_whole_has_of_it(features, sketches):
    profile = Profile(features=features, rows=3, endpoint="e", variant='v"')
    part = Part(None, frozenset(sketches))
    assert _json(read_part(write_profiles([profile]), "p", 0, part)) == _json(part.of(profile))


@pytest.mark.parametrize("name", ODD)
def test_a_feature_of_any_name_is_found_among_others(name):
    profile = Profile(features=dict.fromkeys(ODD, NUMBERS) | {name: TEXTS}, rows=4)
    part = Part((name,))
    assert _json(read_part(write_profiles([profile]), "p", 0, part)) == _json(part.of(profile))


def test_a_feature_that_is_not_there_is_left_out():
    content = write_profiles([Profile(features={"age": NUMBERS}, rows=3)])
    assert read_part(content, "p", 0, Part(("e",))).features == {}


def test_each_variant_of_a_file_has_a_part_of_its_own():
    content = write_profiles([Profile({"x": NUMBERS}, 3, variant="a"), Profile({"x": TEXTS}, 4, variant="b")])
    read = [read_part(content, "p", place, Part(("x",))) for place in (0, 1)]
    assert [(part.variant, part.features["x"].types.present) for part in read] == [("a", 2), ("b", 3)]


def test_a_row_that_looks_like_a_profile_is_none():
    row = {"endpoint": "e", "variant": "v"}
    profile = Profile({"x": NUMBERS}, 1)
    data = json.loads(write_profiles([profile]))
    data["profiles"][0]["sample"]["rows"] = [{"key": "00", "row": row}]
    assert len(heads(json.dumps(data, separators=(",", ":")).encode(), "p")) == 1


def test_a_file_that_was_laid_out_anew_is_read_whole():
    profile = Profile({"x": NUMBERS}, 3)
    content = json.dumps(json.loads(write_profiles([profile])), indent=2).encode()
    part = Part(("x",), frozenset(["moments"]))
    assert _json(read_part(content, "p", 0, part)) == _json(part.of(profile))


def test_a_hash_tells_profiles_apart_wherever_they_stand_in_their_file():
    one, other = Profile({"x": NUMBERS}, 3), Profile({"x": TEXTS}, 4)
    first, second = write_profiles([one, other]), write_profiles([other, one])
    hashes = [[head.digest(content) for head in heads(content, "p")] for content in (first, second)]
    assert hashes[0] == hashes[1][::-1]
    assert len(set(hashes[0])) == 2
