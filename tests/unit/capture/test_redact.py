"""What is named is hidden wherever it stands; what cannot be looked into is not kept."""

from __future__ import annotations

import json

import pytest

from kedge.capture.redact import Redact
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.errors import SettingError

SALT = b"salt"


def redacted(data: str, encoding: str, fields, **options) -> str:
    record = CaptureRecord("e1", "2024-05-01T09:58:03Z", Payload(data, encoding), Payload("1", "CSV"))
    return Redact(fields, salt=SALT, **options)(record).input.data


def test_fields_of_json_are_hidden_at_any_depth():
    data = '{"rows": [{"name": "Ann", "age": 41}, {"name": "Bo", "age": 7}]}'
    assert redacted(data, "JSON", {"name": "drop"}) == '{"rows": [{"age": 41}, {"age": 7}]}'


def test_json_lines_stay_lines():
    assert redacted('{"a": 1, "b": 2}\n{"a": 3}\n', "JSON", {"a": "drop"}) == '{"b": 2}\n{}\n'


@pytest.mark.parametrize(
    ("data", "left"), [("1,Ann,3\n", "1,***,3\n"), ('1,"Ann, B.",3', "1,***,3"), ("1,Ann\n2,Bo\n", "1,***\n2,***\n")]
)
def test_columns_of_csv_are_hidden_by_their_place(data, left):
    assert redacted(data, "CSV", {1: "mask"}) == left


def test_a_dropped_column_leaves_the_others_at_their_places():
    assert redacted("1,Ann,3", "CSV", {1: "drop"}) == "1,,3"


def test_the_same_value_has_the_same_hash_and_another_salt_another_one():
    ann, again, bo = json.loads(redacted('[{"n": "Ann"}, {"n": "Ann"}, {"n": "Bo"}]', "JSON", {"n": "hash"}))
    other = Redact({"n": "hash"}, salt=b"other")
    assert ann == again != bo
    assert json.loads(other._json('{"n": "Ann"}'))["n"] != ann["n"]


def test_a_field_that_holds_others_is_hidden_whole():
    assert "Ann" not in redacted('{"person": {"name": "Ann"}}', "JSON", {"person": "hash"})


def test_ids_are_left_out_where_asked():
    record = CaptureRecord("e1", "", None, None, inference_id="ann@example.org", custom_attributes=("ann",))
    left = Redact({}, drop_ids=True)(record)
    assert (left.inference_id, left.custom_attributes) == (None, ())


@pytest.mark.parametrize(("data", "encoding"), [("QW5u", "BASE64"), ('{"name": "Ann"', "JSON"), ("Ann", "JSON")])
def test_a_body_that_nobody_can_look_into_is_an_error(data, encoding):
    with pytest.raises(ValueError, match=r".*") as error:
        redacted(data, encoding, {"name": "mask"})
    assert "Ann" not in str(error.value)


def test_a_salt_is_not_told():
    assert "salt" not in repr(Redact({"a": "hash"}, salt=b"a secret")).replace("salt=", "")
    assert "secret" not in repr(Redact({"a": "hash"}, salt=b"a secret"))


@pytest.mark.parametrize("fields", [{"name": "hidden"}, {"name": "hash"}])
def test_a_way_that_is_unknown_or_lacks_its_salt_is_refused(fields):
    with pytest.raises(SettingError):
        Redact(fields)
