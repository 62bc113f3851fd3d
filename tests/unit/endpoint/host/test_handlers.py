from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.endpoint.host.model import script
from kedge.endpoint.host.model.handlers import Handlers
from kedge.endpoint.host.model.loaded import estimator
from kedge.errors import InputError

CSV, JSON = "text/csv", "application/json"


def _handlers(predict=lambda data: data.sum(axis=1), **brought) -> Handlers:
    return Handlers(estimator(SimpleNamespace(predict=predict, n_features_in_=2), "model"), brought)


def _raise(error):
    raise error


def test_without_handlers_rows_come_in_and_predictions_go_out():
    assert _handlers().answer(b"1,2\n3,4\n", CSV, "") == ({"status": 200, "type": CSV}, b"3.0\n7.0\n")


def test_a_handler_is_given_what_the_services_containers_give():
    seen = []
    handlers = _handlers(
        input_fn=lambda body, content_type: seen.append((body, content_type)) or [1],
        predict_fn=lambda data, model: seen.append((data, hasattr(model, "predict"))) or "p",
        output_fn=lambda prediction, accept: seen.append((prediction, accept)) or "out",
    )
    assert handlers.answer(b"a", "text/csv; charset=utf-8", "text/html") == (
        {"status": 200, "type": "text/html"},
        b"out",
    )
    assert seen == [("a", CSV), ([1], True), ("p", "text/html")]


@pytest.mark.parametrize(("content_type", "kind"), [("application/json", str), ("application/x-image", bytes)])
def test_a_text_comes_as_a_text_and_all_else_as_bytes(content_type, kind):
    seen = []
    _handlers(input_fn=lambda body, _: seen.append(type(body))).answer(b"{}", content_type, "")
    assert seen == [kind]


@pytest.mark.parametrize(
    "made",
    ["1", b"1", ("1", CSV), SimpleNamespace(response="1", mimetype=CSV), SimpleNamespace(get_data=lambda: b"1")],
    ids=["text", "bytes", "with its type", "of the containers", "of Flask"],
)
def test_an_output_handler_may_answer_in_many_forms(made):
    assert _handlers(output_fn=lambda *_: made).answer(b"1,2", CSV, CSV) == ({"status": 200, "type": CSV}, b"1")


def test_one_handler_may_stand_for_all():
    handlers = _handlers(transform_fn=lambda _, body, content_type, accept: (f"{body} {content_type}", accept))
    assert handlers.answer(b"1", CSV, "*/*") == ({"status": 200, "type": CSV}, b"1 text/csv")


@pytest.mark.parametrize("name", ["input_fn", "predict_fn", "output_fn", "transform_fn"])
@pytest.mark.parametrize("error", [KeyError("secret"), SystemExit(3), MemoryError()], ids=lambda error: repr(error))
def test_a_handler_that_fails_is_named_and_what_it_says_goes_to_the_log(capsys, name, error):
    head, body = _handlers(**{name: lambda *_: _raise(error)}).answer(b"1,2", CSV, "")
    assert head["status"] == 500
    told = f"{name} failed with {type(error).__name__}; the log of the host has more."
    assert json.loads(body) == {"message": told}
    assert f"{type(error).__name__}" in capsys.readouterr().err


def test_a_handler_that_returns_nothing_is_told():
    head, body = _handlers(output_fn=lambda *_: None).answer(b"1,2", CSV, "")
    assert (head["status"], b"returned NoneType" in body) == (500, True)


def test_rows_that_a_model_does_not_take_are_the_callers():
    head, body = _handlers(predict=lambda _: _raise(ValueError("no\nmore"))).answer(b"1,2", CSV, "")
    assert (head["status"], json.loads(body)["message"]) == (400, "The model does not take these rows: no.")


def test_rows_of_another_width_are_refused():
    head, body = _handlers().answer(b"1,2,3", CSV, "")
    assert (head["status"], b"2 features, and a row of the request 3 fields" in body) == (400, True)


def test_what_cannot_be_answered_as_it_is_accepted_is_not_computed():
    head, _ = _handlers(predict=lambda _: pytest.fail("computed")).answer(b"1,2", CSV, "image/png")
    assert head["status"] == 406


def test_a_type_that_the_toolkit_does_not_know_is_told_as_such():
    unknown = type("UnsupportedFormatError", (Exception,), {})
    head, _ = _handlers(input_fn=lambda *_: _raise(unknown())).answer(b"1", "a/b", "")
    assert head["status"] == 415


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "features"]), inner),
    max_leaves=12,
)


@given(
    ANYTHING.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30), st.sampled_from(["a", "instances"])
)
@pytest.mark.parametrize("kind", [CSV, JSON, "application/jsonlines"])
def test_whatever_is_sent_is_answered_or_refused(kind, body, key):
    for sent in (body, b'{"%s":%s}' % (key.encode(), body)):
        head, _ = _handlers(predict=lambda rows: np.zeros(len(rows))).answer(sent, kind, "")
        assert head["status"] in (200, 400), sent


def test_an_answer_that_cannot_be_written_is_told():
    head, body = _handlers(output_fn=lambda *_: "\ud800").answer(b"1,2", CSV, "")
    assert (head["status"], b"UnicodeEncodeError" in body) == (500, True)


def test_a_prediction_without_rows_is_an_answer_too():
    assert _handlers(predict=lambda _: np.zeros(0)).answer(b"1,2", CSV, "")[1] == b""


@pytest.fixture
def written(monkeypatch):
    """Write a script, with a path to import from that is as it was afterwards."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "inference", raising=False)

    def write(text: str, folder: str = "model") -> Path:
        Path(folder).mkdir(parents=True)
        Path(folder, "inference.py").write_text(text)
        return Path("model").absolute()

    yield write
    sys.modules.pop("inference", None)


@pytest.mark.parametrize("folder", ["model", "model/code"])
def test_a_script_is_found_at_the_root_and_under_code(written, folder):
    assert set(script.handlers(written("def model_fn(folder): ...", folder))) == {"model_fn"}


def test_a_script_without_handlers_is_refused(written):
    with pytest.raises(InputError, match=r"inference\.py: The script defines no handler"):
        script.handlers(written("def predict(): ..."))


def test_a_script_with_two_ways_to_answer_is_refused(written):
    with pytest.raises(InputError, match="transform_fn, and output_fn"):
        script.handlers(written("def transform_fn(*a): ...\ndef output_fn(*a): ..."))
