"""Ground-truth records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.ground_truth import GroundTruth
from kedge.errors import InputError

LINE = '{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"eventId":"order-17"},"eventVersion":"0"}'
TEXT = st.text(st.characters(codec="utf-8"))


def test_a_record_of_the_service_is_written_again_byte_for_byte():
    assert GroundTruth.from_json(LINE) == GroundTruth("order-17", "1")
    assert GroundTruth.from_json(LINE).to_json() == LINE


@given(st.builds(GroundTruth, TEXT, TEXT, st.sampled_from(["CSV", "JSON"]), st.none() | TEXT))
def test_every_record_is_one_line_and_round_trips(record):
    line = record.to_json()
    assert GroundTruth.from_json(line) == record
    assert "\n" not in line


def test_what_others_add_is_not_looked_at():
    line = LINE.replace('"eventId"', '"labelledBy":["a"],"eventId"').replace("{", '{"x":{"y":1},', 1)
    assert GroundTruth.from_json(line) == GroundTruth("order-17", "1")


@pytest.mark.parametrize(("label", "text"), [("1", "1"), ("true", "true"), ('{"label":1}', '{"label": 1}')])
def test_a_label_that_stands_there_as_it_is_becomes_text(label, text):
    assert GroundTruth.from_json(LINE.replace('"1"', label)).data == text


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("groundTruthData", "captureData", "groundTruthData"),
        ('"order-17"', "17", "eventMetadata.eventId"),
        ('"data":"1",', "", "groundTruthData.data"),
        ("CSV", "BASE64", "groundTruthData.encoding"),
    ],
)
def test_what_is_no_record_is_refused_with_its_field(old, new, field):
    with pytest.raises(InputError) as error:
        GroundTruth.from_json(LINE.replace(old, new))
    assert error.value.field == field


@pytest.mark.parametrize("line", ["", "[]", "null", "[" * 10_000])
def test_what_is_no_object_is_refused(line):
    with pytest.raises(InputError):
        GroundTruth.from_json(line)
