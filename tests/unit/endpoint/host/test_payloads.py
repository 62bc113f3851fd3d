from __future__ import annotations

import json

import numpy as np
import pandas
import pytest

from kedge.endpoint.host.model.decode import decode
from kedge.endpoint.host.model.encode import encode
from kedge.endpoint.host.model.media import wanted
from kedge.endpoint.host.model.refused import Refused

CSV, JSON, LINES = "text/csv", "application/json", "application/jsonlines"
NAMED = [{"age": 41, "city": "Ulm"}, {"age": None, "city": "Bonn"}]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"1,2.5\n3,4\n", CSV),
        (b"\xef\xbb\xbf1,2.5\r\n3,4\r\n", "Text/CSV; charset=utf-8"),
        (_json([[1, 2.5], [3, 4]]), JSON),
        (_json({"instances": [[1, 2.5], [3, 4]]}), JSON),
        (_json({"instances": [{"features": [1, 2.5]}, {"features": [3, 4]}]}), JSON),
        (_json({"inputs": [[1, 2.5], [3, 4]]}), JSON),
        (b"[1, 2.5]\n\n[3, 4]\n", LINES),
        (b'{"features": [1, 2.5]}\n{"features": [3, 4]}', "application/x-ndjson"),
    ],
)
def test_numbers_come_as_an_array(body, kind):
    found = decode(body, kind).frame()
    assert found.dtype == np.float64
    assert found.tolist() == [[1, 2.5], [3, 4]]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (_json(NAMED), JSON),
        (_json({"instances": NAMED}), JSON),
        (_json({"dataframe_records": NAMED}), JSON),
        (_json({"dataframe_split": {"columns": ["age", "city"], "data": [[41, "Ulm"], [None, "Bonn"]]}}), JSON),
        (b'{"age": 41, "city": "Ulm"}\n{"city": "Bonn", "age": null}\n', LINES),
    ],
)
def test_objects_come_as_a_frame(body, kind):
    expected = pandas.DataFrame({"age": [41, np.nan], "city": np.array(["Ulm", "Bonn"], object)})
    pandas.testing.assert_frame_equal(decode(body, kind).frame(), expected)


@pytest.mark.parametrize("body", [b"41,Ulm\n,Bonn\n", b"city,age\nUlm,41\nBonn,\n"], ids=["rows", "with names"])
def test_csv_for_a_model_with_names_comes_as_a_frame_in_its_order(body):
    expected = pandas.DataFrame({"age": [41, np.nan], "city": np.array(["Ulm", "Bonn"], object)})
    found = decode(body, CSV, ["age", "city"]).of(["age", "city"]).frame()
    pandas.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("last", [b"3,4\n", b"3,\n", b"\n3,4"], ids=["numbers", "a missing one", "an empty line"])
def test_a_large_body_is_read_as_a_small_one_is(last):
    small, large = (decode(b"1,2.5\n" * rows + last, CSV).array() for rows in (1, 20_000))
    assert np.array_equal(large[-2:], small, equal_nan=True)
    assert len(large) == 20_001


def test_a_large_body_that_is_broken_is_refused_with_its_line():
    with pytest.raises(Refused, match="line 20001: The row has 1 fields"):
        decode(b"1,2.5\n" * 20_000 + b"3\n", CSV)


def test_a_text_of_json_stays_one_even_if_it_could_be_a_number():
    assert decode(_json([["007", 1]]), JSON).array().tolist() == [["007", 1]]


def test_one_object_and_one_list_are_one_row():
    assert decode(_json({"a": 1, "b": 2}), JSON).rows == decode(_json([1, 2]), JSON).rows == [[1, 2]]


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (b"1,2\n3\n", CSV, "line 2: The row has 1 fields, and the first one 2"),
        (b'1,"2\n', CSV, "line 1: This is not CSV"),
        (b"1,2\n\xff,3\n", CSV, "line 2: The text is not UTF-8"),
        (b"\n", CSV, "no rows"),
        (b"{", JSON, "not JSON"),
        (b"3", JSON, "a number, and no rows"),
        (b"[" * 100_000, JSON, "not JSON"),
        (b'{"instances": []}', JSON, "no rows"),
        (b'[{"a": 1}, {"b": 1}]', JSON, "row 2, a: The value is missing here"),
        (b'[{"a": 1}, {"a": 1, "b": 1}]', JSON, "row 2, b: The value is here, and in no other row"),
        (b'[{"a": 1}, [1]]', JSON, "row 2: It is a list, and the rows are objects"),
        (b"[[1, 2], [3]]", JSON, "row 2: It has 1 values, and there should be 2"),
        (b"[1]\nno\n", LINES, "line 2: This is not JSON"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_its_place(body, kind, told):
    with pytest.raises(Refused, match=told) as refused:
        decode(body, kind)
    assert refused.value.status == 400


@pytest.mark.parametrize("kind", ["image/png", "application/x-npy", ""])
def test_a_type_that_is_not_known_is_refused(kind):
    with pytest.raises(Refused, match=r"text/csv, application/json, application/jsonlines") as refused:
        decode(b"1", kind)
    assert refused.value.status == 415


def test_a_feature_that_is_missing_is_named():
    with pytest.raises(Refused, match="age: The model has this feature"):
        decode(_json([{"city": "Ulm"}]), JSON).of(["age", "city"])


def test_a_value_that_is_no_number_is_named():
    with pytest.raises(Refused, match="row 2, field 1: The model takes numbers, and this is 'x'"):
        decode(b"1,2\nx,3\n", CSV).numbers()


@pytest.mark.parametrize(
    "prediction",
    [
        [0.1, None],
        (0.1, float("inf")),
        np.array([0.1, np.nan]),
        np.array([0.1, np.nan], np.float32),
        pandas.Series([0.1, np.nan]),
        pandas.DataFrame({"score": [0.1, np.nan]}),
    ],
    ids=["list", "tuple", "array", "short floats", "series", "frame"],
)
def test_a_prediction_of_any_form_is_told_alike(prediction):
    assert encode(prediction, JSON) == '{"predictions":[0.1,null]}'
    assert encode(prediction, CSV) == "0.1\n\n"
    assert encode(prediction, LINES) == '{"prediction":0.1}\n{"prediction":null}\n'


def test_several_outputs_are_columns_in_csv_and_names_in_json_lines():
    frame = pandas.DataFrame({"label": ["a,b"], "score": [0.5]})
    assert encode(frame, CSV) == '"a,b",0.5\n'
    assert encode(frame, LINES) == '{"label":"a,b","score":0.5}\n'


@pytest.mark.parametrize(
    ("accept", "sent", "kind"),
    [
        ("", CSV, CSV),
        ("*/*", LINES, LINES),
        ("*/*", "image/png", JSON),
        ("text/*", JSON, CSV),
        ("application/*", LINES, LINES),
        ("image/png, application/json;q=0.2, text/csv;q=0.9", JSON, CSV),
        ("text/csv;q=0, */*;q=0.1", JSON, JSON),
    ],
)
def test_the_answer_has_the_type_that_is_liked_best_or_that_of_the_request(accept, sent, kind):
    assert wanted(accept, sent) == kind


def test_a_type_that_we_do_not_make_is_refused():
    with pytest.raises(Refused, match="none of them is accepted: image/png") as refused:
        wanted("image/png, text/csv;q=0", CSV)
    assert refused.value.status == 406
