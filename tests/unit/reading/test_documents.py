"""What is wrong with a document is said with its file, line and field."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.analysis.documents import Constraints, Statistics
from kedge.errors import DocumentError
from kedge.reading.documents import line_of, read, read_profiles

FEATURE = '{"features": [\n {"name": "a", "inferred_type": "Integral"},\n {"name": "b",\n  "inferred_type": "Number"}]}'


def test_a_wrong_value_is_named_with_its_line_and_path():
    with pytest.raises(DocumentError, match=r"^c\.json:4: features\[1\]\.inferred_type: .*Found 'Number'"):
        read(Constraints, FEATURE.encode(), "c.json")


def test_a_missing_field_is_named_at_its_parent():
    with pytest.raises(DocumentError, match=r"^s\.json:2: dataset\.item_count: "):
        read(Statistics, b'{"features": [],\n "dataset": {}}', "s.json")


@pytest.mark.parametrize(("model", "rest"), [(Constraints, {}), (Statistics, {"dataset": {"item_count": 1}})])
def test_the_type_boolean_is_read_as_texts(model, rest):
    known = read(model, json.dumps({"features": [{"name": "a", "inferred_type": "Boolean"}], **rest}).encode(), "c")
    assert known.features[0].inferred_type == "String"


def test_broken_json_is_named_with_its_line():
    with pytest.raises(DocumentError, match=r"^c\.json:2: This is not JSON"):
        read(Constraints, b'{"features":\n oops}', "c.json")


def test_a_file_that_is_no_profile_is_refused():
    with pytest.raises(DocumentError, match=r"^p\.json: This is not a profile"):
        read_profiles(b'{"features": {}}', "p.json")


def test_a_profile_of_a_later_version_is_refused():
    with pytest.raises(DocumentError, match="of version 2"):
        read_profiles(b'{"version": 2, "profiles": []}', "p.json")


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_every_value_is_found_on_its_line(value):
    text = json.dumps({"before": value, "wanted": "here"}, indent=1)
    line = next(
        i for i, found in enumerate(text.splitlines(), 1) if '"wanted": "here"' in found and found.startswith(' "')
    )
    assert line_of(text, ("wanted",)) == line
