"""Windows and capture records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.window import Window, parse_duration, parse_time
from kedge.errors import InputError, SettingError

LINE = '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"41,0.5,blue","encoding":"CSV"},"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.873\\n","encoding":"CSV"}},"eventMetadata":{"eventId":"0d6a2f0e-1111-4222-8333-444455556666","inferenceId":"order-17","customAttributes":["a=b"],"inferenceTime":"2024-05-01T09:58:03Z"},"eventVersion":"0"}'  # noqa: E501 - one line is the format


def test_a_record_of_the_service_is_written_again_byte_for_byte():
    assert CaptureRecord.from_json(LINE).to_json() == LINE


TEXT = st.text(st.characters(codec="utf-8"))
PAYLOADS = st.none() | st.builds(Payload, TEXT, st.sampled_from(["CSV", "JSON", "BASE64"]), TEXT)
LABELS = st.none() | st.builds(Payload, TEXT, st.sampled_from(["CSV", "JSON"]))


RECORDS = st.builds(CaptureRecord, TEXT, TEXT, PAYLOADS, PAYLOADS, st.none() | TEXT, st.lists(TEXT).map(tuple), LABELS)


@given(RECORDS)
def test_every_record_is_one_line_and_round_trips(record):
    line = record.to_json()
    assert CaptureRecord.from_json(line) == record
    assert "\n" not in line


@pytest.mark.parametrize(
    "line", ["", "[]", "{}", "null", '{"captureData": 1}', '{"captureData": {}, "eventMetadata": {"eventId": 1}}']
)
def test_what_is_no_record_is_refused(line):
    with pytest.raises(InputError):
        CaptureRecord.from_json(line)


def test_a_window_holds_its_start_and_not_its_end():
    window = Window(parse_time("2024-05-01T09:00Z"), parse_time("2024-05-01T10:00Z"))
    assert (window.start in window, window.end in window) == (True, False)


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(SettingError, match="before it starts"):
        Window(parse_time("2024-05-01T10:00Z"), parse_time("2024-05-01T09:00Z"))


def test_a_time_of_another_zone_is_taken_to_utc():
    assert parse_time("2024-05-01T11:00+02:00") == parse_time("2024-05-01T09:00Z")


def test_a_window_touches_its_hours():
    window = Window(parse_time("2024-05-01T09:30Z"), parse_time("2024-05-01T11:00Z"))
    assert [hour.hour for hour in window.hours()] == [9, 10]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("-P8D", -8 * 86400), ("PT6H", 21600), ("-PT0H", 0), ("+P1W", 7 * 86400), ("P1DT2H3M4.5S", 93784.5)],
)
def test_a_duration_is_read_with_its_sign(text, seconds):
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1M", "P1Y", "8D", "--P1D", "P1DT", "P٣D", "P1H", "P000000000000001D"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(SettingError, match=r"is not a duration .* Write it like -P8D"):
        parse_duration(text)


def test_offsets_shift_a_window_as_the_service_does():
    window = Window(parse_time("2020-01-09T13:00"), parse_time("2020-01-09T14:00"))
    shifted = window.shifted(parse_duration("-P8D"), parse_duration("-P1D"))
    assert shifted == Window(parse_time("2020-01-01T13:00"), parse_time("2020-01-08T14:00"))


def test_offsets_that_leave_nothing_are_refused():
    window = Window(parse_time("2020-01-09T13:00"), parse_time("2020-01-09T14:00"))
    with pytest.raises(SettingError, match="before it starts"):
        window.shifted(parse_duration("PT0H"), parse_duration("-P1D"))


def test_offsets_beyond_the_calendar_are_refused():
    window = Window(parse_time("2020-01-09T13:00"), parse_time("2020-01-09T14:00"))
    with pytest.raises(SettingError, match="beyond the calendar"):
        window.shifted(parse_duration("-P9999999D"), parse_duration("PT0H"))
