"""The decorator: calls of a plain function as requests and answers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import numpy as np
import pandas as pd
import polars as pl
import pytest

from kedge.capture import captured
from kedge.domain.capture_record import Payload
from kedge.errors import SettingError

JSON, LINES = "application/json", "application/jsonlines"


def said(records):
    """Return what was asked and what was answered."""
    return [(json.loads(record.input.data), json.loads(record.output.data)) for record in records]


def test_one_argument_is_the_request_and_several_are_an_object(capture, recorded):
    recorder = capture()
    one, several = captured(recorder)(lambda rows: len(rows)), captured(recorder)(lambda x, *, y=1: x + y)
    assert (one([1, 2]), several(3, y=4), several(x=5)) == (2, 7, 6)
    assert said(recorded(recorder)) == [([1, 2], 2), ({"x": 3, "y": 4}, 7), (5, 6)]


def test_named_features_are_one_object(capture, recorded):
    recorder = capture()

    @captured(recorder, inference_id="id")
    def predict(id=None, **features):
        return sum(features.values())

    assert (predict(age=41), predict(id=17, age=41, income=2.5)) == (41, 43.5)
    records = recorded(recorder)
    assert said(records) == [({"age": 41}, 41), ({"age": 41, "income": 2.5}, 43.5)]
    assert [record.inference_id for record in records] == [None, "17"]


def test_further_names_stand_beside_the_others(capture, recorded):
    recorder = capture()

    @captured(recorder)
    def predict(age, **features):
        return age + len(features)

    assert predict(41, income=2.5) == 42
    assert said(recorded(recorder)) == [({"age": 41, "income": 2.5}, 42)]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.array([[1.5, np.nan]]), [[1.5, None]]),
        (np.float32(0.5), 0.5),
        (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        (pd.Series([1, 2]), [1, 2]),
        (pl.DataFrame({"a": [1, 2]}), [{"a": 1}, {"a": 2}]),
        (pd.Timestamp("2024-05-01T09:00:00"), "2024-05-01T09:00:00"),
        ({"scores": {1: (np.int64(3), float("inf"))}}, {"scores": {"1": [3, None]}}),
    ],
    ids=["array", "number", "frame", "series", "polars", "time", "nested"],
)
def test_values_of_other_libraries_become_json(capture, recorded, value, told):
    recorder = capture()
    assert captured(recorder)(lambda x: x)(value) is value
    assert said(recorded(recorder)) == [(told, told)]


def test_the_request_is_what_it_was_before_the_function_changed_it(capture, recorded):
    recorder = capture()
    captured(recorder)(lambda rows: rows.clear())([1, 2])
    assert said(recorded(recorder)) == [([1, 2], None)]


def test_a_method_is_captured_without_the_object_that_it_belongs_to(capture, recorded):
    recorder = capture()

    class Model:
        @captured(recorder)
        def predict(self, x):
            return x + 1

    assert Model().predict(1) == 2
    assert said(recorded(recorder)) == [(1, 2)]


def test_a_coroutine_is_captured_when_it_is_done(capture, recorded):
    recorder = capture()

    @captured(recorder)
    async def predict(x):
        await asyncio.sleep(0)
        return x + 1

    assert asyncio.run(predict(1)) == 2
    assert said(recorded(recorder)) == [(1, 2)]


def test_what_a_generator_yields_becomes_lines(capture, recorded):
    recorder = capture()

    @captured(recorder)
    def predict(x):
        y = yield x
        yield y

    answers = predict(1)
    assert (next(answers), answers.send("two"), next(answers, "the end")) == (1, "two", "the end")
    (record,) = recorded(recorder)
    assert record.output == Payload('1\n"two"\n', "JSON", LINES)


def test_what_an_asynchronous_generator_yields_becomes_lines(capture, recorded):
    recorder = capture()

    @captured(recorder)
    async def predict(x):
        yield x
        yield x + 1

    async def taken():
        return [value async for value in predict(1)]

    assert asyncio.run(taken()) == [1, 2]
    assert recorded(recorder)[0].output.data == "1\n2\n"


def test_a_generator_that_is_closed_breaks_off(capture):
    recorder = capture()
    answers = captured(recorder)(_forever)(1)
    assert next(answers) == 1
    answers.close()
    assert recorder.counts().skipped == Counter(broken_off=1)


def _forever(x):
    while True:
        yield x


@pytest.mark.parametrize("coroutine", [True, False])
def test_an_error_goes_on_and_is_counted(capture, coroutine):
    recorder = capture()

    async def later(x):
        return 1 / x

    predict = captured(recorder)(later if coroutine else lambda x: 1 / x)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(predict(0)) if coroutine else predict(0)
    assert recorder.counts().skipped == Counter(broken_off=1)


def test_wrong_arguments_are_the_functions_own_matter(capture):
    recorder = capture()
    with pytest.raises(TypeError, match="positional argument"):
        captured(recorder)(lambda x: x)(1, 2)
    assert recorder.counts().seen == 0


def test_functions_of_ones_own_say_what_is_kept(capture, recorded):
    recorder = capture()
    options = {"request": lambda row: ",".join(row), "response": lambda score: {"score": score}}
    captured(recorder, **options, content_type="text/csv")(lambda _: 0.5)(["41", "blue"])
    (record,) = recorded(recorder)
    assert record.input == Payload("41,blue", "CSV", "text/csv")
    assert record.output == Payload('{"score":0.5}', "JSON", JSON)


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}, "\ud800"], ids=["object", "key", "surrogate"])
def test_what_json_cannot_say_is_counted(capture, value):
    recorder = capture()
    assert captured(recorder)(lambda x: x)(value) is value
    assert recorder.counts().dropped == Counter(not_serializable=1)


def test_a_large_array_is_counted_before_it_is_written(capture):
    recorder = capture()
    captured(recorder, response=lambda _: 0)(lambda x: x)(np.broadcast_to(np.int8(1), (1 << 11, 1 << 11)))
    assert recorder.counts().dropped == Counter(body_too_large=1)


def test_an_id_that_is_no_parameter_is_refused_at_once(capture):
    with pytest.raises(SettingError, match=r"inference_id: .*'id'.* Name one of x"):
        captured(capture(), inference_id="id")(lambda x: x)


@pytest.mark.parametrize("broken", ["wants", "record"])
def test_a_recorder_that_fails_changes_no_answer(capture, monkeypatch, broken):
    recorder = capture()

    def fails(*_):
        raise RuntimeError("this should not be")

    monkeypatch.setattr(recorder, broken, fails)
    assert captured(recorder)(lambda x: x + 1)(1) == 2
