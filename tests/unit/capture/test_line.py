"""A line is the record of ``domain``, made faster."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.capture.config import Settings
from kedge.capture.exchange import Exchange
from kedge.capture.line import event_ids, line, moment, record, seen
from kedge.domain.capture_record import CaptureRecord

TYPES = st.sampled_from(["text/csv", "application/json", "text/html", 'text/csv; charset="utf-8"', ""])
SIDES = st.sampled_from([("Input",), ("Output",), ("Input", "Output"), ()])
HEADERS = st.none() | st.text(st.characters(max_codepoint=255), max_size=70)


@given(st.binary(), st.binary(), TYPES, TYPES, HEADERS, HEADERS, SIDES)
def test_a_line_is_that_of_the_record(request, response, request_type, response_type, id, attributes, sides):
    exchange = Exchange(request, response, request_type, response_type, "", "", id, attributes, None, 1714557483.9)
    kept = seen(exchange, Settings(capture_options=sides))
    assert line(kept, exchange, "e1") == record(kept, exchange, "e1").to_json()


@given(st.text(max_size=99), st.text(max_size=99))
def test_what_is_written_is_what_was_sent(request, response):
    exchange = Exchange(request.encode("utf-8", "ignore"), response.encode("utf-8", "ignore"), "text/csv", "text/csv")
    read = CaptureRecord.from_json(line(seen(exchange, Settings()), exchange, "e1"))
    assert (read.input.data.encode(), read.output.data.encode()) == (exchange.request, exchange.response)


@pytest.mark.parametrize("id", ["", " a", "a" * 65, "a\n", "ä", "a\x7f"])
def test_an_inference_id_that_the_service_would_refuse_is_left_out_and_told(id):
    kept = seen(Exchange(b"1", b"1", "text/csv", "text/csv", inference_id=id), Settings())
    assert (kept.inference_id, kept.remarks) == (None, ("bad_inference_id",))


@pytest.mark.parametrize("id", ["a", "a" * 64, "order 17"])
def test_an_inference_id_is_kept(id):
    assert seen(Exchange(inference_id=id), Settings()).inference_id == id


def test_custom_attributes_that_are_too_long_are_left_out_and_told():
    kept = seen(Exchange(b"1", b"1", "text/csv", "text/csv", custom_attributes="a" * 1025), Settings())
    assert (kept.custom_attributes, kept.remarks) == (None, ("bad_custom_attributes",))


def test_event_ids_are_random_uuids_of_version_4():
    ids = event_ids(1000)
    assert len(set(ids)) == 1000
    assert all(UUID(id).version == 4 and UUID(id).variant == "specified in RFC 4122" for id in ids)
    assert {id[19] for id in ids} == set("89ab")


def test_a_moment_is_utc_and_never_rounded_up():
    assert moment(int(1714557599.999)) == ("2024-05-01T09:59:59Z", "2024/05/01/09")


def test_a_line_is_one_line():
    exchange = Exchange(b"a\r\n\xe2\x80\xa8b\n", b"1", "text/csv", "text/csv")
    assert not re.search(r"[\r\n]", line(seen(exchange, Settings()), exchange, "e1"))
